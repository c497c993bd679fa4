"""Covers end with their policy: its last day is that of the terms of each day, and a renewal reopens them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.commitments.exposure import Stake, Window, ground_of
from streams.commitments.facts import CoverPeriod, DeclaredBuyer, Policy
from streams.commitments.judgments import on_judgment
from streams.commitments.policies import on_policy
from tests.builders import BUYER, NOW, POLICY, a_cover, a_declared_buyer, a_judgment, some_facts, some_terms

YEAR_END, NEW_YEAR, JUNE = dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2025, 6, 1)
JANUARY_30, FEBRUARY, MARCH_10 = dt.date(2026, 1, 30), dt.date(2026, 2, 1), dt.date(2026, 3, 10)
ONE_DAY = dt.timedelta(days=1)
NOBODY = None


def a_policy(*ends: tuple[dt.date, dt.date | None], **terms: Any) -> Policy:
    """Terms by first day, each with the policy's last; a run-off of 30 days."""
    said = {"run_off_days": 30, **terms}
    return Policy(POLICY, tuple(some_terms(effective_on=day, expires_on=end, **said) for day, end in ends))


def ground(policy: Policy, day: dt.date, *held: CoverPeriod | DeclaredBuyer, until: dt.date | None = None) -> Any:
    """What exposes it to a judgment of that day, published `until`, as (basis, since, until)."""
    covers = tuple(each for each in held if isinstance(each, CoverPeriod))
    declared = tuple(each for each in held if isinstance(each, DeclaredBuyer))
    found = ground_of(Stake(policy, covers, declared), Window.of(day, until or day))
    return None if found is None else (found.basis, found.since, found.until)


EXPIRED = a_policy((JUNE, YEAR_END))
RENEWED = a_policy((JUNE, YEAR_END), (NEW_YEAR, dt.date(2026, 12, 31)))
REOPENED = a_policy((JUNE, YEAR_END), (FEBRUARY, None))
COVER = a_cover()


@pytest.mark.parametrize(
    ("policy", "day", "cover", "expected"),
    [
        (EXPIRED, YEAR_END, COVER, ("IN_FORCE", JUNE, YEAR_END)),
        (EXPIRED, NEW_YEAR, COVER, ("RUN_OFF", JUNE, YEAR_END)),
        (EXPIRED, JANUARY_30, COVER, ("RUN_OFF", JUNE, YEAR_END)),
        (EXPIRED, JANUARY_30 + ONE_DAY, COVER, NOBODY),
        (EXPIRED, MARCH_10, COVER, NOBODY),
        (EXPIRED, JANUARY_30, a_cover(until=dt.date(2026, 6, 30)), ("RUN_OFF", JUNE, YEAR_END)),
        (EXPIRED, NEW_YEAR, a_cover(until=dt.date(2025, 12, 1)), NOBODY),
        (EXPIRED, JANUARY_30, a_cover(since=NEW_YEAR), NOBODY),
        (RENEWED, NEW_YEAR, COVER, ("IN_FORCE", JUNE, None)),
        (RENEWED, MARCH_10, COVER, ("IN_FORCE", JUNE, None)),
        (RENEWED, dt.date(2027, 1, 1), COVER, ("RUN_OFF", JUNE, dt.date(2026, 12, 31))),
        (a_policy((JUNE, YEAR_END), (dt.date(2025, 11, 1), None)), MARCH_10, COVER, ("IN_FORCE", JUNE, None)),
        (REOPENED, JANUARY_30, COVER, ("RUN_OFF", JUNE, YEAR_END)),
        (REOPENED, dt.date(2026, 1, 31), COVER, NOBODY),
        (REOPENED, MARCH_10, COVER, ("IN_FORCE", FEBRUARY, None)),
        (a_policy((FEBRUARY, YEAR_END)), MARCH_10, COVER, NOBODY),
        (EXPIRED, NEW_YEAR, a_declared_buyer(), NOBODY),
    ],
)
def test_a_cover_ends_with_its_policy(policy: Policy, day: dt.date, cover: CoverPeriod, expected: Any) -> None:
    """In force to the policy's last day, in run-off from there, then nothing; a renewal goes on, or begins anew."""
    assert ground(policy, day, cover) == expected


