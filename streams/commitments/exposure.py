"""Who is exposed to a judgment, on business dates: never on which message arrived first."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from schemas.notices.judgments import CoverFacts
from streams.commitments.facts import CoverPeriod, DeclaredBuyer, Facts, Policy

Held = TypeVar("Held", CoverPeriod, DeclaredBuyer)


@dataclass(frozen=True, slots=True)
class Window:
    """The days that decide who is exposed: from the judgment to its publication, both included."""

    first: dt.date
    last: dt.date

    @classmethod
    def of(cls, judgment_date: dt.date | None, published_on: dt.date) -> "Window":
        """The window of a judgment; one without a date, or dated after its publication, counts on publication day."""
        return cls(min(judgment_date or published_on, published_on), published_on)


@dataclass(frozen=True, slots=True)
class Stake:
    """All that a policy has on one buyer, and its terms. The terms are known."""

    policy: Policy
    covers: tuple[CoverPeriod, ...]
    declared: tuple[DeclaredBuyer, ...]


def stake_in(buyer_id: str, policy: Policy, facts: Facts) -> Stake:
    """What the policy has on the buyer, as far as is known."""
    held = facts.holdings_of(policy.policy_id).get(buyer_id)
    return Stake(policy, tuple(held.covers), tuple(held.declared)) if held else Stake(policy, (), ())


def concerns_nobody(buyer_id: str | None, facts: Facts) -> bool:
    """Whether no policy has anything on this buyer: most judgments, so it is asked before anything is worked out."""
    return not facts.covers.get(buyer_id or "") and not facts.declared.get(buyer_id or "")


def exposed(facts: Facts, buyer_id: str, window: Window) -> dict[str, CoverFacts]:
    """What exposes each policy to a judgment on this buyer, the best ground of each, by policy_id in order."""
    found = ((stake.policy.policy_id, ground_of(stake, window)) for stake in _stakes(facts, buyer_id))
    return {policy_id: ground for policy_id, ground in found if ground is not None}


def ground_of(stake: Stake, window: Window) -> CoverFacts | None:
    """What exposes the policy: a cover in force, else one in run-off, else a buyer declared; None: nothing does."""
    stands = stake if _has_no_end(stake.policy) else replace(stake, covers=_while_in_force(stake))
    return _in_force(stands, window) or _in_run_off(stands, window) or _unnamed(stands, window)


def _while_in_force(stake: Stake) -> tuple[CoverPeriod, ...]:
    """The covers, each ended where the policy ends; one that a later renewal reopens begins anew with that."""
    spans = stake.policy.spans()
    return tuple(part for cover in stake.covers for span in spans for part in _within(cover, *span))


def _within(cover: CoverPeriod, first: dt.date, last: dt.date) -> Iterable[CoverPeriod]:
    """The part of the cover in these days, if there is one."""
    since, until = max(cover.since, first), min(cover.until or dt.date.max, last)
    if since <= until:
        yield replace(cover, since=since, until=None if until == dt.date.max else until)


def _has_no_end(policy: Policy) -> bool:
    """Whether none of its terms names a last day: asked first, for each policy that a judgment may reach."""
    return all(terms.expires_on is None for terms in policy.terms)


def _stakes(facts: Facts, buyer_id: str) -> Iterable[Stake]:
    covers = _by_policy(facts.covers.get(buyer_id, ()))
    declared = _by_policy(facts.declared.get(buyer_id, ()))
    for policy_id in sorted(covers.keys() | declared.keys()):
        policy = facts.policies.get(policy_id)
        if policy is not None and policy.terms:
            yield Stake(policy, tuple(covers.get(policy_id, ())), tuple(declared.get(policy_id, ())))


def _by_policy(held: Iterable[Held]) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = {}
    for each in held:
        found.setdefault(each.policy_id, []).append(each)
    return found


def _in_force(stake: Stake, window: Window) -> CoverFacts | None:
    return _latest("IN_FORCE", window, [c for c in stake.covers if c.since <= window.last and _lasts(c, window.first)])


def _in_run_off(stake: Stake, window: Window) -> CoverFacts | None:
    since = _runs_off_since(stake.policy, window)
    ended = [c for c in stake.covers if c.until is not None and since <= c.until < window.first]
    return _latest("RUN_OFF", window, ended)


def _runs_off_since(policy: Policy, window: Window) -> dt.date:
    """The first day such that deliveries under a cover that ended then may still be unpaid."""
    return window.first - dt.timedelta(days=policy.terms_on(window.first).run_off_days)


def _lasts(cover: CoverPeriod, day: dt.date) -> bool:
    return cover.until is None or cover.until >= day


def _latest(basis: str, window: Window, covers: list[CoverPeriod]) -> CoverFacts | None:
    if not covers:
        return None
    cover = max(covers, key=lambda c: (c.since, c.cover_id))
    # An end after the publication is left out: it may be decided later, and the alert must not depend on when.
    ended = cover.until if cover.until is not None and cover.until <= window.last else None
    return CoverFacts(
        basis=basis,
        cover_id=cover.cover_id,
        amount=cover.amount,
        currency=cover.currency,
        since=cover.since,
        until=ended,
    )


def _unnamed(stake: Stake, window: Window) -> CoverFacts | None:
    since = min((d.declared_on for d in stake.declared), default=dt.date.max)
    if since > window.last or not _covers_unnamed(stake.policy, since, window):
        return None
    return CoverFacts(
        basis="UNNAMED",
        cover_id=None,
        amount=None,
        currency=None,
        since=since,
    )


def _covers_unnamed(policy: Policy, declared_on: dt.date, window: Window) -> bool:
    """Whether its terms did so on a day since the declaration, not so long ago that nothing can be unpaid."""
    since = max(declared_on, _runs_off_since(policy, window))
    return any(first <= window.last and last >= since for first, last in policy.spans(unnamed=True))
