"""What a rule may know: plain values, read from the ledger under locks, or written in a test as a list."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from schemas.events.court_judgments import correction_in
from streams.commitments.defaults import LANGUAGE

if TYPE_CHECKING:
    from schemas.events.court_judgments import JudgmentPublished
    from schemas.events.policies import Contact, PolicyTermsSet, Recipient
    from streams.commitments.decision import CoverTimeline, Decision


_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CoverPeriod:
    """A cover of one policy on one buyer, from `since` to `until` (both included; None: no end known)."""

    policy_id: str
    buyer_id: str
    cover_id: str
    since: dt.date
    until: dt.date | None
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class DeclaredBuyer:
    """A buyer below the unnamed-buyer threshold that the policyholder has declared."""

    policy_id: str
    buyer_id: str
    declared_on: dt.date


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as known: its terms in order of effect, and the envelope of its notices."""

    policy_id: str
    terms: "tuple[PolicyTermsSet, ...]" = ()
    recipients: "tuple[Recipient, ...]" = ()
    contact: "Contact | None" = None
    was_told: bool = False
    """A notice has been numbered for it: whoever sends late may hold an older list of recipients."""

    @property
    def language(self) -> str:
        """The language that it is written to in: the last that it asked for."""
        return self.terms[-1].language if self.terms else LANGUAGE

    def terms_on(self, day: dt.date) -> "PolicyTermsSet":
        """The terms in force on `day`; before the first ones, the first."""
        in_force = [terms for terms in self.terms if terms.effective_on <= day]
        return in_force[-1] if in_force else self.terms[0]

    def spans(self, *, unnamed: bool = False) -> list[tuple[dt.date, dt.date]]:
        """First and last days of the times in which it is in force: a day is, unless the terms of then have expired.

        `unnamed`: of those, the times in which its terms cover buyers without a limit, once declared.
        """
        spans: list[tuple[dt.date, dt.date]] = []
        starts = [dt.date.min, *(terms.effective_on for terms in self.terms[1:])]
        lasts = [*(start - _ONE_DAY for start in starts[1:]), dt.date.max]
        for terms, start, last in zip(self.terms, starts, lasts, strict=True):
            end = min(last, terms.expires_on or last)
            goes_on = bool(spans) and spans[-1][1] + _ONE_DAY == start
            covers = not unnamed or terms.unnamed_buyer_threshold is not None
            if covers and start <= end:
                spans.append((spans.pop()[0] if goes_on else start, end))
        return spans


@dataclass(frozen=True, slots=True)
class Judgment:
    """A judgment as stored: the event, and the case it belongs to."""

    case_id: uuid.UUID
    record: "JudgmentPublished"


@dataclass(frozen=True, slots=True)
class Told:
    """A notice that exists: what was told to whom in a case."""

    notice_id: uuid.UUID
    case_id: uuid.UUID
    policy_id: str
    kind: str
    adopted_at: dt.datetime | None = None
    """When it was decided, of one that is known from `notices` alone: what comes again may be older than that."""


@dataclass(frozen=True, slots=True)
class ClaimName:
    """A name by which a payment may cite a claim, or what was reported as overdue before a claim came of it."""

    name: str
    """As `matching.normalised` gives it."""
    policy_id: str
    claim_id: str | None
    """None: it was reported as overdue, and is no claim so far."""
    overdue_id: str | None
    buyer_id: str | None


@dataclass(frozen=True, slots=True)
class Citation:
    """A name that a payment cites."""

    how: str
    """Where: `concerned`, `creditor_reference`, `end_to_end_id` or `free_text`."""
    name: str


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received, with everything by which it may be matched."""

    source: str
    event_id: str
    reference: str
    amount: Decimal
    currency: str
    booked_on: dt.date
    policy_id: str | None
    """The only policy that it can be for, where the provider says so."""
    statement_id: str | None
    reconciled: bool | None
    """False: the sums of its statement are wrong."""
    citations: tuple[Citation, ...]
    """The surest first."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a payment is for: a claim, or what was reported as overdue."""

    how: str
    """Where the payment cites it, as in `Citation`."""
    policy_id: str
    claim_id: str | None
    overdue_id: str | None
    """None where there is a claim."""


@dataclass(slots=True)
class Holding:
    """What a policy has on one buyer."""

    covers: list[CoverPeriod] = field(default_factory=list)
    declared: list[DeclaredBuyer] = field(default_factory=list)


