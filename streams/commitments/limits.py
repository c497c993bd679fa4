"""Covers as decided, and the alerts that known judgments owe because of them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

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
_NEVER = dt.date.max


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
    return (*_ended_before(event.effective_on, before), *_granted(event))


def _granted(event: LimitDecided | LimitReinstated) -> Periods:
    """What is in force from `effective_on`: a period until the next part of the limit ends, with what is left of it."""
    ends = _parts(event)
    days = sorted({day for day, _ in ends if day >= event.effective_on})
    starts = [event.effective_on, *(day + _ONE_DAY for day in days[:-1])]
    left = [sum((amount for end, amount in ends if end >= day), Decimal(0)) for day in days]
    return tuple(
        _period(event, since, None if day == _NEVER else day, min(event.amount, amount))
        for since, day, amount in zip(starts, days, left, strict=False)
    )


def _parts(event: LimitDecided | LimitReinstated) -> list[tuple[dt.date, Decimal]]:
    """The last day and the amount of each part, and of what the parts leave of the limit."""
    partial = event.partial_amounts if isinstance(event, LimitDecided) else []
    rest = event.amount - sum(part.amount for part in partial)
    parts = [(part.expires_on, part.amount) for part in partial] + [(event.expires_on or _NEVER, rest)]
    return [(day, amount) for day, amount in parts if amount > 0]


def _cut(event: LimitWithdrawn | LimitReduced, before: Periods) -> Periods:
    """The cover ends, and where it was reduced goes on with the smaller amount; other covers stay as they are."""
    own = tuple(c for c in before if c.cover_id == event.cover_id)
    others = tuple(c for c in before if c.cover_id != event.cover_id)
    rest = _reduced(event, own) if isinstance(event, LimitReduced) else ()
    return tuple(sorted((*others, *_ended_before(event.effective_on, own), *rest), key=_in_order))


def _reduced(event: LimitReduced, own: Periods) -> Periods:
    """What is left of the cover: a reduction prolongs no period of it, enlarges none to come, brings back none."""
    standing = [c for c in own if c.until is None or c.until >= event.effective_on]
    if not own:
        standing = [_period(event, event.effective_on, None, event.amount)]
    cut = (
        _period(
            event,
            max(c.since, event.effective_on),
            min((day for day in (c.until, event.expires_on) if day is not None), default=None),
            min(event.amount, c.amount) if n and c.currency == event.currency else event.amount,
        )
        for n, c in enumerate(standing)
    )
    return tuple(c for c in cut if c.amount and (c.until is None or c.until >= c.since))


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


def _period(
    event: LimitDecided | LimitReduced | LimitReinstated, since: dt.date, until: dt.date | None, amount: Decimal
) -> CoverPeriod:
    return CoverPeriod(
        policy_id=event.policy_id,
        buyer_id=event.buyer_id,
        cover_id=event.cover_id,
        since=since,
        until=until,
        amount=amount,
        currency=event.currency,
    )
