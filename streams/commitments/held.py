"""Judgments that a person reads before anybody is told: held, verbatim, never dropped."""

from schemas.events.court_judgments import JudgmentPublished
from streams.commitments.decision import Review
from streams.commitments.natures import Meaning, meaning_of


def held(event: JudgmentPublished) -> Review | None:
    """Why this publication cannot be told as it stands; None where it can."""
    reason = _reason(event)
    return None if reason is None else review(reason, event)


def review(reason: str, event: JudgmentPublished) -> Review:
    """A review of a publication, with its own words."""
    where = f"{event.header.source} {event.reference}, {event.court}, {event.person.name}"
    return Review(reason, f"{where}\n{event.nature}\n{event.text}", buyer_id=event.buyer_id)


def _reason(event: JudgmentPublished) -> str | None:
    meaning = meaning_of(event.nature_class)
    if meaning is None:
        return "unknown_nature"
    if meaning is Meaning.UNSETTLED:
        return "nature_not_settled"
    return "no_buyer_id" if event.buyer_id is None else None
