import datetime as dt
import html
import tomllib
import uuid
from importlib.resources import files

import httpx
import pytest

from sinks.portal.words import WORDS
from streams.commitments import wording
from streams.settings import Settings
from tests.sinks.portal.conftest import Portal
from tests.sinks.portal.made import (
    PETIT,
    ROUX,
    a_body,
    a_change_of_recipients,
    a_declaration,
    a_rating,
    a_recipient,
    a_rectification,
    an_alert,
    an_annulment,
    notice_id,
)
from tests.sinks.portal.test_row_level_security import FILTERS

DAY = dt.timedelta(days=1)


def today() -> dt.date:
    return dt.datetime.now(Settings().zone).date()


def a_page(portal: Portal, number: int = 1, **headers: str) -> str:
    with portal.signed_in(PETIT) as browser:
        answer = browser.get(f"/n/{notice_id(number)}", headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.text.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_page_says_what_the_notice_says(web: Portal) -> None:
    """Buyer, court, publication, cover, what to do, whom to ask and the disclaimer stand on the notice's page."""
    web.store(an_alert())
    page = a_page(web)
    for fact in (
        "SIREN 912 345 675",
        "Tribunal des activités économiques de Lyon",
        "BODACC A n° 20260051 du 14 mars 2026",
        "80 000,00 EUR",
        "Me Durand",
        "12 rue des Tilleuls, 69003 Lyon",
        "il reste 30 jours",
        "Elle ne couvre plus de nouvelles livraisons",
        "Jean Martin",
        "les conditions de votre police prévalent",
        "Émis le 14 mars 2026, 09:01",
    ):
        assert fact in page, fact


@pytest.mark.parametrize(
    ("declare_by", "relief_by", "said", "unsaid", "heading"),
    [
        (30, 100, "il reste 30 jours", "passé", "À faire"),
        (1, 100, "il reste 1 jour<", "passé", "À faire"),
        (0, 100, "c’est aujourd’hui", "passé", "À faire"),
        (-1, 100, "un relevé de forclusion peut être demandé", "éclarez votre créance", "Délai passé"),
        (-200, -20, "Délai passé depuis le", "éclarez votre créance", "Délai passé"),
    ],
)
def test_a_date_that_is_past_is_never_a_thing_to_do(
    web: Portal, declare_by: int, relief_by: int, said: str, unsaid: str, heading: str
) -> None:
    """The same notice reads differently, title and all, as its last day comes, goes, and the way left ends too."""
    declaration = a_declaration(declare_by=today() + declare_by * DAY, relief_by=today() + relief_by * DAY)
    web.store(an_alert(body=a_body(declaration=declaration), title="Déclarez votre créance"))
    page = a_page(web)
    assert said in page
    assert unsaid not in page
    assert f'<h2 id="todo">{heading}</h2>' in page


def test_a_claim_to_declare_at_once_is_a_thing_to_do(web: Portal) -> None:
    """Also in the list, where no date says so."""
    undated = a_declaration(declare_by=None, relief_by=None, ground="NO_PUBLICATION_DATE")
    web.store(an_alert(body=a_body(declaration=undated)))
    assert "tag due" in a_page(web)
    with web.signed_in(PETIT) as browser:
        assert "tag due" in browser.get("/").text


def test_the_rules_have_the_words(web: Portal) -> None:
    """What a judgment is and what is to be done are said in the rules' words, in the reader's language."""
    alert = an_alert()
    web.store(alert)
    page = a_page(web)
    assert wording.action(alert, today()) in unescaped(page)
    assert wording.meaning(alert) in unescaped(page)
    english = alert.model_copy(update={"header": alert.header.model_copy(update={"language": "en"})})
    with web.signed_in(PETIT) as browser:
        browser.get("/language/en")
        assert wording.action(english, today()) in unescaped(browser.get(f"/n/{notice_id(1)}").text)


def test_a_revision_and_what_it_revises_lead_to_each_other(web: Portal) -> None:
    """The first notice links to its rectification, the rectification to the first; the list marks all but the last."""
    web.store(an_alert(), a_rectification(), an_annulment())
    assert f'/n/{notice_id(2)}"' in a_page(web, 1)
    assert "Cet avis a été révisé" in a_page(web, 1)
    assert f'/n/{notice_id(1)}"' in a_page(web, 2)
    assert "la date du jugement" in a_page(web, 2)
    assert "il reste" not in a_page(web, 3)
    assert "La publication est annulée" in a_page(web, 3)
    with web.signed_in(PETIT) as browser:
        assert browser.get("/").text.count("Révisé depuis") == 2


@pytest.mark.parametrize("changed", ["publication", "terms"])
def test_a_nearer_date_corrects_no_publication(web: Portal, changed: str) -> None:
    """What was told before is shown as that, not as a publication that was corrected."""
    web.store(an_alert(), a_rectification(changed=(changed,)))
    assert "Publication signalée auparavant" in a_page(web, 2)
    assert "Publication corrigée" not in a_page(web, 2)


def test_a_rectification_asks_for_nothing_once_the_judgment_is_annulled(web: Portal) -> None:
    """Both revise the alert: the later one takes the earlier one's deadline away, and is linked from its page."""
    web.store(an_alert(), a_rectification())
    assert "tag due" in a_page(web, 2)
    web.store(an_annulment())
    assert "tag due" not in a_page(web, 2)
    assert "Cet avis a été révisé" in a_page(web, 2)
    assert f'/n/{notice_id(3)}" lang' in a_page(web, 2)
    with web.signed_in(PETIT) as browser:
        assert "tag due" not in browser.get("/").text


def test_whoever_reads_one_kind_reads_what_corrects_it(web: Portal) -> None:
    """Named for alerts only: the rectification that the mail links to opens, and the alert is marked as revised."""
    to = [a_recipient(kinds=["JudgmentAlert"])]
    web.store(an_alert(recipients=to), a_rectification(recipients=to))
    assert "la date du jugement" in a_page(web, 2)
    assert f'/n/{notice_id(2)}"' in a_page(web, 1)


def test_a_kind_from_the_future_is_shown_by_title_and_text(web: Portal) -> None:
    """A notice of an unknown kind is listed and opens: its title, all its facts, contact and disclaimer."""
    web.store(a_rating())
    page = a_page(web, 9)
    assert "Nouvelle note de votre acheteur" in page
    assert "La note passe de 6 à 4 sur 10." in page
    assert "Jean Martin" in page
    with web.signed_in(PETIT) as browser:
        assert "Nouvelle note de votre acheteur" in browser.get("/").text


def test_a_change_of_recipients_names_them(web: Portal) -> None:
    """Who was told before and who is told from now on stand on the page."""
    web.store(a_change_of_recipients(1, [a_recipient(), a_recipient(ROUX, role="BROKER")]))
    page = a_page(web)
    assert ROUX in page
    assert "Courtier" in page


def test_both_languages_say_the_same_things() -> None:
    """Each text of the portal stands in French and in English, with the same blanks to fill."""
    french, english = (
        tomllib.loads(files("sinks.portal").joinpath("languages", f"{language}.toml").read_text("utf-8"))
        for language in ("fr", "en")
    )
    assert {table: set(french[table]) for table in french} == {table: set(english[table]) for table in english}
    for table in french:
        for key, text in french[table].items():
            blanks = {part.partition("}")[0] for part in text.split("{")[1:]}
            assert blanks == {part.partition("}")[0] for part in english[table][key].split("{")[1:]}, key


def test_a_notice_opens_in_its_own_language_unless_another_was_chosen(web: Portal) -> None:
    """An English notice's page is English even in a French browser, until its reader switches to French."""
    web.store(an_alert(language="en", title="Liquidation of MENUISERIE DES MONTS"))
    page = a_page(web)
    assert '<html lang="en">' in page
    assert "Your cover" in page
    with web.signed_in(PETIT) as browser:
        browser.get("/language/fr")
        assert '<html lang="fr">' in browser.get(f"/n/{notice_id(1)}").text


def test_french_comes_first(web: Portal) -> None:
    """A browser gets the language that it asks for where we write it, and French otherwise."""
    with web.browser() as browser:
        for wanted, given in (("en-US,en;q=0.9", "en"), ("de", "fr"), ("fr-FR", "fr"), ("", "fr")):
            page = browser.get("/sign-in", headers={"Accept-Language": wanted}).text
            assert f'<html lang="{given}">' in page, wanted


def test_the_filter_finds_without_accents_or_case(web: Portal) -> None:
    """Words are found whatever their accents and capitals; kinds, policies and unread ones can be picked."""
    web.store(an_alert(1, body=a_body("BOULANGERIE ÉTOILÉE")), an_alert(2, body=a_body("DEUX")))
    web.store(an_alert(1, "P-7", body=a_body("TROIS")), a_rating(3, policy_id="P-7"))
    with web.signed_in(PETIT) as browser:
        browser.get(f"/n/{notice_id(2)}")
        assert listed(browser, text="etoilee") == {"BOULANGERIE ÉTOILÉE"}
        assert listed(browser, policy="P-7", kind="JudgmentAlert") == {"TROIS"}
        assert listed(browser, kind="BuyerRated") == {"Nouvelle note de votre acheteur"}
        assert "DEUX" not in listed(browser, unread="true")
        assert listed(browser, text="no such buyer") == set()


def test_pages_of_the_list(web: Portal) -> None:
    """Twenty notices stand on a page, newest first; every notice is on one page, and on one only."""
    web.store(*(an_alert(number, body=a_body(f"N{number:02}")) for number in range(1, 46)))
    with web.signed_in(PETIT) as browser:
        pages = [listed(browser, page=str(page)) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert set.union(*pages) == {f"N{number:02}" for number in range(1, 46)}
    assert "N45" in pages[0]


def test_a_senseless_question_is_a_page_that_is_not_there(web: Portal) -> None:
    """A question that makes no sense is answered in plain words, with 404."""
    senseless = ("page=0", "page=-1", f"page={10**20}", "page=x", "unread=maybe", "text=" + "x" * 5000)
    with web.signed_in(PETIT) as browser:
        for query in senseless:
            answer = browser.get(f"/?{query}")
            assert (answer.status_code, "Page introuvable" in answer.text) == (404, True), query


def test_an_injected_filter_finds_nothing(web: Portal) -> None:
    """Every attack of the database's own test, typed into the search, is a text that occurs nowhere."""
    web.store(an_alert(), an_alert(1, "P-9999", title="DEBITEUR SECRET", recipients=[a_recipient(ROUX)]))
    with web.signed_in(PETIT) as browser:
        for hostile in [*FILTERS, "\x00", "%", "_", "\\", "{{ 7 * 7 }}"]:
            for field in ("text", "kind", "policy"):
                answer = browser.get("/", params={field: hostile[:200]})
                assert answer.status_code == 200, hostile
                assert "DEBITEUR SECRET" not in answer.text
        assert "MENUISERIE DES MONTS" in browser.get("/").text


def test_a_guessed_id_and_an_absent_one_get_the_same_answer(web: Portal) -> None:
    """Another policy's notice, an id that never was and a text that is no id: 404, to the letter the same."""
    web.store(an_alert(), an_alert(1, "P-9999", title="DEBITEUR SECRET", recipients=[a_recipient(ROUX)]))
    answers = set()
    with web.signed_in(PETIT) as browser:
        for guessed in (notice_id(1, "P-9999"), uuid.uuid4(), "no-id", "../etc/passwd"):
            answer = browser.get(f"/n/{guessed}")
            answers.add((answer.status_code, answer.text.replace(str(answer.url.path), "")))
    assert {status for status, _ in answers} == {404}
    assert len({text for _, text in answers}) == 1


def test_a_hostile_notice_is_text(web: Portal) -> None:
    """Markup in a name or a title is shown, not obeyed."""
    web.store(an_alert(body=a_body('"><img src=x onerror=alert(1)>')))
    page = a_page(web)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_health_and_registry_need_no_sign_in(web: Portal) -> None:
    """A health check and a schema client are answered without a session; the demo's mail is not there in production."""
    with web.browser() as browser:
        assert browser.get("/healthz").text == "ok\n"
        assert "vigie.notices.JudgmentAlert" in browser.get("/registry/subjects").json()
        assert browser.get("/mails").status_code == 404


def unescaped(page: str) -> str:
    return html.unescape(page)


def listed(browser: httpx.Client, **wanted: str) -> set[str]:
    """Buyers named by the titles in the list; a title that names none, whole."""
    page = browser.get("/", params=wanted)
    assert page.status_code == 200
    rows = page.text.split("<h2>")[1:]
    return {row.partition("</a>")[0].rpartition(">")[2].partition("\u00a0:")[0] for row in rows}


def test_words_are_typeset() -> None:
    """French spaces do not break before a colon."""
    assert "\u00a0:" in WORDS["fr"].page["signed_in_as"]
