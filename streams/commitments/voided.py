"""Events that should never have been published: what was done because of them is undone, and who was told is told."""

import datetime as dt

from schemas.events.court_judgments import Correction, JudgmentAnnulled, JudgmentPublished
from schemas.events.voided import EventVoided
from streams.commitments.cases import void_reference
from streams.commitments.corrections import on_correction
from streams.commitments.decision import Decision, Review
from streams.commitments.facts import Facts

_KEYED_BY_POLICY = {"policies", "claims"}
_KEYED_BY_BUYER = {"court-judgments", "buyer-updates", "limits"}


def on_voided_judgment(event: EventVoided, facts: Facts, now: dt.datetime) -> Decision:
    """Those first alerted of the judgment are told as its annulment tells them, with the provider's reason.

    A person looks at it where it cannot be undone so: the event is not known, it is itself a correction, or another
    source has told the same judgment, which therefore stands.
    """
    voided = _published(event, facts)
    return reviewed(event) if voided is None else on_correction(_annulment(event, voided), facts, now)


def reviewed(event: EventVoided) -> Decision:
    """A person decides what becomes of what the event did; the provider's words are kept as they came."""
    policy_id = event.key if event.topic in _KEYED_BY_POLICY else None
    buyer_id = event.key if event.topic in _KEYED_BY_BUYER and not event.key.startswith("unidentified:") else None
    detail = f"{event.header.source} voids its event {event.event_id} on {event.topic}, key {event.key}\n{event.reason}"
    return Decision(reviews=(Review("event_voided", detail, policy_id=policy_id, buyer_id=buyer_id),))


def _published(event: EventVoided, facts: Facts) -> JudgmentPublished | None:
    """The voided publication, where it is known under the key and nothing else tells its judgment."""
    for judgment in facts.judgments.get(event.key, ()):
        record = judgment.record
        if type(record) is JudgmentPublished and _is_named(record, event):
            told = [j.record for j in facts.cases[judgment.case_id] if _tells(j.record, event)]
            return record if told == [record] else None
    return None


def _tells(record: JudgmentPublished, event: EventVoided) -> bool:
    """Whether it is no mere correction of what the source of the void said itself."""
    return type(record) is JudgmentPublished or record.header.source != event.header.source


def _is_named(record: JudgmentPublished, event: EventVoided) -> bool:
    return (record.header.source, record.header.event_id) == (event.header.source, event.event_id)


def _annulment(event: EventVoided, voided: JudgmentPublished) -> JudgmentAnnulled:
    corrects = Correction(reference=voided.reference, cited=event.reason, published_on=voided.publication.date)
    changed = {"header": event.header, "reference": void_reference(event.header), "corrects": corrects}
    return JudgmentAnnulled(**{**dict(voided), **changed})
