"""What a policy says of itself: terms, recipients (commitment 27), contact (22), buyers declared (30)."""

import datetime as dt
import uuid
from dataclasses import replace

from schemas.base import Record
from schemas.events.policies import BuyersDeclared, ContactSet, PolicyTermsSet, RecipientsSet
from schemas.events.voided import EventVoided
from schemas.notices.recipients import RecipientsChanged
from streams.commitments.alerts import late_alerts
from streams.commitments.decision import NOTHING, Decision, Owed, derive
from streams.commitments.defaults import TELL_WITHIN
from streams.commitments.exposure import stake_in
from streams.commitments.facts import DeclaredBuyer, Facts, Policy
from streams.commitments.nearer_dates import put_right_by_terms
from streams.commitments.voided import reviewed

PolicyEvent = PolicyTermsSet | RecipientsSet | ContactSet | BuyersDeclared
"""What the rules act on; every other record of the topic is recorded as received."""

COMMITMENT = 27


def on_policy(event: Record, facts: Facts, now: dt.datetime) -> Decision:
    """The policy stands as last set; whoever has to know of it is told."""
    if isinstance(event, EventVoided):
        return reviewed(event)
    return _on_set(event, facts, now) if isinstance(event, PolicyEvent) else NOTHING


def _on_set(event: PolicyEvent, facts: Facts, now: dt.datetime) -> Decision:
    policy = facts.policies.get(event.policy_id) or Policy(event.policy_id)
    if isinstance(event, PolicyTermsSet):
        return _on_terms(event, policy, facts, now)
    if isinstance(event, RecipientsSet):
        return _on_recipients(event, policy, now)
    if isinstance(event, ContactSet):
        return Decision(policies=(replace(policy, contact=event.contact),))
    return _on_declared(event, policy, facts, now)


def _on_terms(event: PolicyTermsSet, policy: Policy, facts: Facts, now: dt.datetime) -> Decision:
    """Terms that come late count from their day: the policy is alerted, and told dates, as if they had been known."""
    stands = replace(policy, terms=_with_terms(policy, event))
    owed: list[Owed] = []
    for buyer_id in sorted(facts.judgments.keys() & facts.holdings_of(policy.policy_id).keys()):
        stake = stake_in(buyer_id, stands, facts)
        owed += late_alerts(stake, buyer_id, facts, now)
        owed += put_right_by_terms(policy, stake, buyer_id, facts, now)
    return Decision(policies=(stands,), notices=tuple(owed))


def _with_terms(policy: Policy, event: PolicyTermsSet) -> tuple[PolicyTermsSet, ...]:
    """The terms in order of effect; new ones replace those of the same day."""
    others = (terms for terms in policy.terms if terms.effective_on != event.effective_on)
    return tuple(sorted((*others, event), key=lambda terms: terms.effective_on))


def _on_recipients(event: RecipientsSet, policy: Policy, now: dt.datetime) -> Decision:
    """A list that replaces one that somebody may hold is told, so that whoever sends late has the newest."""
    current = tuple(event.recipients)
    if current == policy.recipients:
        return NOTHING
    holds_one = bool(policy.recipients) or policy.was_told
    return Decision(
        policies=(replace(policy, recipients=current),),
        notices=(_recipients_changed(event, policy, now),) if holds_one else (),
    )


def _recipients_changed(event: RecipientsSet, policy: Policy, now: dt.datetime) -> Owed:
    case_id = derive("recipients", policy.policy_id)
    return Owed(
        notice_id=_id(event, policy),
        kind=RecipientsChanged,
        commitment=COMMITMENT,
        policy_id=policy.policy_id,
        case_id=case_id,
        fields={"previous": list(policy.recipients), "current": event.recipients},
        urgency="INFORMATION",
        due_at=now + TELL_WITHIN,
    )


def _id(event: RecipientsSet, policy: Policy) -> uuid.UUID:
    return derive(str(COMMITMENT), policy.policy_id, event.header.source, event.header.event_id)


def _on_declared(event: BuyersDeclared, policy: Policy, facts: Facts, now: dt.datetime) -> Decision:
    if not policy.terms:
        return Decision(waits_for=f"policy:{policy.policy_id}")
    declared: list[DeclaredBuyer] = []
    owed: list[Owed] = []
    for buyer_id in dict.fromkeys(event.buyer_ids):
        stake = stake_in(buyer_id, policy, facts)
        new = DeclaredBuyer(policy.policy_id, buyer_id, event.declared_on)
        if new in stake.declared:
            continue
        declared.append(new)
        owed += late_alerts(replace(stake, declared=(*stake.declared, new)), buyer_id, facts, now)
    return Decision(declared=tuple(declared), notices=tuple(owed))
