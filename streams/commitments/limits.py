"""Covers as decided, and the alerts that known judgments owe because of them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from schemas.events.limits import LimitDecided, LimitReinstated, LimitWithdrawn
from streams.commitments.alerts import late_alerts
from streams.commitments.decision import NOTHING, CoverTimeline, Decision
from streams.commitments.exposure import Stake
from streams.commitments.facts import CoverPeriod, Facts

LimitEvent = LimitDecided | LimitWithdrawn | LimitReinstated
Periods = tuple[CoverPeriod, ...]

_GRANTS = {"GRANTED", "PARTLY_GRANTED"}
_ONE_DAY = dt.timedelta(days=1)


def on_limit(event: LimitEvent, facts: Facts, now: dt.datetime) -> Decision:
    """The cover stands as decided, and the policy is alerted of the judgments that it turns out to be exposed to."""
    policy = facts.policies.get(event.policy_id)
    if policy is None or not policy.terms:
        return Decision(waits_for=f"policy:{event.policy_id}")
    known = facts.covers.get(event.buyer_id, ())
    before = tuple(sorted((c for c in known if c.policy_id == event.policy_id), key=lambda c: c.since))
    after = timeline_after(event, before)
    if after == before:
        return NOTHING
    declared = tuple(d for d in facts.declared.get(event.buyer_id, ()) if d.policy_id == event.policy_id)
    stake = Stake(policy, after, declared)
    return Decision(
        covers=(CoverTimeline(event.policy_id, event.buyer_id, after),),
        notices=late_alerts(stake, event.buyer_id, facts, now),
    )


def timeline_after(event: LimitEvent, before: Periods) -> Periods:
    """The periods of cover once the decision is taken in; taking it in twice changes nothing."""
    if isinstance(event, LimitWithdrawn):
        return _withdrawn(event, before)
    if isinstance(event, LimitDecided) and event.outcome not in _GRANTS:
        # A refusal, of a first limit or of an increase, leaves what stands.
        return before
    standing = _until(event.effective_on - _ONE_DAY, before)
    return (*standing, _period(event)) if event.amount else standing


def _withdrawn(event: LimitWithdrawn, before: Periods) -> Periods:
    own = tuple(c for c in before if c.cover_id == event.cover_id)
    others = tuple(c for c in before if c.cover_id != event.cover_id)
    return tuple(sorted((*others, *_until(event.effective_on - _ONE_DAY, own)), key=lambda c: c.since))


def _until(last: dt.date, periods: Iterable[CoverPeriod]) -> Periods:
    """The periods, none of them lasting longer than `last`."""
    return tuple(
        c if c.until is not None and c.until <= last else replace(c, until=last) for c in periods if c.since <= last
    )


def _period(event: LimitDecided | LimitReinstated) -> CoverPeriod:
    return CoverPeriod(
        policy_id=event.policy_id,
        buyer_id=event.buyer_id,
        cover_id=event.cover_id,
        since=event.effective_on,
        until=event.expires_on,
        amount=event.amount,
        currency=event.currency,
    )
