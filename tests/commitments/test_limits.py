"""Covers as decided, and the alerts of judgments that were known before them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from schemas.base import FIRST_DAY
from schemas.events.limits import LimitDecided, PartialAmount
from streams.commitments.decision import NOTHING, Decision, derive
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from streams.commitments.limits import on_limit
from tests.builders import (
    BUYER,
    NOW,
    POLICY,
    a_judgment,
    a_limit,
    a_policy,
    a_reduction,
    a_reinstatement,
    a_withdrawal,
    some_facts,
)

JUNE, MARCH, APRIL = dt.date(2025, 6, 1), dt.date(2026, 3, 1), dt.date(2026, 4, 1)


def decide(facts: Facts, event: Any) -> Decision:
    decision = on_limit(event, facts, NOW)
    facts.after(decision)
    return decision


def timeline(*events: Any) -> list[tuple[dt.date, dt.date | None, Decimal]]:
    """What stands after these events, as (since, until, amount)."""
    facts = some_facts(a_policy())
    for event in events:
        decide(facts, event)
    return [(c.since, c.until, c.amount) for c in facts.covers.get(BUYER, ())]


def test_a_limit_of_an_unknown_policy_waits() -> None:
    """It is parked until the policy's terms are known; recipients alone do not make it known."""
    assert on_limit(a_limit(), Facts(), NOW) == Decision(waits_for="policy:P-2041")


def test_a_grant_stands_from_its_day() -> None:
    """Announced is not in force."""
    assert timeline(a_limit(expires_on=APRIL)) == [(JUNE, APRIL, Decimal(80000))]


def test_a_new_grant_ends_what_stood_the_day_before() -> None:
    """The new amount from its day on; the old one until then."""
    assert timeline(a_limit(), a_limit(effective_on=MARCH, outcome="PARTLY_GRANTED", amount=Decimal(50000))) == [
        (JUNE, dt.date(2026, 2, 28), Decimal(80000)),
        (MARCH, None, Decimal(50000)),
    ]


@pytest.mark.parametrize("outcome", ["REFUSED", "INCREASE_REFUSED"])
def test_a_refusal_leaves_what_stands(outcome: str) -> None:
    """An increase refused leaves the cover unchanged; a refusal of what was not there changes nothing."""
    refused = a_limit(outcome=outcome, amount=Decimal(0), effective_on=MARCH)
    assert timeline(a_limit(), refused) == timeline(a_limit())
    assert on_limit(refused, some_facts(a_policy()), NOW) is NOTHING


def test_a_withdrawal_ends_the_cover_the_day_before() -> None:
    """Its day is the first without cover for new deliveries."""
    assert timeline(a_limit(), a_withdrawal(APRIL)) == [(JUNE, dt.date(2026, 3, 31), Decimal(80000))]


def test_a_withdrawal_before_the_cover_began_leaves_none() -> None:
    """A cover withdrawn before its first day never stood."""
    assert timeline(a_limit(effective_on=APRIL), a_withdrawal(MARCH)) == []


def test_the_withdrawal_of_another_cover_leaves_what_stands() -> None:
    """A cover that was superseded is withdrawn later: the one that superseded it stays."""
    assert timeline(a_limit(), a_withdrawal(APRIL, cover_id="C-OLD")) == timeline(a_limit())


def test_a_reinstatement_starts_a_period() -> None:
    """Between withdrawal and reinstatement nothing stands."""
    assert timeline(a_limit(), a_withdrawal(MARCH), a_reinstatement(APRIL)) == [
        (JUNE, dt.date(2026, 2, 28), Decimal(80000)),
        (APRIL, None, Decimal(80000)),
    ]


@pytest.mark.parametrize(
    "event", [a_limit(), a_limit(effective_on=MARCH, amount=Decimal(5)), a_withdrawal(MARCH), a_reinstatement(MARCH)]
)
def test_taking_in_a_decision_twice_changes_nothing(event: Any) -> None:
    """The second time there is nothing to store and nothing to tell."""
    facts = some_facts(a_policy())
    decide(facts, a_limit())
    decide(facts, event)
    assert decide(facts, event) == NOTHING


def test_a_judgment_before_its_cover_alerts_when_the_cover_arrives() -> None:
    """The same notice, id, kind and body, as if the cover had come first."""
    first, second = some_facts(a_policy()), some_facts(a_policy())
    decide(first, a_limit())
    expected = on_judgment(a_judgment(), first, NOW).notices
    second.after(on_judgment(a_judgment(), second, NOW))
    assert decide(second, a_limit()).notices == expected
    assert len(expected) == 1


def test_who_was_told_is_not_told_again() -> None:
    """A change of the limit afterwards owes no second alert."""
    facts = some_facts(a_policy())
    decide(facts, a_limit())
    facts.after(on_judgment(a_judgment(), facts, NOW))
    assert decide(facts, a_limit(effective_on=APRIL, amount=Decimal(5))).notices == ()


