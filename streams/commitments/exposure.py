"""Who is exposed to a judgment, on business dates: never on which message arrived first."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
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
    covers = tuple(c for c in facts.covers.get(buyer_id, ()) if c.policy_id == policy.policy_id)
    declared = tuple(d for d in facts.declared.get(buyer_id, ()) if d.policy_id == policy.policy_id)
    return Stake(policy, covers, declared)


def concerns_nobody(buyer_id: str | None, facts: Facts) -> bool:
    """Whether no policy has anything on this buyer: most judgments, so it is asked before anything is worked out."""
    return not facts.covers.get(buyer_id or "") and not facts.declared.get(buyer_id or "")


def exposed(facts: Facts, buyer_id: str, window: Window) -> dict[str, CoverFacts]:
    """What exposes each policy to a judgment on this buyer, the best ground of each, by policy_id in order."""
    found = ((stake.policy.policy_id, ground_of(stake, window)) for stake in _stakes(facts, buyer_id))
    return {policy_id: ground for policy_id, ground in found if ground is not None}


def ground_of(stake: Stake, window: Window) -> CoverFacts | None:
    """What exposes the policy: a cover in force, else one in run-off, else a buyer declared; None: nothing does."""
    return _in_force(stake, window) or _in_run_off(stake, window) or _unnamed(stake, window)


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
    run_off = dt.timedelta(days=stake.policy.terms_on(window.first).run_off_days)
    ended = [c for c in stake.covers if c.until is not None and c.until < window.first <= c.until + run_off]
    return _latest("RUN_OFF", window, ended)


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
    since = [d.declared_on for d in stake.declared if d.declared_on <= window.last]
    terms = stake.policy.terms_on(window.first)
    if not since or terms.unnamed_buyer_threshold is None:
        return None
    return CoverFacts(
        basis="UNNAMED",
        cover_id=None,
        amount=None,
        currency=None,
        since=min(since),
    )
