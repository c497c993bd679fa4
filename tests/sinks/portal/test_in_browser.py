"""The pages in a real Chromium, on a desk and on a phone, in light and in dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.sinks.portal.conftest import Portal
from tests.sinks.portal.made import (
    PETIT,
    a_body,
    a_change_of_recipients,
    a_declaration,
    a_recipient,
    a_rectification,
    an_alert,
    notice_id,
)

SCREENS = {
    "desk": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
    "narrow": {"width": 320, "height": 640},  # what WCAG 1.4.10 asks for: a phone, or a desk at 400 %
}
LONG = "SOCIÉTÉ COOPÉRATIVE D’INTÉRÊT COLLECTIF DES MENUISERIES-ÉBÉNISTERIES-CHARPENTES DU HAUT-BEAUJOLAIS"
CONTRAST = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const linear = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => c.slice(0, 3).map((v) => linear(v / 255)).reduce(
    (sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const c = rgb(getComputedStyle(node).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || node.matches(".skip") || !node.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${node.outerHTML.slice(0, 200)}`);
  }
  return poor;
}"""
UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((field) => !field.labels.length).map((field) => field.outerHTML)"""
TOO_SMALL = """() => [...document.querySelectorAll("button, input:not([type=hidden]):not([type=checkbox]), select")]
  .filter((field) => field.getBoundingClientRect().height < 32).map((field) => field.outerHTML)"""


@pytest.fixture
def full(web: Portal) -> Portal:
    """A portal with something of everything."""
    declaration = a_declaration(to_verify=True, officer=None)
    web.store(
        an_alert(1),
        a_rectification(2),
        an_alert(3, body=a_body(LONG, declaration=declaration)),
        an_alert(
            4,
            body=a_body("FERRONNERIE DU VAL", declaration=None),
        ),
        a_change_of_recipients(5, [a_recipient(), a_recipient("tres.longue.adresse@cabinet-de-courtage.example")]),
        an_alert(1, "P-7", body=a_body("NORTHERN TIMBER"), language="en"),
    )
    return web


@pytest.fixture
def page(chromium: Browser, full: Portal) -> Iterator[Page]:
    """A signed-in reader's page that remembers what went wrong in it."""
    with chromium.new_context(locale="fr-FR", reduced_motion="reduce") as context:
        page = context.new_page()
        page.wrong = []
        page.on("console", lambda message: page.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.goto(full.way_in(PETIT))
        page.get_by_role("button", name="Ouvrir mon espace").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Vos avis")
        yield page
        assert page.wrong == []


def all_pages(portal: Portal) -> dict[str, str]:
    notices = {"rectified": notice_id(1), "rectification": notice_id(2), "long": notice_id(3)}
    notices |= {"recipients": notice_id(5), "english": notice_id(1, "P-7")}
    return {"list": portal.url, "nothing-found": f"{portal.url}/?text=xyz", "sign-in": f"{portal.url}/sign-in"} | {
        name: f"{portal.url}/n/{one}" for name, one in notices.items()
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_fits_and_can_be_read(page: Page, full: Portal, screen: str, scheme: str, tmp_path: Path) -> None:
    """No page scrolls sideways, no text has a contrast below 4.5, no field lacks a label or is too small to touch."""
    page.set_viewport_size(SCREENS[screen])
    page.emulate_media(color_scheme=scheme)
    for name, url in all_pages(full).items():
        page.goto(url)
        picture = page.screenshot(path=tmp_path / f"{name}-{screen}-{scheme}.png", full_page=True)
        assert len(picture) > 10_000, name
        assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["width"], name
        assert page.evaluate(CONTRAST) == [], name
        assert page.evaluate(UNLABELLED) == [], name
        assert page.evaluate(TOO_SMALL) == [], name
        assert page.locator("h1").count() == 1, name
        assert page.locator("html").get_attribute("lang") in {"fr", "en"}, name


def test_a_new_notice_appears_without_reloading(page: Page, full: Portal) -> None:
    """What the sink stores tops an open list within seconds, announced, and the page was not loaded anew."""
    page.evaluate("window.stillTheSame = true")
    expect(page.locator(".notices > li")).to_have_count(6)
    full.store(an_alert(9, body=a_body("TOUT NOUVEAU")))
    expect(page.locator(".notices > li").first).to_contain_text("TOUT NOUVEAU", timeout=5000)
    expect(page.get_by_role("status")).to_have_text("Un nouvel avis vient d’arriver.")
    assert page.evaluate("window.stillTheSame")


def test_a_notice_that_came_while_the_page_was_on_its_way_is_shown(page: Page, full: Portal) -> None:
    """Nothing stored between the page's making and its first listening is missed."""
    page.route("**/live*", lambda route: (full.store(an_alert(9, body=a_body("DANS L’INTERVALLE"))), route.continue_()))
    page.reload()
    expect(page.locator(".notices > li").first).to_contain_text("DANS L’INTERVALLE", timeout=5000)


def test_what_is_being_typed_stays(page: Page, full: Portal) -> None:
    """A notice that arrives takes neither words nor cursor from somebody who fills in the filter."""
    page.get_by_label("Rechercher").fill("nouv")
    full.store(an_alert(9, body=a_body("TOUT NOUVEAU")))
    expect(page.locator(".notices > li").first).to_contain_text("TOUT NOUVEAU", timeout=5000)
    page.keyboard.type("eau")
    expect(page.get_by_label("Rechercher")).to_have_value("nouveau")
    page.keyboard.press("Enter")
    expect(page.locator(".notices > li")).to_have_count(1)


def test_signing_out_elsewhere_leaves_no_open_page(page: Page, full: Portal) -> None:
    """An open list goes to the sign-in page by itself at the first event after the session ended."""
    full.sql("DELETE FROM portal.sessions")
    full.store(an_alert(9))
    page.wait_for_url("**/sign-in", timeout=5000)


def test_an_opened_notice_is_no_longer_unread(page: Page) -> None:
    """The mark goes once the notice has been opened, also when coming back by the back button."""
    unread = page.locator(".notices > li.unread")
    expect(unread).to_have_count(6)
    page.get_by_role("link", name="FERRONNERIE DU VAL").click()
    page.go_back()
    expect(unread).to_have_count(5)


def test_the_keyboard_suffices(page: Page) -> None:
    """The first key stroke offers to skip to the content, and a notice can be opened by Enter."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.get_by_role("link", name="FERRONNERIE DU VAL").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("FERRONNERIE DU VAL")


def test_the_portal_works_without_script(chromium: Browser, full: Portal) -> None:
    """Without JavaScript one signs in, filters, reads and signs out all the same."""
    with chromium.new_context(java_script_enabled=False, locale="en-GB") as context:
        page = context.new_page()
        page.goto(full.way_in(PETIT))
        page.get_by_role("button", name="Open my portal").click()
        page.get_by_label("Search").fill("ferronnerie")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator(".notices > li")).to_have_count(1)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
