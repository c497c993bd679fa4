"""The alert that a judgment owes to a policy, and what stands in it. One per judgment and policy, never merged."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.base import Record
from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified, correction_in
from schemas.events.policies import PolicyTermsSet
from schemas.notices.judgments import (
    ClaimDeclaration,
    CoverFacts,
    JudgmentAlert,
    JudgmentAlertRectified,
    JudgmentBody,
    JudgmentFacts,
)
from streams.commitments import deadlines, natures
from streams.commitments.decision import Owed, derive
from streams.commitments.defaults import TELL_WITHIN
from streams.commitments.exposure import Stake, Window, exposed, ground_of
from streams.commitments.facts import Facts, Judgment, Policy, Told
from streams.commitments.readings import Reading, read

COMMITMENT = 1


def alerts(case_id: uuid.UUID, reading: Reading, facts: Facts, now: dt.datetime) -> tuple[Owed, ...]:
    """One alert to each policy exposed to the judgment as it reads; nobody where it is not to be told."""
    if reading.buyer_id is None or not is_tellable(reading):
        return ()
    found = exposed(facts, reading.buyer_id, window_of(reading))
    if not found:
        return ()
    drafter = Drafter(case_id, reading, now)
    return tuple(drafter.alert(facts.policies[policy_id], cover) for policy_id, cover in found.items())


def late_alerts(stake: Stake, buyer_id: str, facts: Facts, now: dt.datetime) -> tuple[Owed, ...]:
    """What judgments known before owe to a policy whose stake in the buyer became known, as if it had come first."""
    found = (_late_alert(case_id, stake, buyer_id, facts, now) for case_id in cases_of(buyer_id, facts))
    return tuple(owed for owed in found if owed is not None)


def _late_alert(case_id: uuid.UUID, stake: Stake, buyer_id: str, facts: Facts, now: dt.datetime) -> Owed | None:
    if stake.policy.policy_id in facts.told.get(case_id, {}):
        return None
    reading = read(facts.cases[case_id])
    if reading.buyer_id != buyer_id or not is_tellable(reading):
        return None
    cover = ground_of(stake, window_of(reading))
    return None if cover is None else Drafter(case_id, reading, now).alert(stake.policy, cover)


def cases_of(buyer_id: str, facts: Facts) -> list[uuid.UUID]:
    """The cases of the buyer's judgments, in their order."""
    return list(dict.fromkeys(j.case_id for j in facts.judgments.get(buyer_id, ())))


def is_tellable(reading: Reading) -> bool:
    """Whether an alert may be owed because of it without a person's look."""
    return not reading.annulled and reading.buyer_id is not None and natures.is_told(reading.record.nature_class)


def window_of(reading: Reading) -> Window:
    """The days that decide who is exposed to the judgment as it reads."""
    return Window.of(reading.record.judgment_date, reading.exposed_until)


def first_told(case_id: uuid.UUID, facts: Facts, now: dt.datetime) -> dict[str, uuid.UUID]:
    """Who was alerted of a case, with the alert's id, by policy_id in order: those whom its corrections reach."""
    told = [t for _, known in sorted(facts.told.get(case_id, {}).items()) for t in known if _is_alert_before(now, t)]
    for policy_id in (t.policy_id for t in told):
        if policy_id not in facts.policies or not facts.policies[policy_id].terms:
            raise LookupError(f"{policy_id} was told of this judgment, and its terms have not come again so far")
    return {t.policy_id: t.notice_id for t in told}


def _is_alert_before(now: dt.datetime, told: Told) -> bool:
    """Whether it is an alert; not one that was decided after this, in a life of the ledger that it has forgotten."""
    return told.kind == JudgmentAlert.__name__ and (told.adopted_at is None or told.adopted_at <= now)


def reached(
    case_id: uuid.UUID, history: Sequence[Judgment], after: Reading, facts: Facts, now: dt.datetime
) -> Iterator[tuple[str, uuid.UUID, CoverFacts | None, bool]]:
    """Those first alerted: policy, alert, cover, and whether the judgment, as it reads after `history`, concerns them.

    Once a case was moved, those alerted before are concerned only by a cover on the buyer that it now names.
    """
    covers = exposed(facts, after.buyer_id or "", window_of(after))
    stays = all(j.record.buyer_id in {None, after.buyer_id} for j in history)
    for policy_id, alert in first_told(case_id, facts, now).items():
        cover = covers.get(policy_id)
        yield policy_id, alert, cover, stays or cover is not None


