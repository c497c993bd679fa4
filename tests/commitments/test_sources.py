"""One judgment told by the BODACC and by others: whose correction counts, and which are told once."""

import datetime as dt
from typing import Any

import pytest

from schemas.notices.judgments import JudgmentAlertAnnulled
from streams.commitments.decision import Decision
from streams.commitments.facts import Facts
from tests.builders import (
    BUYER,
    POLICY,
    a_judgment,
    a_rectification,
    a_void,
    an_annulment,
    some_facts,
)
from tests.commitments.alerting import decide, kinds, late

OFFICIAL = a_judgment("A")
VENDOR = a_judgment("V", source="vendor", gazette="Gazette du Palais")
COURT = a_judgment("C", source="court", gazette="RPVA")
RECTIFIED, ANNULLED = a_rectification("A", "R"), an_annulment("A", "X")
VENDOR_RECTIFIES = a_rectification("V", "VR", source="vendor")
VENDOR_ANNULS = an_annulment("V", "VX", source="vendor")


def after(*events: Any) -> tuple[Facts, Decision]:
    """Facts after these, where one policy is covered; what the last one decided."""
    facts = some_facts()
    return facts, [decide(facts, event) for event in events][-1]


def words_told_late(facts: Facts) -> list[str]:
    """Whose words a cover that comes now is told."""
    return [notice.fields["body"].judgment.reference for notice in late(facts)]


def outcome(decision: Decision) -> tuple[list[Any], list[str]]:
    """Whom it tells what, and why a person looks."""
    return kinds(decision), [review.reason for review in decision.reviews]


def test_a_rectification_by_another_does_not_raise_what_the_bodacc_annulled() -> None:
    """A vendor that lags tells what came before the annulment: nobody is told to declare, and a person looks."""
    facts, last = after(OFFICIAL, VENDOR, RECTIFIED, an_annulment("R", "X"), VENDOR_RECTIFIES)
    assert outcome(last) == ([], ["sources_disagree"])
    assert words_told_late(facts) == []


def test_who_annulled_it_may_put_it_right() -> None:
    """The source of the annulment says that the judgment stands after all."""
    facts, last = after(OFFICIAL, VENDOR, ANNULLED, VENDOR_ANNULS, a_rectification("X", "R2"))
    assert outcome(last) == ([(POLICY, "JudgmentAlertRectified")], [])
    assert words_told_late(facts) == ["R2"]


@pytest.mark.parametrize("before", [[VENDOR, OFFICIAL], [OFFICIAL, VENDOR, VENDOR_RECTIFIES]], ids=["first", "last"])
def test_who_annulled_it_may_say_that_it_stands_as_another_told_it(before: list[Any]) -> None:
    """In the words of the vendor's, which the case read as: they know it as annulled, so it is news."""
    words = {"judgment_date": before[-1].judgment_date}
    facts, last = after(*before, ANNULLED, a_rectification("A", "R2", **words))
    assert outcome(last) == ([(POLICY, "JudgmentAlertRectified")], [])
    assert words_told_late(facts) == ["R2"]
    assert outcome(decide(facts, a_rectification("A", "R2", **words))) == ([], [])


@pytest.mark.parametrize("again", [VENDOR_ANNULS, an_annulment("A", "X2")], ids=["another's", "its own"])
def test_an_annulment_of_what_is_annulled_tells_nobody(again: Any) -> None:
    """Once is enough, whoever says it again."""
    _, last = after(OFFICIAL, VENDOR, ANNULLED, again)
    assert outcome(last) == ([], [])


@pytest.mark.parametrize("before", [[OFFICIAL, ANNULLED], [ANNULLED]], ids=["told", "never told"])
def test_an_annulment_by_another_whose_publication_never_came_tells_nobody(before: list[Any]) -> None:
    """It is the case that was annulled already."""
    _, last = after(*before, VENDOR_ANNULS)
    assert outcome(last) == ([], [])


