"""Rectifications and annulments: they reach exactly those first alerted, as revisions of what these were told."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.events.court_judgments import JudgmentAnnulled, JudgmentRectified
from schemas.notices.judgments import JudgmentAlertAnnulled, JudgmentAlertRectified
from streams.commitments.alerts import Drafter, alerts, first_told, is_tellable, reached, window_of
from streams.commitments.cases import is_voided, place, same_person
from streams.commitments.decision import NOTHING, Decision, Owed, Review
from streams.commitments.exposure import exposed
from streams.commitments.facts import Facts, Judgment
from streams.commitments.held import held, review
from streams.commitments.natures import Meaning, meaning_of
from streams.commitments.nearer_dates import put_right
from streams.commitments.readings import Correcting, Reading, Weight, read

_CONTENT = ("buyer_id", "person", "court", "nature", "nature_class", "judgment_date", "officers")


@dataclass(frozen=True, slots=True)
class Met:
    """The case that a correction meets, and what was known of it."""

    case_id: uuid.UUID
    history: Sequence[Judgment] = ()
    """Everything known of the case; empty: the correction comes without its target."""
    reviews: tuple[Review, ...] = ()

    def told_by(self, event: Correcting) -> tuple[str, ...]:
        """What tells this correction from the case's others: its reference; if that was used before, its event too."""
        named = event.header.source, event.reference
        others = [j.record for j in self.history if j.record.header.event_id != event.header.event_id]
        used = any(isinstance(o, Correcting) and (o.header.source, o.reference) == named for o in others)
        return (*named, event.header.event_id) if used else named


def on_correction(event: Correcting, facts: Facts, now: dt.datetime) -> Decision:
    """Those first alerted, and only they, get the correction, linked to what they were told.

    Without its target, those exposed to it get it: a rectification as an alert marked as a correction. Where a
    rectification moves the judgment to another buyer or another day, or settles what could not be told before, those
    whom it concerns only as it now reads get an alert marked as a correction too.
    """
    met = _meet(event, facts)
    if met is None:
        return NOTHING
    judgment = Judgment(met.case_id, event)
    notices, doubt = _owed(event, met, facts, now)
    doubts = met.reviews if doubt is None else (*met.reviews, doubt)
    return Decision(judgments=(judgment,), notices=notices, reviews=doubts)


def _owed(event: Correcting, met: Met, facts: Facts, now: dt.datetime) -> tuple[tuple[Owed, ...], Review | None]:
    after = read((*met.history, Judgment(met.case_id, event)))
    if after.weight in {Weight.OVERTAKEN, Weight.SAID}:
        return put_right(met.case_id, met.history, event, facts, now), None
    if after.weight is Weight.DISPUTED:
        return (), review("sources_disagree", event)
    if isinstance(event, JudgmentAnnulled):
        return _annul(event, met, facts, now)
    if after.weight is Weight.HELD or after.buyer_id is None:
        return (), held(event)
    return _rectify(event, met, after, facts, now), None


def _meet(event: Correcting, facts: Facts) -> Met | None:
    """The case that a correction belongs to; None where it concerns nobody: a deposit that nobody was told of.

    It is that of what it cites, or of another correction that cites the same.
    """
    source = event.header.source
    cited = facts.by_reference.get((source, event.corrects.reference or ""), ())
    siblings = facts.corrections.get((source, event.corrects.reference or ""), ())
    known = {j.case_id for j in same_person(event, cited) or same_person(event, siblings)}
    if len(known) > 1:  # published again after a void: what was voided is not meant any more
        known = {case_id for case_id in known if not is_voided(facts.cases[case_id])}
    later = same_person(event, facts.corrections.get((source, event.reference), ()))
    if len(known) == 1:
        case_id = known.pop()
        elsewhere = any(j.case_id != case_id for j in later)
        return Met(case_id, facts.cases[case_id], reviews=(review("correction_overtaken", event),) if elsewhere else ())
    if meaning_of(event.nature_class) is Meaning.DEPOSIT:
        return None
    if later:
        return Met(later[0].case_id, facts.cases[later[0].case_id])
    return _without_target(event, facts, unsettled=bool(cited or known))