def test_a_cover_from_after_the_publication_owes_no_alert() -> None:
    """The judgment was public when the cover was asked for."""
    facts = some_facts(a_policy())
    facts.after(on_judgment(a_judgment(), facts, NOW))
    assert decide(facts, a_limit(effective_on=APRIL)).notices == ()


def test_a_late_cover_is_alerted_of_each_judgment() -> None:
    """Two judgments, two alerts: never merged."""
    facts = some_facts(a_policy())
    for reference, nature_class in (("A1", "OPENING_RJ"), ("A2", "CONVERSION_TO_LJ")):
        facts.after(on_judgment(a_judgment(reference, nature_class=nature_class), facts, NOW))
    notices = decide(facts, a_limit()).notices
    assert [n.fields["body"].judgment.reference for n in notices] == ["A1", "A2"]
    assert {n.policy_id for n in notices} == {POLICY}


def test_a_late_cover_is_not_alerted_of_what_is_held() -> None:
    """What a person has to read first is told to nobody by the way of the cover either."""
    facts = some_facts(a_policy())
    facts.after(on_judgment(a_judgment(nature_class=None), facts, NOW))
    assert decide(facts, a_limit()).notices == ()


def test_a_second_source_changes_nothing_for_a_late_cover() -> None:
    """The alert holds what was published first, whether the cover came before or after the second source."""
    before, after = some_facts(a_policy()), some_facts(a_policy())
    said = {"gazette": "Gazette du Palais", "published_on": dt.date(2026, 3, 12), "text": "Other words."}
    gazette = a_judgment("GAZ-77", source="gazette", **said)
    before.after(on_judgment(a_judgment(), before, NOW))
    expected = decide(before, a_limit()).notices
    for event in (a_judgment(), gazette):
        after.after(on_judgment(event, after, NOW))
    assert decide(after, a_limit()).notices == expected
    assert expected[0].notice_id == derive("1", str(expected[0].case_id), POLICY)


FEBRUARY_28, MARCH_31 = dt.date(2026, 2, 28), dt.date(2026, 3, 31)
REDUCTIONS: dict[str, tuple[list[Any], list[tuple[dt.date, dt.date | None, int]]]] = {
    "cut": ([a_limit(), a_reduction(APRIL)], [(JUNE, MARCH_31, 80000), (APRIL, None, 30000)]),
    "twice": ([a_limit(), a_reduction(APRIL), a_reduction(APRIL)], [(JUNE, MARCH_31, 80000), (APRIL, None, 30000)]),
    "keeps its end": (
        [a_limit(expires_on=APRIL), a_reduction(MARCH)],
        [(JUNE, FEBRUARY_28, 80000), (MARCH, APRIL, 30000)],
    ),
    "ends earlier": (
        [a_limit(), a_reduction(MARCH, expires_on=APRIL)],
        [(JUNE, FEBRUARY_28, 80000), (MARCH, APRIL, 30000)],
    ),
    "not brought back": ([a_limit(), a_withdrawal(MARCH), a_reduction(APRIL)], [(JUNE, FEBRUARY_28, 80000)]),
    "to nothing": ([a_limit(), a_reduction(APRIL, 0)], [(JUNE, MARCH_31, 80000)]),
    "not known": ([a_reduction(MARCH, expires_on=APRIL)], [(MARCH, APRIL, 30000)]),
    "the first day there is": ([a_reduction(FIRST_DAY)], [(FIRST_DAY, None, 30000)]),
    "another cover": ([a_limit(), a_reduction(APRIL, cover_id="C-2")], [(JUNE, None, 80000), (APRIL, None, 30000)]),
}


@pytest.mark.parametrize(("events", "periods"), REDUCTIONS.values(), ids=REDUCTIONS)
def test_a_reduced_cover_goes_on_smaller(events: list[Any], periods: list[tuple[dt.date, dt.date | None, int]]) -> None:
    """The former limit stands until the day before; a reduction neither prolongs a cover nor revives an ended one."""
    assert timeline(*events) == periods


DECEMBER_31, JANUARY, JANUARY_31 = dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 1, 31)
FEBRUARY, NOVEMBER, OCTOBER_31 = dt.date(2026, 2, 1), dt.date(2025, 11, 1), dt.date(2025, 10, 31)


def in_parts(*parts: tuple[int, dt.date], **fields: Any) -> LimitDecided:
    """A limit of 80,000 EUR whose parts end on these days: 50,000 with the year and 30,000 a month later."""
    said = parts or ((50000, DECEMBER_31), (30000, JANUARY_31))
    partial = [PartialAmount(amount=Decimal(amount), expires_on=day) for amount, day in said]
    return a_limit(partial_amounts=partial, **fields)