@pytest.mark.parametrize(
    "said",
    [{}, {"court": "TRIBUNAL DES ACTIVITES ECONOMIQUES DE LYON", "nature": "Ouverture LJ", "buyer_id": None}],
    ids=["the same words", "as good as"],
)
def test_the_rectification_that_another_told_tells_nobody(said: dict[str, Any]) -> None:
    """It changes nothing of what they were told; a late cover is told the first one's words."""
    facts, last = after(OFFICIAL, VENDOR, RECTIFIED, a_rectification("V", "VR", source="vendor", **said))
    assert outcome(last) == ([], [])
    assert words_told_late(facts) == ["R"]


def test_a_vendor_that_lags_does_not_bring_back_earlier_words() -> None:
    """The BODACC rectified twice; what the first said is no news, and what neither said is."""
    last_words = a_rectification("R", "R2", judgment_date=dt.date(2026, 3, 5))
    facts, last = after(OFFICIAL, VENDOR, RECTIFIED, last_words, VENDOR_RECTIFIES)
    assert (outcome(last), words_told_late(facts)) == (([], []), ["R2"])
    new = a_rectification("V", "VR2", source="vendor", judgment_date=dt.date(2026, 3, 4))
    assert kinds(decide(facts, new)) == [(POLICY, "JudgmentAlertRectified")]


def test_a_rectification_by_another_that_brings_the_date_forward_is_told() -> None:
    """It changes no word, and cites a publication earlier than was known."""
    first = a_rectification("V", "VR", source="vendor", cited_on=dt.date(2026, 3, 20))
    told = VENDOR.model_copy(
        update={"publication": VENDOR.publication.model_copy(update={"date": dt.date(2026, 3, 20)})}
    )
    _, last = after(told, first, a_rectification("A", "R"))
    (notice,) = last.notices
    assert notice.fields["body"].declaration.declare_by == dt.date(2026, 5, 15)


@pytest.mark.parametrize(
    ("told", "annulled"),
    [([OFFICIAL, VENDOR], VENDOR_ANNULS), ([VENDOR, OFFICIAL], VENDOR_ANNULS), ([VENDOR, COURT], VENDOR_ANNULS)],
    ids=["beside the BODACC", "before the BODACC", "beside the court"],
)
def test_what_another_source_published_stands(told: list[Any], annulled: Any) -> None:
    """A vendor annuls its own notice: nobody reads that the judgment no longer holds, and a person looks."""
    facts, last = after(*told, annulled)
    assert outcome(last) == ([], ["sources_disagree"])
    assert len(late(facts)) == 1


def test_a_correction_by_the_bodacc_is_enough() -> None:
    """Its publication is what counts: a vendor's copy need not be annulled too."""
    facts, last = after(VENDOR, OFFICIAL, ANNULLED)
    assert outcome(last) == ([(POLICY, "JudgmentAlertAnnulled")], [])
    assert words_told_late(facts) == []


def test_an_annulment_by_the_bodacc_reaches_those_whom_another_told() -> None:
    """Its own publication never came."""
    _, last = after(VENDOR, ANNULLED)
    assert (last.notices[0].kind, last.notices[0].revises is None) == (JudgmentAlertAnnulled, False)


def test_what_all_have_annulled_is_annulled() -> None:
    """The last of two sources that are not the BODACC."""
    facts, last = after(VENDOR, COURT, VENDOR_ANNULS, an_annulment("C", "CX", source="court"))
    assert outcome(last) == ([(POLICY, "JudgmentAlertAnnulled")], [])
    assert words_told_late(facts) == []


def test_a_void_of_what_another_source_corrects_goes_to_a_person() -> None:
    """A vendor's rectification tells the judgment too, although its own first notice never came."""
    rectified = a_rectification("V", "VR", source="vendor", judgment_date=OFFICIAL.judgment_date, officers=[])
    _, last = after(OFFICIAL, rectified, a_void(OFFICIAL, "court-judgments", BUYER))
    assert outcome(last) == ([], ["event_voided"])
