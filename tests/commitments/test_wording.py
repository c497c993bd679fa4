"""What policyholders read, for the day on which they read it."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.notices.header import Cause
from streams.commitments import wording
from streams.commitments.envelope import seal
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from streams.commitments.natures import MEANINGS, is_told, opens_a_declaration
from tests.builders import NOW, a_cover, a_judgment, a_policy, a_rectification, an_annulment, some_facts

PARIS = ZoneInfo("Europe/Paris")
CAUSE = Cause(topic="court-judgments", partition=3, offset=51207, source="bodacc", event_id="A20260051123")
TOLD = sorted(nature_class for nature_class in MEANINGS if is_told(nature_class))
EARLY, LATE, TOO_LATE = dt.date(2026, 3, 14), dt.date(2026, 6, 16), dt.date(2027, 1, 1)


def notice(facts: Facts, event: Any, now: dt.datetime = NOW) -> Any:
    decision = on_judgment(event, facts, now)
    facts.after(decision)
    (owed,) = decision.notices
    return seal(owed, facts.policies[owed.policy_id], 1, CAUSE, now=now, zone=PARIS)


def a_notice(language: str = "fr", now: dt.datetime = NOW, *, retention: bool = False, **judgment: Any) -> Any:
    facts = some_facts(a_policy(language=language, retention_of_title=retention), a_cover())
    return notice(facts, a_judgment(**judgment), now)


def test_the_alert_of_the_walk_reads_as_in_the_walk() -> None:
    """Title and action of the walk's judgment, in French: who, what, by when and to whom."""
    got = a_notice()
    assert got.header.title == (
        "MENUISERIE DES MONTS : liquidation judiciaire ouverte, déclarez votre créance au plus tard le 15 mai 2026"
    )
    assert wording.meaning(got) == "Votre acheteur est mis en liquidation judiciaire."
    assert wording.action(got, EARLY) == (
        "Déclarez votre créance au liquidateur, Me Durand, 12 rue des Arts 69003 Lyon, "
        "au plus tard le vendredi 15 mai 2026."
    )


def test_a_title_is_one_line_whatever_the_name() -> None:
    """A name of a hundred thousand characters with line breaks is cut to what a title can hold."""
    title = a_notice(name="SOCIETE\n" * 12_000).header.title
    assert "\n" not in title
    assert len(title) < 350


def test_the_alert_in_english() -> None:
    """The same in English."""
    got = a_notice("en")
    assert got.header.title == (
        "MENUISERIE DES MONTS: judicial liquidation opened, declare your claim by 15 May 2026 at the latest"
    )
    assert wording.action(got, EARLY).endswith("by Friday 15 May 2026 at the latest.")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("nature_class", TOLD)
def test_every_class_says_what_to_do_and_asks_to_declare_only_where_a_period_opens(
    language: str, nature_class: str
) -> None:
    """Each class that is told has a title, a meaning and an action; only openings and extensions ask to declare."""
    got = a_notice(language, nature_class=nature_class)
    said = (got.header.title, wording.meaning(got), wording.action(got, EARLY))
    assert all(said)
    asks = any("éclarez" in line or "eclare your" in line for line in said)
    assert asks is opens_a_declaration(nature_class)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("on", [LATE, TOO_LATE])
def test_a_past_date_is_never_a_thing_to_do(language: str, on: dt.date) -> None:
    """Neither the title nor the action asks to declare by a date that is gone."""
    got = a_notice(language, dt.datetime.combine(on, dt.time(9), dt.UTC))
    for line in (got.header.title, wording.action(got, on)):
        assert "éclarez" not in line
        assert "eclare your claim by" not in line
        assert "eclare your claim to" not in line


def test_a_past_date_shows_the_way_left() -> None:
    """Past: relief until its own date; later, both dates are gone (L. 622-26)."""
    got = a_notice()
    assert "relevé de forclusion peut être demandé au juge-commissaire jusqu’au 14 septembre 2026" in wording.action(
        got, LATE
    )
    assert "celui du relevé de forclusion depuis le 14 septembre 2026" in wording.action(got, TOO_LATE)


