"""Commitment 1: «à chaque fois qu'un jugement de tribunal de commerce concerne l'un de vos clients»."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.base import Record
from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified
from schemas.events.voided import EventVoided
from streams.commitments import natures
from streams.commitments.alerts import alerts
from streams.commitments.cases import place, same_person
from streams.commitments.corrections import on_correction
from streams.commitments.decision import NOTHING, Decision, Owed
from streams.commitments.exposure import concerns_nobody
from streams.commitments.facts import Facts, Judgment
from streams.commitments.held import held
from streams.commitments.nearer_dates import put_right
from streams.commitments.readings import read
from streams.commitments.voided import on_voided_judgment


def on_judgment(event: JudgmentPublished | EventVoided, facts: Facts, now: dt.datetime) -> Decision:
    """Every policy exposed to the judgment gets one alert; a correction or a void reaches those first alerted."""
    return _BY_TYPE[type(event)](event, facts, now)


def _on_published(event: JudgmentPublished, facts: Facts, now: dt.datetime) -> Decision:
    if natures.meaning_of(event.nature_class) is natures.Meaning.DEPOSIT:
        return NOTHING
    corrected = _corrected(event, facts)
    if corrected is not None:
        return _joined(event, corrected, facts, now)
    placed = place(event, facts)
    judgment = Judgment(placed.case_id, event)
    review = held(event) or placed.doubt
    if placed.joins:
        notices = put_right(placed.case_id, facts.cases[placed.case_id], event, facts, now)
    else:
        notices = () if concerns_nobody(event.buyer_id, facts) else _alerts(judgment, facts, now)
    return Decision(
        judgments=(judgment,),
        notices=notices,
        reviews=() if review is None else (review,),
    )


def asks_who_was_told(event: Record, facts: Facts) -> bool:
    """Whether what was told decides what is owed: of all records but a publication that opens a case of its own."""
    if type(event) is not JudgmentPublished:
        return True
    return _corrected(event, facts) is not None or place(event, facts).joins


def _joined(event: JudgmentPublished, case_id: uuid.UUID, facts: Facts, now: dt.datetime) -> Decision:
    """Its correction came first, and whoever was exposed has been told by that, unless that is held for a person."""
    notices = put_right(case_id, facts.cases[case_id], event, facts, now)
    return Decision(judgments=(Judgment(case_id, event),), notices=notices)


def _corrected(event: JudgmentPublished, facts: Facts) -> uuid.UUID | None:
    """The case of what corrects the publication and came before it, where the case still lacks what it corrects.

    Once it has that, another publication under the reference is another judgment, or was published again after a void.
    """
    corrections = facts.corrections.get((event.header.source, event.reference))
    found = same_person(event, corrections) if corrections else []
    return next((j.case_id for j in found if not _has_target(facts.cases[j.case_id], event)), None)


def _has_target(history: Iterable[Judgment], event: JudgmentPublished) -> bool:
    named = event.header.source, event.reference
    return any(
        type(j.record) is JudgmentPublished and (j.record.header.source, j.record.reference) == named for j in history
    )


def _alerts(judgment: Judgment, facts: Facts, now: dt.datetime) -> tuple[Owed, ...]:
    return alerts(judgment.case_id, read((judgment,)), facts, now)


_BY_TYPE: Mapping[type[Record], Callable[[Any, Facts, dt.datetime], Decision]] = {
    JudgmentPublished: _on_published,
    JudgmentRectified: on_correction,
    JudgmentAnnulled: on_correction,
    EventVoided: on_voided_judgment,
}
