"""Covers as decided, and the alerts that known judgments owe because of them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from schemas.base import Record
from schemas.events.limits import LimitDecided, LimitReduced, LimitReinstated, LimitWithdrawn
from schemas.events.voided import EventVoided
from streams.commitments.alerts import late_alerts
from streams.commitments.decision import NOTHING, CoverTimeline, Decision
from streams.commitments.exposure import stake_in
from streams.commitments.facts import CoverPeriod, Facts
from streams.commitments.voided import reviewed

LimitEvent = LimitDecided | LimitReduced | LimitWithdrawn | LimitReinstated
"""What the rules act on; every other record of the topic is recorded as received."""
Periods = tuple[CoverPeriod, ...]

_GRANTS = {"GRANTED", "PARTLY_GRANTED"}
_ONE_DAY = dt.timedelta(days=1)


def on_limit(event: Record, facts: Facts, now: dt.datetime) -> Decision:
    """The cover stands as decided, and the policy is alerted of the judgments that it turns out to be exposed to."""
    if isinstance(event, EventVoided):
        return reviewed(event)
    return _on_decided(event, facts, now) if isinstance(event, LimitEvent) else NOTHING


def _on_decided(event: LimitEvent, facts: Facts, now: dt.datetime) -> Decision:
    policy = facts.policies.get(event.policy_id)
    if policy is None or not policy.terms:
        return Decision(waits_for=f"policy:{event.policy_id}")
    stake = stake_in(event.buyer_id, policy, facts)
    before = tuple(sorted(stake.covers, key=_in_order))
    after = timeline_after(event, before)
    if after == before:
        return NOTHING
    return Decision(
        covers=(CoverTimeline(event.policy_id, event.buyer_id, after),),
        notices=late_alerts(replace(stake, covers=after), event.buyer_id, facts, now),
    )


def timeline_after(event: LimitEvent, before: Periods) -> Periods:
    """The periods of cover once the decision is taken in; taking it in twice changes nothing."""
    if isinstance(event, LimitWithdrawn | LimitReduced):
        return _cut(event, before)
    if isinstance(event, LimitDecided) and event.outcome not in _GRANTS:
        # A refusal, of a first limit or of an increase, leaves what stands.
        return before
    standing = _ended_before(event.effective_on, before)
    return (*standing, _period(event, event.expires_on)) if event.amount else standing


def _cut(event: LimitWithdrawn | LimitReduced, before: Periods) -> Periods:
    """The cover ends, and where it was reduced goes on with the smaller amount; other covers stay as they are."""
    own = tuple(c for c in before if c.cover_id == event.cover_id)
    others = tuple(c for c in before if c.cover_id != event.cover_id)
    rest = _reduced(event, own) if isinstance(event, LimitReduced) else ()
    return tuple(sorted((*others, *_ended_before(event.effective_on, own), *rest), key=_in_order))


def _reduced(event: LimitReduced, own: Periods) -> Periods:
    """What is left of the cover: a reduction neither prolongs a cover nor brings back one that has ended."""
    standing = [c for c in own if c.until is None or c.until >= event.effective_on]
    if not event.amount or (own and not standing):
        return ()
    ends = [day for day in (event.expires_on, *(c.until for c in standing[-1:])) if day is not None]
    return (_period(event, min(ends, default=None)),)


def _ended_before(day: dt.date, periods: Iterable[CoverPeriod]) -> Periods:
    """The periods that began before `day`, none of them lasting until then."""
    return tuple(
        c if c.until is not None and c.until < day else replace(c, until=day - _ONE_DAY)
        for c in periods
        if c.since < day
    )


def _in_order(cover: CoverPeriod) -> tuple[dt.date, str]:
    """By first day; covers that begin on one day, by their ids."""
    return cover.since, cover.cover_id


def _period(event: LimitDecided | LimitReduced | LimitReinstated, until: dt.date | None) -> CoverPeriod:
    return CoverPeriod(
        policy_id=event.policy_id,
        buyer_id=event.buyer_id,
        cover_id=event.cover_id,
        since=event.effective_on,
        until=until,
        amount=event.amount,
        currency=event.currency,
    )
