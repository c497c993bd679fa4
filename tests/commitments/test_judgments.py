"""Commitment 1: each judgment is told once to each policy that it concerns, whoever publishes it."""

import datetime as dt
from typing import Any

import pytest

from schemas.events.court_judgments import Person
from schemas.notices.judgments import JudgmentAlert
from streams.commitments.decision import NOTHING, Decision, derive
from streams.commitments.defaults import TELL_WITHIN
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from tests.builders import (
    BUYER,
    EFFECT,
    LIQUIDATOR,
    NOW,
    POLICY,
    a_cover,
    a_declared_buyer,
    a_judgment,
    a_policy,
    some_facts,
)

JUDGED, PUBLISHED = dt.date(2026, 3, 10), dt.date(2026, 3, 14)


def decide(facts: Facts, event: Any) -> Decision:
    decision = on_judgment(event, facts, NOW)
    facts.after(decision)
    return decision


def basis(*known: Any, **judgment: Any) -> str | None:
    """Why the walk's policy is exposed; None: it is not."""
    notices = on_judgment(a_judgment(**judgment), some_facts(*known), NOW).notices
    return notices[0].fields["body"].cover.basis if notices else None


def test_one_alert_per_exposed_policy() -> None:
    """Two policies covered on the buyer get one alert each, in order of their ids; a third one's cover is elsewhere."""
    facts = some_facts(
        a_policy("P-2"),
        a_cover("P-2"),
        a_policy("P-1"),
        a_cover("P-1"),
        a_policy("P-3"),
        a_cover("P-3", "FR:345086177"),
    )
    decision = decide(facts, a_judgment())
    case_id = decision.judgments[0].case_id
    assert [(n.policy_id, n.kind, n.commitment) for n in decision.notices] == [
        ("P-1", JudgmentAlert, 1),
        ("P-2", JudgmentAlert, 1),
    ]
    assert [n.notice_id for n in decision.notices] == [derive("1", str(case_id), p) for p in ("P-1", "P-2")]
    assert {n.due_at for n in decision.notices} == {NOW + TELL_WITHIN}


def test_an_alert_holds_only_its_own_policys_data() -> None:
    """Nothing of another policy (cover, terms, names) stands in a notice."""
    facts = some_facts(
        a_policy("P-1", judgment_effect=EFFECT), a_cover("P-1"), a_policy("P-2"), a_cover("P-2", cover_id="C-SECRET")
    )
    first, second = decide(facts, a_judgment()).notices
    assert "P-2" not in repr(first.fields)
    assert "SECRET" not in repr(first.fields)
    assert "P-1" not in repr(second.fields)
    assert second.fields["body"].effect_on_cover is None


@pytest.mark.parametrize(
    ("cover", "expected"),
    [
        ({"since": PUBLISHED}, "IN_FORCE"),
        ({"since": PUBLISHED + dt.timedelta(days=1)}, None),
        ({"until": JUDGED}, "IN_FORCE"),
        ({"until": JUDGED - dt.timedelta(days=1)}, "RUN_OFF"),
        ({"until": JUDGED - dt.timedelta(days=180)}, "RUN_OFF"),
        ({"until": JUDGED - dt.timedelta(days=181)}, None),
    ],
)
def test_exposure_is_a_matter_of_dates(cover: dict[str, dt.date], expected: str | None) -> None:
    """A cover between judgment and publication, or one ended at most the run-off before the judgment."""
    assert basis(a_policy(), a_cover(**cover)) == expected


def test_the_run_off_is_a_term_of_the_policy() -> None:
    """A policy with a shorter run-off is out where the default is in."""
    ended = a_cover(until=JUDGED - dt.timedelta(days=100))
    assert basis(a_policy(run_off_days=99), ended) is None
    assert basis(a_policy(run_off_days=100), ended) == "RUN_OFF"


@pytest.mark.parametrize(
    ("declared_on", "threshold", "expected"),
    [(PUBLISHED, 5000, "UNNAMED"), (PUBLISHED + dt.timedelta(days=1), 5000, None), (JUDGED, None, None)],
)
def test_a_declared_buyer_is_exposed_where_the_terms_know_unnamed_buyers(
    declared_on: dt.date, threshold: int | None, expected: str | None
) -> None:
    """Declared by the day of publication, under terms with a threshold."""
    policy = a_policy(unnamed_buyer_threshold=threshold)
    assert basis(policy, a_declared_buyer(declared_on=declared_on)) == expected


def test_an_unnamed_buyer_has_no_limit_of_its_own() -> None:
    """The threshold is the policy's: the alert names no cover and no amount."""
    facts = some_facts(a_policy(unnamed_buyer_threshold=5000), a_declared_buyer())
    (alert,) = decide(facts, a_judgment()).notices
    cover = alert.fields["body"].cover
    assert (cover.cover_id, cover.amount, cover.currency) == (None, None, None)


