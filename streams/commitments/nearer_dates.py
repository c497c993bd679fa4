"""Dates told too late, or not at all, for want of the publication that they run from, or the policy's right terms."""

import datetime as dt
import uuid
from collections.abc import Sequence

from schemas.events.court_judgments import Correction, JudgmentPublished, correction_in
from schemas.notices.judgments import JudgmentBody
from streams.commitments.alerts import Drafter, alerts, cases_of, first_told, is_tellable, reached, window_of
from streams.commitments.decision import Owed
from streams.commitments.exposure import Stake, ground_of
from streams.commitments.facts import Facts, Judgment, Policy
from streams.commitments.readings import Reading, nearer, read


def put_right(
    case_id: uuid.UUID, known: Sequence[Judgment], event: JudgmentPublished, facts: Facts, now: dt.datetime
) -> tuple[Owed, ...]:
    """What a record that says nothing else owes to those first alerted: a nearer date, or the first, as a revision.

    A later date is owed to nobody: who keeps the earlier one does nothing wrong. Where the case could not be told until
    this record, for want of the buyer's number or because it was held, those exposed are owed the alert.
    """
    before, after = read(known), read((*known, Judgment(case_id, event)))
    if not is_tellable(before):
        return alerts(case_id, after, facts, now)
    if not (is_tellable(after) and nearer(after.start.day, before.start.day)):
        return ()
    told, drafter, owed = Drafter(case_id, before, now), Drafter(case_id, after, now), []
    for policy_id, alert, cover, concerned in reached(case_id, known, after, facts, now):
        policy = facts.policies[policy_id]
        body = drafter.body(policy, cover)
        if concerned and _is_nearer(body, told.body(policy, cover)):
            fields = {"body": body, "corrects": _what_was_told(before), "changed": ["publication"]}
            owed.append(drafter.put_right(policy_id, alert, fields, "from", str(after.start.day)))
    return tuple(owed)


def put_right_by_terms(was: Policy, stake: Stake, buyer_id: str, facts: Facts, now: dt.datetime) -> tuple[Owed, ...]:
    """What terms that reach us late owe to the policy where it was alerted: a date nearer than by those that it `was`.

    `stake`: its own in the buyer, by the terms as they stand.
    """
    found = (_by_terms(case_id, was, stake, buyer_id, facts, now) for case_id in cases_of(buyer_id, facts))
    return tuple(owed for owed in found if owed is not None) if was.terms else ()


def _by_terms(
    case_id: uuid.UUID, was: Policy, stake: Stake, buyer_id: str, facts: Facts, now: dt.datetime
) -> Owed | None:
    reading, policy = read(facts.cases[case_id]), stake.policy
    window = window_of(reading)
    if reading.buyer_id != buyer_id or was.terms_on(window.first) == policy.terms_on(window.first):
        return None
    alert, cover = first_told(case_id, facts, now).get(policy.policy_id), ground_of(stake, window)
    if alert is None or cover is None or not is_tellable(reading):
        return None
    drafter = Drafter(case_id, reading, now)
    body = drafter.body(policy, cover)
    if not _is_nearer(body, drafter.body(was, cover)):
        return None
    fields = {"body": body, "corrects": _what_was_told(reading), "changed": ["terms"]}
    return drafter.put_right(policy.policy_id, alert, fields, "terms", *map(str, _dates(body)))


def _is_nearer(body: JudgmentBody, told: JudgmentBody) -> bool:
    return any(nearer(now, before) for now, before in zip(_dates(body), _dates(told), strict=True))


def _dates(body: JudgmentBody) -> tuple[dt.date | None, ...]:
    """Until when goods can be claimed, the claim be declared, and relief be asked where it was not."""
    declaration = body.declaration
    return body.claim_goods_by, *((declaration.declare_by, declaration.relief_by) if declaration else (None, None))


def _what_was_told(before: Reading) -> Correction:
    """The publication whose dates were told, or the one that was cited in its place."""
    at = before.publication
    cited = f"{at.gazette} n° {at.number}, {at.date:%d/%m/%Y}"
    return correction_in(before.record) or Correction(
        reference=before.record.reference, cited=cited, published_on=at.date
    )
