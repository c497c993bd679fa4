"""The rules of each topic, and what must be locked and read before they are asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.base import Record
from schemas.catalog import TOPICS
from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified
from schemas.events.deliveries import DeliveryChanged
from schemas.events.policies import BuyersDeclared
from schemas.events.voided import EventVoided
from streams.commitments.catalog import RULES_VERSION
from streams.commitments.deliveries import on_delivery
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from streams.commitments.limits import on_limit
from streams.commitments.policies import on_policy
from streams.commitments.voided import reference_of

__all__ = ["KEYS", "RULES_VERSION", "Keys", "keys_in", "keys_of", "on_delivery", "on_judgment", "on_limit", "on_policy"]


@dataclass(frozen=True, slots=True)
class Keys:
    """What a record joins on: to be locked, then read."""

    buyers: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    references: frozenset[tuple[str, str]] = frozenset()
    """(source, reference) of judgments: its own, and the one that it corrects."""
    notices: frozenset[str] = frozenset()

    def __or__(self, other: "Keys") -> "Keys":
        return Keys(
            self.buyers | other.buyers,
            self.policies | other.policies,
            self.references | other.references,
            self.notices | other.notices,
        )

    def __le__(self, other: "Keys") -> bool:
        """Whether `other` holds them all."""
        return self | other == other


def keys_of(event: Record) -> Keys:
    """The keys that the record itself names."""
    return KEYS[type(event)](event)


def keys_in(facts: Facts) -> Keys:
    """The keys that facts name: those that are not locked yet are locked, and the facts read again."""
    cases = [j.record for judgments in facts.cases.values() for j in judgments]
    told = {t.policy_id for tellings in facts.told.values() for t in tellings}
    held = {c.policy_id for covers in facts.covers.values() for c in covers}
    declared = {d.policy_id for buyers in facts.declared.values() for d in buyers}
    return Keys(
        buyers=frozenset(r.buyer_id for r in cases if r.buyer_id is not None),
        policies=frozenset(told | held | declared),
        references=frozenset((r.header.source, r.reference) for r in cases),
    )


def _of_judgment(event: JudgmentPublished) -> Keys:
    source = event.header.source
    references = {(source, event.reference)}
    if isinstance(event, JudgmentRectified | JudgmentAnnulled) and event.corrects.reference is not None:
        references.add((source, event.corrects.reference))
    return Keys(buyers=_some(event.buyer_id), references=frozenset(references))


def _of_limit(event: Any) -> Keys:
    return Keys(buyers=frozenset({event.buyer_id}), policies=frozenset({event.policy_id}))


def _of_policy(event: Any) -> Keys:
    return Keys(policies=frozenset({event.policy_id}))


def _of_voided(event: EventVoided) -> Keys:
    """What the voided event joined on, as far as its key tells, and the reference that its void goes by."""
    if event.topic == "policies":
        return Keys(policies=frozenset({event.key}))
    references = frozenset({(event.header.source, reference_of(event))})
    return Keys(buyers=frozenset({event.key}), references=references)


def _of_declared(event: BuyersDeclared) -> Keys:
    return Keys(buyers=frozenset(event.buyer_ids), policies=frozenset({event.policy_id}))


def _of_delivery(event: DeliveryChanged) -> Keys:
    return Keys(notices=frozenset({str(event.notice_id)}))


def _some(key: str | None) -> frozenset[str]:
    return frozenset() if key is None else frozenset({key})


KEYS: dict[type[Record], Callable[[Any], Keys]] = {
    **dict.fromkeys(TOPICS["court-judgments"].records, _of_judgment),
    **dict.fromkeys(TOPICS["limits"].records, _of_limit),
    **dict.fromkeys(TOPICS["policies"].records, _of_policy),
    BuyersDeclared: _of_declared,
    DeliveryChanged: _of_delivery,
    EventVoided: _of_voided,
}
"""By type of record: the keys that it joins on."""