WHOLE, PART = (JUNE, DECEMBER_31, 80000), (JANUARY, JANUARY_31, 30000)
IN_PARTS: dict[str, tuple[list[Any], list[tuple[dt.date, dt.date | None, int]]]] = {
    "each ends on its day": ([in_parts()], [WHOLE, PART]),
    "in any order": ([in_parts((30000, JANUARY_31), (50000, DECEMBER_31))], [WHOLE, PART]),
    "twice": ([in_parts(), in_parts()], [WHOLE, PART]),
    "on one day": ([in_parts((50000, JANUARY_31), (30000, JANUARY_31))], [(JUNE, JANUARY_31, 80000)]),
    "a rest without end": ([in_parts((50000, DECEMBER_31))], [WHOLE, (JANUARY, None, 30000)]),
    "a rest that ends": ([in_parts((50000, DECEMBER_31), expires_on=JANUARY_31)], [WHOLE, PART]),
    "a rest that ends first": ([in_parts((30000, JANUARY_31), expires_on=DECEMBER_31)], [WHOLE, PART]),
    "more than the whole": ([in_parts((70000, DECEMBER_31), (30000, JANUARY_31))], [WHOLE, PART]),
    "ended before it began": ([in_parts(effective_on=JANUARY)], [PART]),
    "all ended before": ([in_parts(effective_on=FEBRUARY)], []),
    "the whole ended before": ([a_limit(expires_on=dt.date(2025, 5, 31))], []),
    "withdrawn in the first": ([in_parts(), a_withdrawal(NOVEMBER)], [(JUNE, OCTOBER_31, 80000)]),
    "withdrawn in the last": (
        [in_parts(), a_withdrawal(dt.date(2026, 1, 11))],
        [WHOLE, (JANUARY, dt.date(2026, 1, 10), 30000)],
    ),
    "withdrawn after all": ([in_parts(), a_withdrawal(MARCH)], [WHOLE, PART]),
    "reduced": (
        [in_parts(), a_reduction(NOVEMBER, 60000)],
        [(JUNE, OCTOBER_31, 80000), (NOVEMBER, DECEMBER_31, 60000), PART],
    ),
    "reduced, ends earlier": (
        [in_parts(), a_reduction(NOVEMBER, 60000, expires_on=DECEMBER_31)],
        [(JUNE, OCTOBER_31, 80000), (NOVEMBER, DECEMBER_31, 60000)],
    ),
    "reduced after all": ([in_parts(), a_reduction(MARCH)], [WHOLE, PART]),
    "reinstated": ([in_parts(), a_reinstatement(MARCH)], [WHOLE, PART, (MARCH, None, 80000)]),
    "decided again from before": (
        [in_parts(), a_limit(effective_on=NOVEMBER, amount=Decimal(5))],
        [(JUNE, OCTOBER_31, 80000), (NOVEMBER, None, 5)],
    ),
    "in place of another": (
        [a_limit(), in_parts(effective_on=NOVEMBER)],
        [(JUNE, OCTOBER_31, 80000), (NOVEMBER, DECEMBER_31, 80000), PART],
    ),
}


@pytest.mark.parametrize(("events", "periods"), IN_PARTS.values(), ids=IN_PARTS)
def test_each_part_ends_on_its_day(events: list[Any], periods: list[tuple[dt.date, dt.date | None, int]]) -> None:
    """What remains stands until the next part ends; a cut cuts every part, and enlarges none."""
    assert timeline(*events) == periods


@pytest.mark.parametrize(
    ("judged_on", "basis", "amount"),
    [(DECEMBER_31, "IN_FORCE", 80000), (JANUARY, "IN_FORCE", 30000), (MARCH, "RUN_OFF", 30000)],
)
def test_an_alert_names_what_remained(judged_on: dt.date, basis: str, amount: int) -> None:
    """Whichever of limit and judgment comes first; after the last part's end deliveries may still be unpaid."""
    first, second = some_facts(a_policy()), some_facts(a_policy())
    judged = a_judgment(judgment_date=judged_on, published_on=judged_on)
    decide(first, in_parts())
    (alert,) = on_judgment(judged, first, NOW).notices
    cover = alert.fields["body"].cover
    assert (cover.basis, cover.amount) == (basis, amount)
    second.after(on_judgment(judged, second, NOW))
    assert decide(second, in_parts()).notices == (alert,)


def test_a_reduction_does_not_fill_a_gap() -> None:
    """Between withdrawal and reinstatement nothing stands, whatever is cut."""
    events = (a_limit(), a_withdrawal(MARCH), a_reinstatement(APRIL), a_reduction(dt.date(2026, 3, 10)))
    assert timeline(*events) == [(JUNE, FEBRUARY_28, 80000), (APRIL, None, 30000)]
