// The list of notices keeps itself up to date: the server says that there is something to see, the page looks again.
"use strict";

const list = () => document.getElementById("notices");
const ids = () => new Set([...document.querySelectorAll(".notices > li")].map((row) => row.id));
let asked = 0;

async function look() {
  const ticket = ++asked;
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") location.assign("/sign-in");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("notices");
  if (answer.ok && fresh && ticket === asked) show(fresh);
}

function show(fresh) {
  const focused = document.activeElement;
  // Somebody is filling in the filter: what he has typed stays, only the rest is renewed.
  const form = list().querySelector(".filter");
  const newForm = fresh.querySelector(".filter");
  if (form && newForm && form.contains(focused)) newForm.replaceWith(form);
  const known = ids();
  list().replaceWith(fresh);
  if (fresh.contains(focused)) focused.focus();
  const arrived = [...fresh.querySelectorAll(".notices > li")].filter((row) => !known.has(row.id));
  arrived.forEach((row) => row.classList.add("fresh"));
  const status = document.getElementById("arrived");
  if (arrived.length) status.textContent = status.dataset.text;
}

const events = new EventSource(`/live?seen=${list().dataset.visible}`);
events.addEventListener("notices", look);
events.addEventListener("signed-out", () => {
  events.close();
  location.assign("/sign-in");
});
addEventListener("pagehide", () => events.close());
