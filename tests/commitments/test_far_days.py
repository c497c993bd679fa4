"""Whatever days records may hold, each rule decides, and what it owes can be sealed and put on the wire."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.base import FIRST_DAY, LAST_DAY, Record
from schemas.catalog import INPUTS, topic_of
from schemas.codec import decode, encode
from schemas.events.limits import PartialAmount
from schemas.notices.header import Cause
from streams.commitments.envelope import seal
from streams.commitments.facts import Facts
from streams.commitments.natures import MEANINGS
from streams.commitments.rules import RULES
from streams.commitments.wording import action, notes
from tests.builders import (
    NOW,
    POLICY,
    a_judgment,
    a_limit,
    a_rectification,
    a_reduction,
    a_reinstatement,
    a_withdrawal,
    an_annulment,
    buyers_declared,
    some_terms,
)
from tests.schemas.drawing import records

PARIS = ZoneInfo("Europe/Paris")
ONE_DAY = dt.timedelta(days=1)
FAR = (FIRST_DAY, FIRST_DAY + ONE_DAY, LAST_DAY - ONE_DAY, LAST_DAY)
DAY = st.sampled_from(FAR) | st.dates(FIRST_DAY, LAST_DAY)
MAY_END = st.none() | DAY
CAUSE = Cause(topic="court-judgments", partition=0, offset=0, source="bodacc", event_id="E-1")
PLACE = {"country": st.sampled_from(("FR", "RE", "BE")), "court_department": st.sampled_from(("69", "57", "976"))}
JUDGED = {"judgment_date": MAY_END, "published_on": DAY, "nature_class": st.sampled_from([*MEANINGS, None]), **PLACE}

TERMS = st.builds(
    some_terms,
    st.just(POLICY),
    st.sampled_from((("FR",), ("RE", "DE"), (None,))),
    effective_on=DAY,
    expires_on=MAY_END,
    run_off_days=st.sampled_from((0, 180, 3650)),
    unnamed_buyer_threshold=st.sampled_from((None, Decimal(7))),
    retention_of_title=st.just(value=True),
)
PART = st.builds(lambda day: PartialAmount(amount=Decimal(30000), expires_on=day), DAY)
EVENT = st.one_of(
    TERMS,
    st.builds(a_judgment, **JUDGED),
    st.builds(a_rectification, cited_on=MAY_END, **JUDGED),
    st.builds(an_annulment, **JUDGED),
    st.builds(a_limit, effective_on=DAY, expires_on=MAY_END, partial_amounts=st.lists(PART, max_size=3)),
    st.builds(a_reduction, DAY, expires_on=MAY_END),
    st.builds(a_reinstatement, DAY, expires_on=MAY_END),
    st.builds(a_withdrawal, DAY),
    st.builds(lambda day: buyers_declared(a_judgment().buyer_id or "", declared_on=day), DAY),
)


def decide(event: Any, facts: Facts) -> None:
    """Ask the rule, seal what is owed, word it, put it on the wire."""
    decision = RULES[topic_of(event).name](event, facts, NOW)
    facts.after(decision)
    for owed in decision.notices:
        notice: Any = seal(owed, facts.policies[owed.policy_id], 1, CAUSE, now=NOW, zone=PARIS)
        assert decode(encode(notice)) == notice
        for today in FAR:
            action(notice, today)
            notes(notice, today)


@given(TERMS, st.lists(EVENT, min_size=2, max_size=6))
def test_no_rule_fails_on_far_days(terms: Record, events: list[Record]) -> None:
    """Judgments, covers and terms of the first and the last day that records may hold meet as any others do."""
    facts = Facts()
    for event in (terms, *events):
        decide(event, facts)


@pytest.mark.parametrize("topic", INPUTS, ids=lambda topic: topic.name)
def test_no_rule_fails_on_any_record(topic: Any) -> None:
    """Each rule decides each record that its topic may hold."""

    @settings(max_examples=30)
    @given(st.one_of([records(model) for model in topic.records]))
    def decided(event: Record) -> None:
        decide(event, Facts())

    decided()