def test_a_date_stands_beside_whose_it_is_not() -> None:
    """Whoever has a published security or contract reads that the date is not his (L. 622-24)."""
    (standing,) = wording.notes(a_notice(), EARLY)
    assert "sûreté publiée" in standing


def test_an_uncertain_date_says_so() -> None:
    """A date marked to verify is explained."""
    facts = some_facts(a_policy(territories=[None]), a_cover())
    assert any("à vérifier" in note for note in wording.notes(notice(facts, a_judgment()), EARLY))


def test_goods_under_retention_of_title_are_claimed_while_they_can_be() -> None:
    """The note asks for the goods up to the last day, and then says that it is gone."""
    got = a_notice(retention=True)
    assert "revendiquez les biens au plus tard le 15 juin 2026" in wording.notes(got, dt.date(2026, 6, 15))[-1]
    assert "passé depuis le 15 juin 2026" in wording.notes(got, LATE)[-1]


def test_a_foreign_court_sends_to_the_contact() -> None:
    """No date, no officer of ours: the contact."""
    got = a_notice(country="BE", court_department=None)
    assert "n’est pas français" in wording.action(got, EARLY)
    assert wording.notes(got, EARLY) == ()


def test_a_rectification_moved_elsewhere_asks_for_nothing() -> None:
    """Who was told of a judgment that is another person's learns that, and is not asked to declare."""
    facts = some_facts()
    notice(facts, a_judgment())
    got = notice(facts, a_rectification(buyer_id="FR:345086177"))
    assert wording.action(got, EARLY) == wording.meaning(got)
    assert "ne concerne plus" in wording.action(got, EARLY)
    assert "éclarez" not in got.header.title


def test_a_correction_is_titled_as_one() -> None:
    """A rectification, an alert marked as a correction and an annulment say so in their first word."""
    facts = some_facts()
    assert notice(facts, a_rectification()).header.title.startswith("Rectification – ")
    assert notice(facts, a_rectification(of="A2026006177", reference="A2026007199")).header.title.startswith(
        "Rectification – "
    )
    assert notice(facts, an_annulment()).header.title.startswith("Annulation – ")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_annulment_never_says_that_cover_is_restored(language: str) -> None:
    """An annulment leaves the cover to the underwriter."""
    facts = some_facts(a_policy(language=language), a_cover())
    notice(facts, a_judgment())
    said = wording.action(notice(facts, an_annulment()), EARLY).casefold()
    assert not any(stem in said for stem in ("rétabl", "restor", "reinstat", "couvert"))


@pytest.mark.parametrize(("language", "told"), [("fr", "nous vous en avons dit"), ("en", "we told you")])
def test_an_annulment_speaks_of_what_was_told_only_where_something_was(language: str, told: str) -> None:
    """Without its target it reaches people who were told nothing."""
    for before, expected in ((a_judgment(), True), (None, False)):
        facts = some_facts(a_policy(language=language), a_cover())
        if before is not None:
            notice(facts, before)
        assert (told in wording.action(notice(facts, an_annulment()), EARLY)) == expected


@pytest.mark.parametrize(
    ("day", "language", "long", "words"),
    [
        (dt.date(2027, 3, 1), "fr", False, "1er mars 2027"),
        (dt.date(2027, 3, 1), "fr", True, "lundi 1er mars 2027"),
        (dt.date(2026, 5, 11), "fr", False, "11 mai 2026"),
        (dt.date(2026, 5, 21), "fr", False, "21 mai 2026"),
        (dt.date(2027, 3, 1), "en", True, "Monday 1 March 2027"),
    ],
)
def test_dates_are_written_as_people_write_them(day: dt.date, language: str, words: str, *, long: bool) -> None:
    """The first of a month is an ordinal in French."""
    assert wording.day(day, language, long=long) == words