@dataclass(slots=True)
class Facts:
    """The facts that one run joins on. `after` carries a decision's effect to the records behind it."""

    covers: dict[str, list[CoverPeriod]] = field(default_factory=dict)
    """By buyer_id."""
    declared: dict[str, list[DeclaredBuyer]] = field(default_factory=dict)
    """By buyer_id."""
    policies: dict[str, Policy] = field(default_factory=dict)
    """By policy_id. No entry: the policy is unknown."""
    judgments: dict[str, list[Judgment]] = field(default_factory=dict)
    """By buyer_id, in the order in which they were committed. Corrections are among them."""
    by_reference: dict[tuple[str, str], list[Judgment]] = field(default_factory=dict)
    """By (source, reference): what was published under a reference."""
    corrections: dict[tuple[str, str], list[Judgment]] = field(default_factory=dict)
    """By (source, reference of the target): what corrects it, in order."""
    cases: dict[uuid.UUID, list[Judgment]] = field(default_factory=dict)
    """By case_id: every judgment of the case, in the order in which they were committed, whatever buyer it names."""
    told: dict[uuid.UUID, dict[str, list[Told]]] = field(default_factory=dict)
    """By case_id, then by policy_id."""
    claims: dict[str, list[ClaimName]] = field(default_factory=dict)
    """By name: the claims that go by it."""
    citing: dict[str, list[Payment]] = field(default_factory=dict)
    """By name: the payments that cite it."""
    received: dict[str, list[Payment]] = field(default_factory=dict)
    """By payment reference."""
    _holdings: dict[str, dict[str, Holding]] | None = field(default=None, init=False, repr=False, compare=False)
    """By policy_id, then by buyer_id; made when it is first asked for, because judgments do not ask."""

    def holdings_of(self, policy_id: str) -> Mapping[str, Holding]:
        """By buyer_id: those on whom the policy has a cover or a declaration, or had one before a record of the run.

        Terms ask for each of a policy's buyers, and a run of renewals has policies of the same buyers by the hundred.
        """
        if self._holdings is None:
            self._holdings = {}
            for cover in chain.from_iterable(self.covers.values()):
                self._holding(cover).covers.append(cover)
            for declared in chain.from_iterable(self.declared.values()):
                self._holding(declared).declared.append(declared)
        return self._holdings.get(policy_id, {})

    def _holding(self, held: "CoverPeriod | DeclaredBuyer | CoverTimeline") -> Holding:
        """Where it belongs; as long as nobody has asked, nowhere."""
        if self._holdings is None:
            return Holding()
        return self._holdings.setdefault(held.policy_id, {}).setdefault(held.buyer_id, Holding())

    def after(self, decision: "Decision") -> None:
        """Take in what `decision` stores, so that the next record of the run sees it."""
        for timeline in decision.covers:
            kept = [c for c in self.covers.get(timeline.buyer_id, ()) if c.policy_id != timeline.policy_id]
            self.covers[timeline.buyer_id] = [*kept, *timeline.periods]
            self._holding(timeline).covers[:] = timeline.periods
        for judgment in decision.judgments:
            self.add_judgment(judgment)
        for policy in decision.policies:
            self.policies[policy.policy_id] = policy
        for buyer in decision.declared:
            self.declared.setdefault(buyer.buyer_id, []).append(buyer)
            self._holding(buyer).declared.append(buyer)
        for owed in decision.notices:
            self.add_told(Told(owed.notice_id, owed.case_id, owed.policy_id, owed.kind.__name__))
            self._was_told(owed.policy_id)
        for name in decision.names:
            self.claims.setdefault(name.name, []).append(name)
        for matched in decision.payments:
            self.add_payment(matched.payment)

    def add_payment(self, payment: Payment) -> None:
        """Take in money received; taking it in again changes nothing."""
        of_reference = self.received.setdefault(payment.reference, [])
        if payment not in of_reference:
            of_reference.append(payment)
            for citation in payment.citations:
                self.citing.setdefault(citation.name, []).append(payment)

    def add_judgment(self, judgment: Judgment) -> None:
        """Take in a stored judgment, in the order of commit."""
        record = judgment.record
        self.cases.setdefault(judgment.case_id, []).append(judgment)
        if record.buyer_id is not None:
            self.judgments.setdefault(record.buyer_id, []).append(judgment)
        self.by_reference.setdefault((record.header.source, record.reference), []).append(judgment)
        corrects = correction_in(record)
        if corrects is not None and corrects.reference is not None:
            self.corrections.setdefault((record.header.source, corrects.reference), []).append(judgment)

    def _was_told(self, policy_id: str) -> None:
        policy = self.policies.get(policy_id)
        if policy is not None and not policy.was_told:
            self.policies[policy_id] = replace(policy, was_told=True)

    def add_told(self, told: Told) -> None:
        """Take in a notice that exists."""
        known = self.told.setdefault(told.case_id, {}).setdefault(told.policy_id, [])
        if all(each.notice_id != told.notice_id for each in known):
            known.append(told)