def test_the_best_ground_counts_once() -> None:
    """A cover in force, one in run-off and a declaration together give one alert, on the cover in force."""
    known = (a_policy(unnamed_buyer_threshold=5000), a_declared_buyer(), a_cover(until=dt.date(2026, 1, 31)))
    assert basis(*known) == "RUN_OFF"
    assert basis(*known, a_cover(since=dt.date(2026, 2, 1))) == "IN_FORCE"


def test_of_two_covers_around_the_judgment_the_latest_is_shown() -> None:
    """The limit changed between judgment and publication: the alert shows the one that then stood."""
    old = a_cover(until=dt.date(2026, 3, 11), cover_id="C-9")
    new = a_cover(since=dt.date(2026, 3, 12), cover_id="C-1")
    (notice,) = decide(some_facts(a_policy(), old, new), a_judgment()).notices
    assert notice.fields["body"].cover.cover_id == "C-1"


def test_a_judgment_without_a_date_counts_on_its_publication() -> None:
    """The date unknown, a cover that ended before the publication is in run-off."""
    assert basis(a_policy(), a_cover(until=JUDGED), judgment_date=None) == "RUN_OFF"


def test_a_policy_without_terms_is_not_told() -> None:
    """A cover of a policy that is not known yet owes nothing until its terms come."""
    assert decide(some_facts(a_cover()), a_judgment()).notices == ()


def test_a_judgment_that_concerns_nobody_is_stored() -> None:
    """Nobody is told, and a cover that comes later can still be."""
    decision = decide(Facts(), a_judgment())
    assert (len(decision.judgments), decision.notices, decision.reviews) == (1, (), ())


def test_a_deposit_concerns_nobody() -> None:
    """A list deposited at the registry changes nothing, whoever is covered."""
    assert decide(some_facts(), a_judgment(nature_class="DEPOSIT_NOTICE")) is NOTHING


def test_a_sanction_on_a_person_is_told_plainly() -> None:
    """No declaration, no goods, nothing said of the cover: it is not an insolvency."""
    facts = some_facts(a_policy(judgment_effect=EFFECT, retention_of_title=True), a_cover())
    body = decide(facts, a_judgment(nature_class="PERSON_SANCTION")).notices[0].fields["body"]
    assert (body.declaration, body.claim_goods_by, body.effect_on_cover) == (None, None, None)


@pytest.mark.parametrize("nature_class", ["CONVERSION_TO_LJ", "PLAN_ADOPTED", "PLAN_RESOLVED_TO_LJ", "CLOSURE"])
def test_no_new_period_where_none_opens(nature_class: str) -> None:
    """A conversion, a plan adopted or resolved, a closure: claims are not declared again, goods not claimed."""
    facts = some_facts(a_policy(retention_of_title=True), a_cover())
    body = decide(facts, a_judgment(nature_class=nature_class)).notices[0].fields["body"]
    assert (body.declaration, body.claim_goods_by) == (None, None)


def test_an_extension_opens_a_declaration_but_no_claim_of_goods() -> None:
    """The new debtor's creditors declare; goods run from the opening alone (L. 624-9)."""
    facts = some_facts(a_policy(retention_of_title=True), a_cover())
    body = decide(facts, a_judgment(nature_class="EXTENSION_RJ")).notices[0].fields["body"]
    assert body.declaration.declare_by == dt.date(2026, 5, 15)
    assert body.declaration.officer == LIQUIDATOR
    assert body.claim_goods_by is None


def test_the_effect_on_the_cover_is_the_policys_own_sentence() -> None:
    """Printed with its article, in the policyholder's language, only where the terms have it."""
    french, english = a_policy("P-1", judgment_effect=EFFECT), a_policy("P-2", judgment_effect=EFFECT, language="en")
    facts = some_facts(french, a_cover("P-1"), english, a_cover("P-2"), a_policy("P-3"), a_cover("P-3"))
    effects = [n.fields["body"].effect_on_cover for n in decide(facts, a_judgment()).notices]
    assert effects == [f"{EFFECT.text_fr} (art. 7)", f"{EFFECT.text_en} (art. 7)", None]