class Drafter:
    """Drafts the notices of one case as it reads; what they share is written once."""

    def __init__(self, case_id: uuid.UUID, reading: Reading, now: dt.datetime) -> None:
        self.case_id = case_id
        self._named = (str(COMMITMENT), str(case_id))
        self.reading = reading
        self.judgment = judgment_facts(reading)
        self._day = window_of(reading).first
        self._due_at = now + TELL_WITHIN
        # A judgment may reach ten thousand policies; what they are told to do differs by territory alone.
        self._declarations: dict[frozenset[str | None], ClaimDeclaration] = {}

    def alert(self, policy: Policy, cover: CoverFacts) -> Owed:
        """The one alert of the case to a policy, the same whatever made it owed."""
        fields = {"body": self.body(policy, cover), "corrects": correction_in(self.reading.record)}
        return self._owed(derive(*self._named, policy.policy_id), JudgmentAlert, policy.policy_id, fields)

    def revision(
        self,
        kind: type[Record],
        policy_id: str,
        revises: uuid.UUID | None,
        cause: JudgmentRectified | JudgmentAnnulled,
        fields: Mapping[str, Any],
        told_by: Sequence[str],
    ) -> Owed:
        """What a correction owes to a policy: linked to the alert it was first told, once by what it is told by."""
        notice_id = derive(*self._named, policy_id, *told_by)
        return self._owed(notice_id, kind, policy_id, {**fields, "corrects": cause.corrects}, revises)

    def put_right(self, policy_id: str, alert: uuid.UUID, fields: Mapping[str, Any], *by: str) -> Owed:
        """That a period ends earlier than was told: once for whatever `by` names, whoever says it."""
        notice_id = derive(*self._named, policy_id, *by)
        return self._owed(notice_id, JudgmentAlertRectified, policy_id, fields, alert)

    def body(self, policy: Policy, cover: CoverFacts | None) -> JudgmentBody:
        """What this policy is told of the judgment, by its terms on the day of the judgment."""
        nature_class = self.judgment.nature_class
        terms = policy.terms_on(self._day)
        declares = natures.opens_a_declaration(nature_class)
        claims_goods = terms.retention_of_title and natures.meaning_of(nature_class) is natures.Meaning.OPENS
        return JudgmentBody(
            judgment=self.judgment,
            cover=cover,
            declaration=self._declaration(terms) if declares else None,
            claim_goods_by=deadlines.claim_goods_by(self.reading.record, self.reading.start) if claims_goods else None,
            effect_on_cover=_effect(terms, policy.language)
            if cover is not None and nature_class in natures.INSOLVENCY
            else None,
        )

    def bare_body(self, cover: CoverFacts | None = None) -> JudgmentBody:
        """The judgment alone: nothing to do, nothing said of what becomes of the cover."""
        return JudgmentBody(
            judgment=self.judgment, cover=cover, declaration=None, claim_goods_by=None, effect_on_cover=None
        )

    def _declaration(self, terms: PolicyTermsSet) -> ClaimDeclaration:
        creditors = frozenset(entity.territory for entity in terms.insured_entities)
        if creditors not in self._declarations:
            self._declarations[creditors] = deadlines.declaration(self.reading.record, self.reading.start, creditors)
        return self._declarations[creditors]

    def _owed(
        self,
        notice_id: uuid.UUID,
        kind: type[Record],
        policy_id: str,
        fields: Mapping[str, Any],
        revises: uuid.UUID | None = None,
    ) -> Owed:
        return Owed(
            notice_id=notice_id,
            kind=kind,
            commitment=COMMITMENT,
            policy_id=policy_id,
            case_id=self.case_id,
            fields=fields,
            revises=revises,
            due_at=self._due_at,
        )


def judgment_facts(reading: Reading) -> JudgmentFacts:
    """The judgment as it reads, as a notice carries it."""
    record: JudgmentPublished = reading.record
    return JudgmentFacts(
        source=record.header.source,
        reference=record.reference,
        buyer_id=reading.buyer_id,
        person=record.person,
        court=record.court,
        nature=record.nature,
        nature_class=record.nature_class,
        judgment_date=record.judgment_date,
        publication=reading.publication,
        officers=record.officers,
        text=record.text,
    )


def _effect(terms: PolicyTermsSet, language: str) -> str | None:
    """The policy's own sentence on the cover, with its article, in the policyholder's language; None: it has none."""
    says = terms.judgment_effect
    if says is None:
        return None
    return f"{says.text_fr if language == 'fr' else says.text_en} ({says.article})"