def test_one_day_of_the_window_is_enough() -> None:
    """A judgment of the old year, published in the new one, meets a cover that the renewal began with."""
    assert ground(RENEWED, dt.date(2025, 12, 20), a_cover(since=NEW_YEAR), until=dt.date(2026, 1, 10)) == (
        "IN_FORCE", NEW_YEAR, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "declared_on", "is_told"),
    [
        (YEAR_END, JUNE, True),
        (JANUARY_30, JUNE, True),
        (JANUARY_30 + ONE_DAY, JUNE, False),
        (JANUARY_30, NEW_YEAR, False),
    ],
)
def test_so_does_the_cover_of_an_unnamed_buyer(day: dt.date, declared_on: dt.date, is_told: bool) -> None:  # noqa: FBT001
    """Declared while the policy stood, it is told until deliveries of then can no longer be unpaid."""
    policy = a_policy((JUNE, YEAR_END), unnamed_buyer_threshold=Decimal(7))
    found = ground(policy, day, a_declared_buyer(declared_on=declared_on))
    assert (found is not None) == is_told


@pytest.mark.parametrize(
    ("day", "until", "until_december", "from_new_year", "is_told"),
    [
        (dt.date(2025, 12, 28), dt.date(2026, 1, 8), None, 7, True),
        (dt.date(2025, 12, 28), YEAR_END, None, 7, False),
        (NEW_YEAR, dt.date(2026, 1, 8), 7, None, True),
        (JANUARY_30, JANUARY_30, 7, None, True),
        (JANUARY_30 + ONE_DAY, MARCH_10, 7, None, False),
    ],
    ids=["covers before it is published", "not yet", "ended the day before", "may be unpaid", "no longer"],
)
def test_terms_cover_unnamed_buyers_on_their_days(
    *, day: dt.date, until: dt.date, until_december: int | None, from_new_year: int | None, is_told: bool
) -> None:
    """A renewal that begins to cover them counts up to the publication; one that ends it leaves the run-off."""
    policy = Policy(
        POLICY,
        (
            some_terms(run_off_days=30, unnamed_buyer_threshold=until_december),
            some_terms(run_off_days=30, unnamed_buyer_threshold=from_new_year, effective_on=NEW_YEAR),
        ),
    )
    assert (ground(policy, day, a_declared_buyer(declared_on=JUNE), until=until) is not None) == is_told


ENDS = st.lists(
    st.tuples(st.dates(JUNE, MARCH_10), st.none() | st.dates(JUNE, MARCH_10)),
    min_size=1, max_size=3, unique_by=lambda end: end[0],
)  # fmt: skip


SOME_DAY = st.dates(JUNE, MARCH_10)
LENGTH = st.integers(0, 200).map(dt.timedelta)


@given(ENDS, SOME_DAY, st.none() | LENGTH, SOME_DAY, st.integers(0, 9))
def test_each_day_is_judged_by_its_terms(
    ends: list[tuple[dt.date, dt.date | None]], since: dt.date, length: dt.timedelta | None, judged: dt.date, later: int
) -> None:
    """A cover is in force where, on a day from judgment to publication, it stands and the terms of then do."""
    policy, until = a_policy(*sorted(ends)), None if length is None else since + length
    days = [judged + ONE_DAY * n for n in range(later + 1)]
    ends_on = {day: policy.terms_on(day).expires_on for day in days}
    stands = [day for day in days if since <= day <= (until or dt.date.max) and day <= (ends_on[day] or dt.date.max)]
    found = ground(policy, judged, a_cover(since=since, until=until), until=days[-1])
    assert (found is not None and found[0] == "IN_FORCE") == bool(stands)


def test_a_renewal_that_comes_late_alerts_whom_it_lets_in() -> None:
    """The judgment was told to nobody while the policy was known as ended; the alert is the one it would have been."""
    late, known = some_facts(EXPIRED, COVER), some_facts(RENEWED, COVER)
    expected = on_judgment(a_judgment(), known, NOW).notices
    decision = on_judgment(a_judgment(), late, NOW)
    assert decision.notices == ()
    late.after(decision)
    renewal = some_terms(effective_on=NEW_YEAR, expires_on=dt.date(2026, 12, 31), run_off_days=30)
    assert on_policy(renewal, late, NOW).notices == expected
    assert len(expected) == 1


def test_an_end_that_comes_late_takes_nothing_back() -> None:
    """Who was told stays told, once."""
    facts = some_facts(a_policy((JUNE, None)), COVER)
    facts.after(on_judgment(a_judgment(), facts, NOW))
    decision = on_policy(some_terms(effective_on=JUNE, expires_on=YEAR_END), facts, NOW)
    assert decision.notices == ()
    assert facts.judgments[BUYER]
