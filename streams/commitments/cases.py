"""Which judgments are one case: the same judgment told by several providers, and whatever corrects it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.base import EventHeader
from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified
from streams.commitments.decision import Review, derive
from streams.commitments.facts import Facts, Judgment
from streams.commitments.readings import read
from streams.commitments.spelling import plain


@dataclass(frozen=True, slots=True)
class Placed:
    """The case that a publication belongs to."""

    case_id: uuid.UUID
    joins: bool = False
    """The case was there before: whoever is owed it has been told."""
    doubt: Review | None = None


def place(event: JudgmentPublished, facts: Facts) -> Placed:
    """The case of a publication that corrects nothing we know.

    One source's two references are two judgments (two liquidators named on one day). Another source's joins the one
    case that it can mean; where it might mean several, or one that is written otherwise, it stands alone, with a doubt.
    """
    key = business_key(event)
    known = facts.judgments.get(event.buyer_id or "", ())
    if not known:
        return Placed(derive("judgment", *key))
    rivals = _without_this_source(known, event)
    same = {j.case_id for j in rivals if business_key(j.record) == key and _takes(j.case_id, event, facts)}
    same |= {j.case_id for j in known if _is_repeat(j.record, event) and not is_voided(facts.cases[j.case_id])}
    if len(same) == 1:
        return Placed(same.pop(), joins=True)
    taken = {j.case_id for j in known}
    case_id = derive("judgment", *key)
    if case_id in taken:
        case_id = derive("judgment", *key, event.header.source, event.reference)
    if case_id in taken:
        case_id = derive("judgment", *key, event.header.source, event.reference, event.header.event_id)
    near = same or {j.case_id for j in rivals if _looks_like(j.record, event)}
    return Placed(case_id, doubt=_doubt(event, near) if near else None)


def business_key(event: JudgmentPublished) -> tuple[str, ...]:
    """What makes two publications one judgment: court, debtor, person, nature and date."""
    return (
        plain(event.court),
        event.buyer_id or f"unidentified:{event.header.source}:{event.reference}",
        plain(event.person.name),
        event.nature_class or plain(event.nature),
        event.judgment_date.isoformat() if event.judgment_date else f"undated:{event.header.source}:{event.reference}",
    )


def same_person(event: JudgmentPublished, known: Iterable[Judgment]) -> list[Judgment]:
    """Those of `known` about the person of `event`: by number and name, else by name, else by number."""
    name = plain(event.person.name)
    by_name = [j for j in known if plain(j.record.person.name) == name]
    by_number = [j for j in known if event.buyer_id is not None and j.record.buyer_id == event.buyer_id]
    return [j for j in by_name if j in by_number] or by_name or by_number


def void_reference(header: EventHeader) -> str:
    """The reference under which the void of a judgment is remembered as its annulment: no provider gives the like."""
    return str(derive("void", header.source, header.event_id))


def is_voided(history: Iterable[Judgment]) -> bool:
    """Whether the last word on the case is a void: what was voided may be published again, under its own reference."""
    corrections = [j.record for j in history if isinstance(j.record, JudgmentRectified | JudgmentAnnulled)]
    return bool(corrections) and corrections[-1].reference == void_reference(corrections[-1].header)


def _without_this_source(known: Iterable[Judgment], event: JudgmentPublished) -> list[Judgment]:
    own = {j.case_id for j in known if j.record.header.source == event.header.source}
    return [j for j in known if j.case_id not in own]


def _takes(case_id: uuid.UUID, event: JudgmentPublished, facts: Facts) -> bool:
    """What was annulled takes in no source that says that the judgment stands."""
    return isinstance(event, JudgmentAnnulled) or not read(facts.cases[case_id]).annulled


def _is_repeat(known: JudgmentPublished, event: JudgmentPublished) -> bool:
    return (known.header.source, known.reference) == (event.header.source, event.reference) and (
        business_key(known) == business_key(event)
    )


def _looks_like(known: JudgmentPublished, event: JudgmentPublished) -> bool:
    dates = {known.judgment_date, event.judgment_date}
    return known.nature_class == event.nature_class and (len(dates) == 1 or None in dates)


def _doubt(event: JudgmentPublished, candidates: Iterable[uuid.UUID]) -> Review:
    cases = ", ".join(sorted(map(str, candidates)))
    return Review(
        "doubtful_join",
        f"{event.header.source} {event.reference} may be the judgment of {cases}: told as one of its own.",
        buyer_id=event.buyer_id,
    )
