import httpx
import pytest

from tests.sinks.portal.conftest import FIREFOX, Portal, ask
from tests.sinks.portal.made import PETIT, ROUX, a_change_of_recipients, a_recipient, an_alert, notice_id

NOTICE = f"/n/{notice_id(1)}"


@pytest.fixture
def ready(web: Portal) -> Portal:
    """A portal that knows Madame Petit."""
    web.store(an_alert())
    return web


def enter(browser: httpx.Client, link: str) -> httpx.Response:
    return browser.post("/sign-in/link", data={"token": link.partition("token=")[2]})


def test_the_whole_way_in(ready: Portal) -> None:
    """Whoever opens a notice signed out gets a link by mail, confirms it, and lands on that notice."""
    with ready.browser() as browser:
        turned_away = browser.get(NOTICE)
        assert turned_away.headers["location"] == f"/sign-in?to={notice_id(1)}"
        assert str(notice_id(1)) in browser.get(turned_away.headers["location"]).text
        ask(browser, PETIT, to=str(notice_id(1)))
        ready.run_errands()
        link = ready.mailed_link()
        assert "Ouvrir mon espace" in browser.get(link).text
        entered = enter(browser, link)
        assert entered.headers["location"] == NOTICE
        assert "MENUISERIE DES MONTS" in browser.get(NOTICE).text


def test_the_answer_is_the_same_for_every_address(ready: Portal) -> None:
    """Known, unknown, malformed or endless: the page says the same, and only the known address gets a mail."""
    with ready.browser() as browser:
        asked = (PETIT, "nobody@nowhere.example", "no address", "x" * 3000, "nul\x00@x.example", "")
        answers = {(answer.status_code, answer.text) for answer in (ask(browser, email) for email in asked)}
    ready.run_errands()
    assert len(answers) == 1
    assert len(ready.mails) == 1


def test_an_unknown_address_is_not_kept(ready: Portal) -> None:
    """Asking for a link leaves nobody's address in the database who is not a recipient."""
    with ready.browser() as browser:
        ask(browser, "nobody@nowhere.example")
    assert ready.sql("SELECT email FROM portal.links") == [(None,)]


def test_a_link_works_once(ready: Portal) -> None:
    """The second use of a link opens nothing, in whatever browser."""
    link = ready.way_in(PETIT)
    with ready.browser() as first, ready.browser() as second:
        assert enter(first, link).status_code == 303
        again = enter(second, link)
        assert (again.status_code, "set-cookie" in again.headers) == (403, False)
        assert second.get("/").headers["location"] == "/sign-in"


def test_a_look_at_the_link_does_not_use_it_up(ready: Portal) -> None:
    """A mail scanner that fetches the link, ten times over, leaves it good for its owner."""
    link = ready.way_in(PETIT)
    with ready.browser() as browser:
        for _ in range(10):
            browser.get(link)
        assert enter(browser, link).status_code == 303


def test_a_link_lasts_a_quarter_of_an_hour(ready: Portal) -> None:
    """Past its time a link opens nothing."""
    link = ready.way_in(PETIT)
    [(minutes,)] = ready.sql("SELECT extract(epoch FROM valid_until - asked_at) / 60 FROM portal.links")
    assert round(minutes) == 15
    ready.sql("UPDATE portal.links SET valid_until = now() - interval '1 second'")
    with ready.browser() as browser:
        assert enter(browser, link).status_code == 403


def test_a_guessed_token_opens_nothing(ready: Portal) -> None:
    """Whatever stands in place of a token, the answer is that the link is not valid."""
    with ready.browser() as browser:
        for token in ("", "guessed", "\x00", "é" * 5000):
            assert browser.post("/sign-in/link", data={"token": token}).status_code == 403, token


def test_links_are_sent_within_limits(ready: Portal) -> None:
    """One address gets five links in a quarter of an hour however often it is asked for, and is not told so."""
    with ready.browser() as browser:
        answers = {ask(browser, PETIT).text for _ in range(8)}
    ready.run_errands()
    assert (len(answers), len(ready.mails)) == (1, 5)


def test_one_client_cannot_ask_for_ever(ready: Portal) -> None:
    """After thirty addresses one client is heard no more for a while, though the page says the same."""
    with ready.browser() as browser:
        for n in range(31):
            ask(browser, f"guess{n}@nowhere.example")
        ask(browser, PETIT)
    ready.run_errands()
    assert ready.mails == []


