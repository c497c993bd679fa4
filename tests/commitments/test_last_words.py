"""Whatever was published, corrected and annulled, by whom and in whatever order: all have read the same last."""

import datetime as dt
from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.court_judgments import JudgmentAnnulled, correction_in
from schemas.notices.judgments import JudgmentAlert, JudgmentAlertAnnulled
from streams.commitments.decision import Owed
from streams.commitments.facts import Judgment
from streams.commitments.readings import nearer, read
from tests.builders import (
    LIQUIDATOR,
    a_cover,
    a_judgment,
    a_policy,
    a_rectification,
    an_annulment,
    some_facts,
)
from tests.commitments.alerting import decide, late

DAY = st.integers(11, 20).map(lambda day: dt.date(2026, 3, day))
GAZETTES = {"bodacc": "BODACC A", "vendor": "Gazette du Palais", "court": "RPVA"}
SOURCE = st.sampled_from(sorted(GAZETTES))
NUMBER = st.integers(0, 5)


@st.composite
def published(draw: st.DrawFn) -> list[Any]:
    """Publications of one judgment, corrections of them, known or not, and of these, each under its own reference."""
    events = []
    for number in range(draw(st.integers(1, 6))):
        source, kind = draw(SOURCE), draw(st.sampled_from((a_judgment, a_rectification, an_annulment)))
        said: dict[str, Any] = {"source": source, "published_on": draw(DAY), "judgment_date": dt.date(2026, 3, 10)}
        if kind is a_judgment:
            events.append(kind(f"{source}-{number}", gazette=GAZETTES[source], **said))
            continue
        if kind is a_rectification:
            said["cited_on"] = draw(st.none() | DAY)
            said["officers"] = draw(st.sampled_from(([], [LIQUIDATOR])))
            said["nature_class"] = draw(st.sampled_from(("OPENING_LJ", "OPENING_LJ", None)))
        events.append(kind(f"{source}-{draw(NUMBER)}", f"{source}-{number}", **said))
    return events


@given(published())
def test_a_late_cover_is_told_what_the_others_read_last(events: list[Any]) -> None:
    """Of each case that stands, and of no other; the date that they know is not later than its own."""
    facts = some_facts(a_policy("P-1"), a_cover("P-1"))
    told = [notice for event in events for notice in decide(facts, event).notices]
    told_late = {notice.case_id: notice for notice in late(facts)}
    last = {notice.case_id: notice for notice in told}
    stands = {case_id: notice for case_id, notice in last.items() if notice.kind is not JudgmentAlertAnnulled}
    assert {case_id: words_of(notice) for case_id, notice in told_late.items()} == {
        case_id: words_of(notice) for case_id, notice in stands.items()
    }
    assert not any(nearer(declare_by(told_late[case_id]), declare_by(notice)) for case_id, notice in stands.items())


@given(published())
def test_each_case_is_alerted_once_and_every_notice_is_one_of_its_own(events: list[Any]) -> None:
    """What follows the alert revises it; no two notices share an id."""
    facts = some_facts(a_policy("P-1"), a_cover("P-1"))
    told = [notice for event in events for notice in decide(facts, event).notices]
    assert len({notice.notice_id for notice in told}) == len(told)
    alerts = {notice.case_id: notice.notice_id for notice in told if notice.kind is JudgmentAlert}
    assert len(alerts) == sum(notice.kind is JudgmentAlert for notice in told)
    for notice in told:
        assert notice.kind is JudgmentAlert or notice.revises in {None, alerts.get(notice.case_id)}


@given(published())
def test_what_cites_one_notice_is_one_case(events: list[Any]) -> None:
    """Whether the notice came or never did; where it cannot be made one, a person looks."""
    facts, cases = some_facts(a_policy("P-1"), a_cover("P-1")), defaultdict(set)
    decisions = [decide(facts, event) for event in events]
    for judgment in [judgment for decision in decisions for judgment in decision.judgments]:
        corrects = correction_in(judgment.record)
        if corrects is not None:
            cases[judgment.record.header.source, corrects.reference].add(judgment.case_id)
    assert any(decision.reviews for decision in decisions) or all(len(found) == 1 for found in cases.values())


@given(published())
def test_only_who_annulled_a_case_raises_it(events: list[Any]) -> None:
    """Nobody is told anything more of it because another source lags."""
    facts = some_facts(a_policy("P-1"), a_cover("P-1"))
    for event in events:
        annulled = {case_id: known for case_id, known in facts.cases.items() if read(known).annulled}
        by = {case_id: {j.record.header.source for j in known if _annuls(j)} for case_id, known in annulled.items()}
        for notice in decide(facts, event).notices:
            assert event.header.source in by.get(notice.case_id, {event.header.source})


def _annuls(judgment: Judgment) -> bool:
    return isinstance(judgment.record, JudgmentAnnulled)


def words_of(notice: Owed) -> tuple[str, Any]:
    judgment = notice.fields["body"].judgment
    return judgment.reference, judgment.officers


def declare_by(notice: Owed) -> dt.date | None:
    day: dt.date | None = notice.fields["body"].declaration.declare_by
    return day