def _without_target(event: Correcting, facts: Facts, *, unsettled: bool) -> Met:
    placed = place(event, facts)
    # What it cites is known, but about other persons, or two that it may mean; or it cites nothing that settles it.
    doubtful = unsettled or (event.corrects.reference is None and facts.judgments.get(event.buyer_id or ""))
    doubt = review("correction_target_not_settled", event) if doubtful else None
    return Met(
        placed.case_id,
        facts.cases[placed.case_id] if placed.joins else (),
        reviews=tuple(each for each in (placed.doubt, doubt) if each is not None),
    )


def _rectify(event: JudgmentRectified, met: Met, after: Reading, facts: Facts, now: dt.datetime) -> tuple[Owed, ...]:
    revisions = _revisions(event, met, after, facts, now)
    settled = {revision.policy_id for revision in revisions} | _concerned_before(met, after, facts)
    fresh = alerts(met.case_id, after, facts, now) if _may_be_new(met, after) else ()
    return (*revisions, *(alert for alert in fresh if alert.policy_id not in settled))


def _may_be_new(met: Met, after: Reading) -> bool:
    """Whether the judgment, as it now reads, may concern policies that it could not be told to before."""
    before = _told_before(met, after)
    return before is None or window_of(before) != window_of(after)


def _concerned_before(met: Met, after: Reading, facts: Facts) -> frozenset[str]:
    """Whom the judgment concerned as it read before: whoever was to be told of it has been."""
    before = _told_before(met, after)
    return frozenset(exposed(facts, before.buyer_id or "", window_of(before)) if before else ())


def _told_before(met: Met, after: Reading) -> Reading | None:
    """What was told of the judgment to policies of this buyer; None: it could not be."""
    before = read(met.history) if met.history else None
    return before if before and is_tellable(before) and before.buyer_id == after.buyer_id else None


def _revisions(event: JudgmentRectified, met: Met, after: Reading, facts: Facts, now: dt.datetime) -> tuple[Owed, ...]:
    if not first_told(met.case_id, facts, now):
        return ()
    drafter = Drafter(met.case_id, after, now)
    changed = _changed(read(met.history), after)
    owed = []
    for policy_id, alert, cover, concerned in reached(met.case_id, met.history, after, facts, now):
        if concerned:
            fields = {"body": drafter.body(facts.policies[policy_id], cover), "changed": changed}
        else:
            fields = {"body": drafter.bare_body(), "changed": sorted({"buyer_id", *changed}, key=_CONTENT.index)}
        owed.append(drafter.revision(JudgmentAlertRectified, policy_id, alert, event, fields, met.told_by(event)))
    return tuple(owed)


def _changed(before: Reading, after: Reading) -> list[str]:
    """Names of what reads otherwise; the number that a correction leaves out is still the case's."""
    changed = [name for name in _CONTENT if getattr(before.record, name) != getattr(after.record, name)]
    return [name for name in changed if name != "buyer_id" or before.buyer_id != after.buyer_id]


def _annul(event: JudgmentAnnulled, met: Met, facts: Facts, now: dt.datetime) -> tuple[tuple[Owed, ...], Review | None]:
    reading = read(met.history or (Judgment(met.case_id, event),))
    why = None if met.history else held(event)
    if why is not None or reading.buyer_id is None:
        return (), why
    covers = exposed(facts, reading.buyer_id, window_of(reading))
    told = first_told(met.case_id, facts, now)
    reached: Mapping[str, uuid.UUID | None] = told if met.history else dict.fromkeys(covers)
    if not reached:
        return (), None
    drafter = Drafter(met.case_id, reading, now)
    bodies = {policy_id: {"body": drafter.bare_body(covers.get(policy_id))} for policy_id in reached}
    return tuple(
        drafter.revision(JudgmentAlertAnnulled, policy_id, alert, event, bodies[policy_id], met.told_by(event))
        for policy_id, alert in reached.items()
    ), None
