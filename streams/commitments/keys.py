"""The keys that records join on: what must be locked and read before a rule is asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from schemas.base import Record
from schemas.catalog import TOPICS
from schemas.events.claims import ClaimDeclared, OverdueReported
from schemas.events.court_judgments import JudgmentPublished, correction_in
from schemas.events.deliveries import DeliveryChanged
from schemas.events.payments import FundsReceived, PaymentReturned
from schemas.events.policies import BuyersDeclared
from schemas.events.voided import EventVoided
from streams.commitments.cases import void_reference
from streams.commitments.facts import Facts
from streams.commitments.matching import citations_of, names_of


@dataclass(slots=True)
class Keys:
    """What records join on: to be locked, then read."""

    buyers: set[str] = field(default_factory=set)
    policies: set[str] = field(default_factory=set)
    references: set[tuple[str, str]] = field(default_factory=set)
    """(source, reference) of judgments: their own, and those that they correct."""
    notices: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    """By which payments cite claims: the claims that go by them are read."""
    named: set[str] = field(default_factory=set)
    """Those that claims give themselves: the payments that cite them are read."""
    payments: set[str] = field(default_factory=set)
    """References of payments: locked."""
    returned: set[str] = field(default_factory=set)
    """Those of payments that come back: what was received under them is read."""

    def add(self, event: Record) -> None:
        """Take in the keys that a record itself names."""
        KEYS[type(event)](event, self)


def keys_of(events: Iterable[Record]) -> Keys:
    """The keys that records themselves name."""
    keys = Keys()
    for event in events:
        keys.add(event)
    return keys


def keys_in(facts: Facts) -> Keys:
    """The keys that facts name: those that are not locked yet are locked, and the facts read again."""
    cases = [j.record for judgments in facts.cases.values() for j in judgments]
    told = {policy_id for tellings in facts.told.values() for policy_id in tellings}
    held = {c.policy_id for covers in facts.covers.values() for c in covers}
    declared = {d.policy_id for buyers in facts.declared.values() for d in buyers}
    return Keys(
        buyers={r.buyer_id for r in cases if r.buyer_id is not None},
        policies=told | held | declared,
        references={(r.header.source, r.reference) for r in cases},
        names=set(facts.citing),
    )


def _of_judgment(event: JudgmentPublished, keys: Keys) -> None:
    source = event.header.source
    if event.buyer_id is not None:
        keys.buyers.add(event.buyer_id)
    keys.references.add((source, event.reference))
    corrects = correction_in(event)
    if corrects is not None and corrects.reference is not None:
        keys.references.add((source, corrects.reference))


def _of_limit(event: Any, keys: Keys) -> None:
    keys.buyers.add(event.buyer_id)
    keys.policies.add(event.policy_id)


def _of_policy(event: Any, keys: Keys) -> None:
    keys.policies.add(event.policy_id)


def _of_voided(event: EventVoided, keys: Keys) -> None:
    """What the voided event joined on, as far as its key tells, and the reference that its void goes by."""
    if event.topic == "policies":
        keys.policies.add(event.key)
    elif event.topic in {"court-judgments", "limits"}:
        keys.buyers.add(event.key)
        keys.references.add((event.header.source, void_reference(event.header)))


def _of_declared(event: BuyersDeclared, keys: Keys) -> None:
    keys.buyers.update(event.buyer_ids)
    keys.policies.add(event.policy_id)


def _of_delivery(event: DeliveryChanged, keys: Keys) -> None:
    keys.notices.add(str(event.notice_id))


def _of_claim(event: ClaimDeclared | OverdueReported, keys: Keys) -> None:
    names = {name.name for name in names_of(event)}
    keys.names |= names
    keys.named |= names


def _of_received(event: FundsReceived, keys: Keys) -> None:
    keys.payments.add(event.payment_reference)
    keys.names.update(citation.name for citation in citations_of(event))


def _of_returned(event: PaymentReturned, keys: Keys) -> None:
    keys.payments.add(event.payment_reference)
    keys.returned.add(event.payment_reference)


def _of_none(event: Record, keys: Keys) -> None:
    """Its record is only taken in."""


KEYS: dict[type[Record], Callable[[Any, Keys], None]] = {
    **dict.fromkeys(TOPICS["court-judgments"].records, _of_judgment),
    **dict.fromkeys(TOPICS["limits"].records, _of_limit),
    **dict.fromkeys(TOPICS["policies"].records, _of_policy),
    **dict.fromkeys(TOPICS["claims"].records, _of_none),
    **dict.fromkeys(TOPICS["payments"].records, _of_none),
    **dict.fromkeys(TOPICS["buyer-updates"].records, _of_none),
    BuyersDeclared: _of_declared,
    ClaimDeclared: _of_claim,
    OverdueReported: _of_claim,
    FundsReceived: _of_received,
    PaymentReturned: _of_returned,
    DeliveryChanged: _of_delivery,
    EventVoided: _of_voided,
}
"""By type of record: adds the keys that it joins on."""

BY_POLICY = frozenset(TOPICS["court-judgments"].records)
"""Records whose rule decides for each policy by what it alone holds: some policies may be told first."""