def test_no_secret_is_kept(ready: Portal) -> None:
    """Neither a link's token nor a session's cookie can be read from the database."""
    link = ready.way_in(PETIT)
    token = link.partition("token=")[2]
    with ready.browser() as browser:
        enter(browser, link)
        cookie = browser.cookies["vigie"]
    kept = str(ready.sql("SELECT l::text FROM portal.links l UNION ALL SELECT s::text FROM portal.sessions s"))
    assert token not in kept
    assert cookie not in kept


def test_a_cookie_in_another_browser_is_worth_nothing(ready: Portal) -> None:
    """A session's cookie copied into another browser signs nobody in."""
    with ready.signed_in(PETIT) as browser, ready.browser("curl/8.0", vigie=browser.cookies["vigie"]) as thief:
        assert browser.get("/").status_code == 200
        assert thief.get("/").headers["location"] == "/sign-in"
        assert thief.get(NOTICE).status_code == 303


def test_a_cookie_is_worth_nothing_after_sign_out(ready: Portal) -> None:
    """A copy of the cookie, in a browser that calls itself the same, ends with the session."""
    with ready.signed_in(PETIT) as browser, ready.browser(FIREFOX, vigie=browser.cookies["vigie"]) as thief:
        assert browser.post("/sign-out").status_code == 303
        assert thief.get("/").headers["location"] == "/sign-in"


def test_a_session_ends_by_itself(ready: Portal) -> None:
    """After its eight hours a session is over."""
    with ready.signed_in(PETIT) as browser:
        [(hours,)] = ready.sql("SELECT extract(epoch FROM expires_at - opened_at) / 3600 FROM portal.sessions")
        assert round(hours) == 8
        ready.sql("UPDATE portal.sessions SET expires_at = now() - interval '1 second'")
        assert browser.get("/").headers["location"] == "/sign-in"


def test_who_is_no_longer_named_reads_no_more(ready: Portal) -> None:
    """A recipient who is taken off the list keeps nothing, though still signed in."""
    with ready.signed_in(PETIT) as browser:
        ready.store(a_change_of_recipients(2, [a_recipient(ROUX)]))
        assert browser.get(NOTICE).status_code == 404


def test_a_form_of_another_site_changes_nothing(ready: Portal) -> None:
    """A POST that a browser says comes from elsewhere, or that says nothing, is refused."""
    with ready.signed_in(PETIT) as browser:
        for foreign in ("cross-site", "same-site", "none"):
            assert browser.post("/sign-out", headers={"Sec-Fetch-Site": foreign}).status_code == 403
        del browser.headers["Sec-Fetch-Site"]
        for origin in ({}, {"Origin": "null"}, {"Origin": "https://evil.example"}):
            assert browser.post("/sign-out", headers=origin).status_code == 403
        assert browser.get("/").status_code == 200
        assert browser.post("/sign-out", headers={"Origin": ready.url}).status_code == 303


def test_the_cookie_is_for_this_site_alone(ready: Portal) -> None:
    """No script reads the session's cookie, and no other site's form carries it."""
    with ready.browser() as browser:
        cookie = enter(browser, ready.way_in(PETIT)).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_every_answer_carries_its_guards(ready: Portal) -> None:
    """Pages, errors and files alike allow no inline script, no frame, no guess of their type."""
    with ready.signed_in(PETIT) as browser:
        for path in ("/", NOTICE, "/sign-in", "/nowhere", "/static/portal.css", "/healthz"):
            headers = browser.get(path).headers
            assert "default-src 'none'; style-src 'self'; script-src 'self'" in headers["content-security-policy"], path
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff", path
        assert browser.get("/").headers["cache-control"] == "no-store"


def test_the_language_switch_leads_nowhere_else(ready: Portal) -> None:
    """Only a path of the portal is gone back to."""
    with ready.browser() as browser:
        for to in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            assert browser.get("/language/en", params={"to": to}).headers["location"] == "/", to


def test_the_hub_is_told_who_has_seen_what(ready: Portal) -> None:
    """The first time that a reader opens a notice is told once, under his recipient's id; opening it again is not."""
    with ready.signed_in(PETIT) as browser:
        browser.get(NOTICE)
        browser.get(NOTICE)
    ready.run_errands()
    assert ready.sql("SELECT count(*) FROM portal.delivery_outbox") == [(2,)]
    assert ready.sql("SELECT email, told FROM portal.openings") == [(PETIT, True)]