@pytest.mark.parametrize("nature_class", ["RETRACTION", "APPEAL_REVERSED", "APPEAL"])
def test_what_a_court_took_back_says_nothing_of_the_cover(nature_class: str) -> None:
    """The underwriter decides what becomes of it, even where the terms speak of judgments."""
    facts = some_facts(a_policy(judgment_effect=EFFECT), a_cover())
    assert decide(facts, a_judgment(nature_class=nature_class)).notices[0].fields["body"].effect_on_cover is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"nature_class": None, "nature": "Jugement nouveau"}, "unknown_nature"),
        ({"nature_class": "NEVER_SEEN", "nature": "Jugement nouveau"}, "unknown_nature"),
        ({"nature_class": "OTHER_READ_COMPLEMENT", "nature": "Autre jugement"}, "nature_not_settled"),
        ({"buyer_id": None}, "no_buyer_id"),
    ],
)
def test_what_cannot_be_told_goes_to_a_person_verbatim(fields: dict[str, Any], reason: str) -> None:
    """Held, with the nature and the text as published, stored for what a person decides, and nobody is told."""
    event = a_judgment(**fields)
    decision = decide(some_facts(), event)
    (review,) = decision.reviews
    assert review.reason == reason
    assert event.nature in review.detail
    assert event.text in review.detail
    assert decision.notices == ()
    assert decision.judgments[0].record == event


def test_the_same_judgment_from_two_sources_alerts_once() -> None:
    """A vendor's gazette writes court and name its own way; it joins the case and tells nobody again."""
    facts = some_facts()
    told = decide(facts, a_judgment())
    again = decide(
        facts,
        a_judgment(
            "GAZ-77", source="gazette", court="TRIBUNAL DES ACTIVITES ECONOMIQUES DE LYON", name="Menuiserie des Monts"
        ),
    )
    assert again.judgments[0].case_id == told.judgments[0].case_id
    assert (again.notices, again.reviews) == ((), ())


def test_two_references_of_one_source_are_two_cases() -> None:
    """Two liquidators named on the same day: same court, debtor, nature and date, and yet two judgments told."""
    facts = some_facts()
    first, second = decide(facts, a_judgment("A1")), decide(facts, a_judgment("A2"))
    assert first.judgments[0].case_id != second.judgments[0].case_id
    assert len({n.notice_id for d in (first, second) for n in d.notices}) == 2


def test_two_persons_barred_on_one_day_are_two_cases() -> None:
    """Two sanctions under one number of notice differ by the person."""
    facts = some_facts()
    barred = [Person(name=name, kind="natural") for name in ("Anne Roux", "Paul Roux")]
    cases = {
        decide(facts, a_judgment(person=person, nature_class="PERSON_SANCTION")).judgments[0].case_id
        for person in barred
    }
    assert len(cases) == 2


@pytest.mark.parametrize(
    "written",
    [{"name": "SARL MENUISERIE DES MONTS"}, {"court": "Tribunal de commerce de Lyon"}, {"judgment_date": None}],
)
def test_a_doubtful_join_alerts_and_opens_a_review(written: dict[str, Any]) -> None:
    """Another source's words for what may be the same judgment: told on its own, and a person looks."""
    facts = some_facts()
    told = decide(facts, a_judgment())
    decision = decide(facts, a_judgment("GAZ-77", source="gazette", **written))
    assert decision.judgments[0].case_id != told.judgments[0].case_id
    assert len(decision.notices) == 1
    assert [review.reason for review in decision.reviews] == ["doubtful_join"]


def test_a_join_that_may_mean_two_cases_is_doubtful() -> None:
    """Two cases fit: neither is chosen, the policy is told, and a person looks."""
    facts = some_facts()
    decide(facts, a_judgment("A1"))
    decide(facts, a_judgment("A2"))
    decision = decide(facts, a_judgment("GAZ-77", source="gazette"))
    assert len(decision.notices) == 1
    assert [review.reason for review in decision.reviews] == ["doubtful_join"]


def test_another_step_of_the_same_proceedings_is_no_doubt() -> None:
    """The conversion that follows an opening, from another source, is its own case without a review."""
    facts = some_facts()
    decide(facts, a_judgment(nature_class="OPENING_RJ"))
    decision = decide(facts, a_judgment("GAZ-77", source="gazette", nature_class="CONVERSION_TO_LJ"))
    assert (len(decision.notices), decision.reviews) == (1, ())


def test_a_repeat_under_another_event_id_tells_nobody_again() -> None:
    """The same notice of the same source, sent again, is the same case."""
    facts = some_facts()
    decide(facts, a_judgment())
    again = decide(facts, a_judgment(text="Sent again."))
    assert again.notices == ()


def test_the_date_of_another_gazette_is_to_be_verified() -> None:
    """Periods run from the BODACC: the date of a vendor's gazette is shown, and marked."""
    body = decide(some_facts(), a_judgment(source="gazette", gazette="Gazette du Palais")).notices[0].fields["body"]
    assert body.declaration.to_verify


def test_the_judgment_is_carried_whole() -> None:
    """What was published stands in the notice, word for word."""
    event = a_judgment()
    facts = decide(some_facts(), event).notices[0].fields["body"].judgment
    for name in ("reference", "buyer_id", "person", "court", "nature", "publication", "officers", "text"):
        assert getattr(facts, name) == getattr(event, name)
    assert (facts.source, facts.buyer_id, POLICY) == ("bodacc", BUYER, "P-2041")
