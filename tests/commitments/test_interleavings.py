"""Any interleaving of limits and judgments that keeps each topic's order owes the same notices.

Left out, as corrections of what was told: rectifications and annulments, an earlier publication in the BODACC, and a
limit decision that takes effect by the publication of a judgment but is decided after that judgment was told. Judgments
that may be the same are therefore published on the same day, each policy gets its cover once, from any day, and later
decisions take effect after the last publication.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.base import Record
from schemas.events.court_judgments import JudgmentPublished
from schemas.events.limits import PartialAmount
from streams.commitments.decision import Owed
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from streams.commitments.limits import on_limit
from streams.commitments.natures import MEANINGS
from tests.builders import (
    NOW,
    a_cover,
    a_judgment,
    a_limit,
    a_policy,
    a_rectification,
    a_reduction,
    a_withdrawal,
    an_annulment,
    some_facts,
)

POLICIES = ["P-1", "P-2", "P-3"]
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 6, 30)
AFTER = st.dates(LAST + dt.timedelta(days=1), dt.date(2026, 12, 31))
LIMITS = st.one_of(
    st.builds(lambda policy_id, day: a_withdrawal(day, policy_id), st.sampled_from(POLICIES), AFTER),
    st.builds(
        lambda policy_id, day, amount: a_reduction(day, amount, policy_id),
        st.sampled_from(POLICIES),
        AFTER,
        st.integers(0, 9),
    ),
    st.builds(
        lambda policy_id, day, amount: a_limit(policy_id, effective_on=day, amount=Decimal(amount)),
        st.sampled_from(POLICIES),
        AFTER,
        st.integers(1, 9),
    ),
)


@st.composite
def judgments(draw: st.DrawFn) -> list[JudgmentPublished]:
    """Up to six judgments on the buyer, of any class, from up to three sources, some of them the same one."""
    told = []
    for n in range(draw(st.integers(1, 6))):
        judged = draw(st.dates(FIRST, LAST) | st.none())
        published = judged + dt.timedelta(days=4) if judged else draw(st.dates(FIRST, LAST))
        source = draw(st.sampled_from(["bodacc", "gazette", "court"]))
        nature_class = draw(st.sampled_from([*MEANINGS, None]))
        told.append(
            a_judgment(f"J{n}", source=source, judgment_date=judged, published_on=published, nature_class=nature_class)
        )
        if draw(st.booleans()):
            twin = draw(st.sampled_from(["gazette", "court"]))
            told.append(
                a_judgment(
                    f"T{n}",
                    source=twin,
                    judgment_date=judged,
                    published_on=published,
                    nature_class=nature_class,
                    text="The same, told by another.",
                )
            )
    return told


@st.composite
def limits(draw: st.DrawFn) -> list[Record]:
    """A cover per policy, from any day, some of them or of their parts with an end, then decisions of later effect."""
    covers: list[Record] = []
    for policy_id in draw(st.permutations(POLICIES)):
        since = draw(st.dates(dt.date(2025, 1, 1), dt.date(2026, 9, 30)))
        until = draw(st.none() | st.dates(since, dt.date(2026, 12, 31)))
        ends = draw(st.lists(st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)), max_size=3))
        parts = [PartialAmount(amount=Decimal(30000), expires_on=day) for day in ends]
        covers.append(a_limit(policy_id, effective_on=since, expires_on=until, partial_amounts=parts))
    return [*covers, *draw(st.lists(LIMITS, max_size=4))]


def interleaved(draw: st.DrawFn, first: Sequence[Record], second: Sequence[Record]) -> list[Record]:
    """Both in one order, each in its own."""
    turns = draw(st.permutations([True] * len(first) + [False] * len(second)))
    left, right = iter(first), iter(second)
    return [next(left) if turn else next(right) for turn in turns]


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[list[Record], list[Record]]:
    """The same events in two interleavings."""
    told, decided = draw(judgments()), draw(limits())
    return interleaved(draw, told, decided), interleaved(draw, told, decided)


def outcome(events: Sequence[Any]) -> tuple[dict[Any, Owed], Facts]:
    facts = some_facts(
        a_policy("P-1"),
        a_policy("P-2", territories=["DE"], retention_of_title=True, expires_on=dt.date(2026, 3, 31)),
        a_policy("P-3", run_off_days=10),
    )
    owed: dict[Any, Owed] = {}
    for event in events:
        rule = on_judgment if isinstance(event, JudgmentPublished) else on_limit
        decision = rule(event, facts, NOW)
        facts.after(decision)
        for notice in decision.notices:
            owed.setdefault(notice.notice_id, notice)
    return owed, facts


@given(two_orders())
def test_whichever_topic_arrives_first_the_same_notices_are_owed(orders: tuple[list[Record], list[Record]]) -> None:
    """Ids, kinds and fields of the notices, the covers and the cases are those of any other interleaving."""
    (one, facts), (other, other_facts) = map(outcome, orders)
    assert one == other
    assert facts.cases == other_facts.cases
    for known in (facts, other_facts):
        for covers in known.covers.values():
            covers.sort(key=lambda c: (c.policy_id, c.since))
    assert facts.covers == other_facts.covers


@given(two_orders())
def test_no_policy_is_told_twice_of_a_case(orders: tuple[list[Record], list[Record]]) -> None:
    """However a judgment and a cover meet, one alert for each case and policy is derived once."""
    owed, facts = outcome(orders[0])
    told = [(notice.case_id, notice.policy_id) for notice in owed.values()]
    assert len(told) == len(set(told)) == sum(map(len, facts.told.values()))


@given(
    first=st.lists(st.sampled_from(POLICIES), unique=True),
    later=st.lists(st.sampled_from(POLICIES), unique=True),
    gone=st.lists(st.sampled_from(POLICIES), unique=True),
    annulled=st.booleans(),
)
def test_corrections_reach_exactly_those_first_alerted(
    *, first: list[str], later: list[str], gone: list[str], annulled: bool
) -> None:
    """Whoever came to be covered since, and whoever no longer is, those first alerted get it and nobody else."""
    facts = some_facts(*(a_policy(p) for p in POLICIES), *(a_cover(p) for p in first))
    facts.after(on_judgment(a_judgment(), facts, NOW))
    everyone = {p: a_cover(p) for p in (*first, *later) if p not in gone}
    facts.covers = {a_judgment().buyer_id or "": list(everyone.values())}
    correction = on_judgment(an_annulment() if annulled else a_rectification(), facts, NOW)
    assert [notice.policy_id for notice in correction.notices] == sorted(first)
