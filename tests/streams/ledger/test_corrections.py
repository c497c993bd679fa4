"""Corrections in runs of their own: each finds in the ledger what it needs of those before."""

import datetime as dt
from typing import Any

import pytest

from tests.builders import a_header, a_judgment, a_limit, a_rectification, an_annulment, some_terms
from tests.streams.ledger.bench import DiesAfter, Killed, Ledger


def told(ledger: Ledger, *events: Any) -> list[tuple[Any, ...]]:
    """What P-1, covered all along, and P-2, whose cover comes last, are told after these, each in its own run."""
    ledger.insure("P-1")
    for event in events:
        ledger.apply(ledger.judgments.append(event))
    ledger.apply(ledger.policies.append(some_terms("P-2")), ledger.limits.append(a_limit("P-2")))
    return ledger.rows("SELECT policy_id, kind, revises IS NOT NULL FROM notice ORDER BY policy_id, number")


@pytest.mark.parametrize("last", [(), (a_judgment("A1"),)], ids=["never seen", "seen at last"])
def test_two_corrections_of_one_notice_are_one_case(ledger: Ledger, last: tuple[Any, ...]) -> None:
    """Which never came, or comes last: those whom the first alerted get the second, and a late cover nothing."""
    assert told(ledger, a_rectification("A1", "R1"), an_annulment("A1", "X1"), *last) == [
        ("P-1", "JudgmentAlert", False),
        ("P-1", "JudgmentAlertAnnulled", True),
    ]
    assert ledger.rows("SELECT count(DISTINCT case_id) FROM judgment") == [1]


@pytest.mark.parametrize("last", [an_annulment("R1", "X1"), a_rectification("R1", "R2", officers=[])], ids=["X1", "R2"])
def test_a_correction_that_comes_after_its_own_says_nothing_more(ledger: Ledger, last: Any) -> None:
    """The chain arrives backwards: a late cover is told what its last link says, and the others nothing again."""
    found = told(ledger, last, a_rectification("A1", "R1"), a_judgment("A1"))
    if last.reference == "X1":
        assert found == [("P-1", "JudgmentAlertAnnulled", False)]
    else:
        assert found == [("P-1", "JudgmentAlert", False), ("P-2", "JudgmentAlert", False)]
        assert [notice.body.judgment.reference for notice in ledger.notices()] == ["R2", "R2"]


@pytest.mark.parametrize("reference", ["A1", "R1"], ids=["the judgment's", "their own"])
def test_corrections_under_one_reference_are_each_told(ledger: Ledger, reference: str) -> None:
    """A provider that numbers its files: what comes again as another event is not told twice, what is new is."""
    days = {"R": 9, "again": 9, "S": 8, "late": 9}
    rectified = [
        a_rectification("A1", reference, header=a_header(event_id), judgment_date=dt.date(2026, 3, day))
        for event_id, day in days.items()
    ]
    annulled = [an_annulment("A1", reference, header=a_header(event_id)) for event_id in ("X", "X again")]
    assert told(ledger, a_judgment("A1"), *rectified, *annulled) == [
        ("P-1", "JudgmentAlert", False),
        ("P-1", "JudgmentAlertRectified", True),
        ("P-1", "JudgmentAlertRectified", True),
        ("P-1", "JudgmentAlertAnnulled", True),
    ]
    dates = [notice.body.judgment.judgment_date.day for notice in ledger.notices()]
    assert dates == [10, 9, 8, 8]


def test_a_vendor_that_lags_raises_nothing_that_was_annulled(ledger: Ledger) -> None:
    """Its rectification comes after the BODACC's annulment: a person looks, and neither policy is told to declare."""
    vendor = a_judgment("V1", source="vendor", gazette="Gazette du Palais")
    corrections = a_rectification("A1", "R1"), an_annulment("R1", "X1"), a_rectification("V1", "VR1", source="vendor")
    assert told(ledger, a_judgment("A1"), vendor, *corrections) == [
        ("P-1", "JudgmentAlert", False),
        ("P-1", "JudgmentAlertRectified", True),
        ("P-1", "JudgmentAlertAnnulled", True),
    ]
    assert ledger.rows("SELECT reason FROM review") == ["sources_disagree"]


def test_a_nearer_date_is_told_slice_by_slice(ledger: Ledger) -> None:
    """A gazette first, then the BODACC of six days before: each gets its date once, whoever is alerted meanwhile."""
    policies = [f"P-{n}" for n in range(1, 8)]
    ledger.insure(*policies)
    first = a_judgment("V1", source="vendor", gazette="Gazette du Palais", published_on=dt.date(2026, 3, 20))
    ledger.apply(ledger.judgments.append(first))
    run = ledger.judgments.append(a_judgment("A1"))
    with pytest.raises(Killed):
        ledger.apply(run, slice_notices=2, committed=DiesAfter(2))
    ledger.insure("P-9")
    ledger.apply(run, slice_notices=2)
    dates = [(n.header.policy_id, f"{n.body.declaration.declare_by:%d/%m}") for n in ledger.notices()]
    alerted = [(policy_id, "20/05") for policy_id in policies]
    put_right = [(policy_id, "15/05") for policy_id in policies]
    assert sorted(dates) == sorted([*alerted, *put_right, ("P-9", "15/05")])
    revised = "SELECT count(*) FROM notice WHERE kind = 'JudgmentAlertRectified' AND revises IS NOT NULL"
    assert ledger.rows(revised) == [len(policies)]


def test_the_date_that_a_correction_did_not_know_is_told(ledger: Ledger) -> None:
    """It cited none; what it corrects comes later, and gives it to those told without, and to a late cover."""
    assert told(ledger, a_rectification("A1", "R1", cited_on=None), a_judgment("A1")) == [
        ("P-1", "JudgmentAlert", False),
        ("P-1", "JudgmentAlertRectified", True),
        ("P-2", "JudgmentAlert", False),
    ]
    dates = [n.body.declaration.declare_by for n in ledger.notices()]
    assert dates == [None, dt.date(2026, 5, 15), dt.date(2026, 5, 15)]


def test_terms_that_come_late_put_their_policy_s_date_right(ledger: Ledger) -> None:
    """In a run of their own, behind the alert: for their policy alone, and once."""
    abroad = [some_terms(p, ("DE",), header=a_header(f"T-{p}")) for p in ("P-1", "P-2")]
    ledger.apply(ledger.policies.append(*abroad), ledger.limits.append(a_limit("P-1"), a_limit("P-2")))
    ledger.apply(ledger.judgments.append(a_judgment()))
    for event_id in ("T-right", "T-again"):
        ledger.apply(ledger.policies.append(some_terms("P-1", header=a_header(event_id))))
    dates = [(n.header.policy_id, n.header.number, f"{n.body.declaration.declare_by:%d/%m}") for n in ledger.notices()]
    assert dates == [("P-1", 1, "15/07"), ("P-2", 1, "15/07"), ("P-1", 2, "15/05")]
