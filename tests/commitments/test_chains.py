"""A judgment, its corrections and theirs, in whatever order they arrive: one case, and the last word is the last."""

import datetime as dt
from itertools import permutations
from typing import Any

import pytest

from schemas.events.court_judgments import JudgmentAnnulled
from schemas.notices.judgments import JudgmentAlertAnnulled, JudgmentAlertRectified
from tests.builders import (
    POLICY,
    a_judgment,
    a_rectification,
    an_annulment,
    some_facts,
)
from tests.commitments.alerting import OTHER_BUYER, decide, kinds, late

LATER = dt.date(2026, 3, 5)
"""The judgment's date, as a second rectification gives it."""


def test_an_annulment_of_what_a_rectification_told_first_is_linked_to_that() -> None:
    """The notice that both correct never came: those alerted by the rectification, and no other, are told."""
    facts = some_facts()
    first = decide(facts, a_rectification())
    second = decide(facts, an_annulment())
    (notice,) = second.notices
    assert (notice.kind, notice.revises) == (JudgmentAlertAnnulled, first.notices[0].notice_id)
    assert late(facts) == ()


@pytest.mark.parametrize("last", [a_rectification("A20260051123", "R2"), an_annulment("A20260051123", "R2")])
def test_the_number_that_a_later_link_lacked_lets_it_be_told(last: Any) -> None:
    """The last word comes first, without the number; what it corrects has that: those exposed are alerted, once."""
    facts = some_facts()
    held = decide(facts, a_rectification("R2", "R3", buyer_id=None))
    assert (held.notices, [review.reason for review in held.reviews]) == ((), ["no_buyer_id"])
    assert kinds(decide(facts, last)) == [(POLICY, "JudgmentAlert")]
    assert kinds(decide(facts, a_judgment())) == []


def test_a_second_rectification_of_what_never_came_revises_the_first() -> None:
    """One alert for one judgment, then what the second changes in it."""
    facts = some_facts()
    first = decide(facts, a_rectification())
    (notice,) = decide(facts, a_rectification(reference="R2", judgment_date=LATER)).notices
    assert (notice.kind, notice.revises) == (JudgmentAlertRectified, first.notices[0].notice_id)
    assert notice.fields["changed"] == ["judgment_date"]


def test_what_two_corrections_correct_joins_their_case() -> None:
    """It comes at last, and tells nobody."""
    facts = some_facts()
    told = [decide(facts, event) for event in (a_rectification(), an_annulment(), a_judgment())]
    assert [len(decision.notices) for decision in told] == [1, 1, 0]
    assert len({decision.judgments[0].case_id for decision in told}) == 1


def test_two_corrections_of_one_notice_about_two_persons_are_two_cases() -> None:
    """The notice never came, and named both: each of its corrections concerns one of them, and nobody has to look."""
    facts = some_facts()
    first = decide(facts, a_rectification())
    second = decide(facts, an_annulment(buyer_id=OTHER_BUYER, name="AUTRE SARL"))
    assert first.judgments[0].case_id != second.judgments[0].case_id
    assert (kinds(second), second.reviews) == ([], ())


A, R1 = a_judgment("A"), a_rectification("A", "R1")
CHAINS = (
    [A, R1, an_annulment("R1", "X1")],
    [A, R1, a_rectification("R1", "R2", judgment_date=LATER)],
    [R1, a_rectification("R1", "R2", judgment_date=LATER), an_annulment("R2", "X2")],
)


ORDERS = [(order, order[-1] is chain[1]) for chain in CHAINS for order in permutations(chain)]
"""Each order, and whether what links the two others comes last."""


@pytest.mark.parametrize("events", [order for order, is_linked_last in ORDERS if not is_linked_last])
def test_a_late_cover_reads_what_the_chain_says_last(events: tuple[Any, ...]) -> None:
    """Who cites whom says which is last, not which arrived last: it is one case, and nobody has to look."""
    facts = some_facts()
    decisions = [decide(facts, event) for event in events]
    told_late = late(facts)
    assert [decision.reviews for decision in decisions] == [(), (), ()]
    assert len({judgment.case_id for decision in decisions for judgment in decision.judgments}) == 1
    read_last = [notice for decision in decisions for notice in decision.notices][-1]
    if any(isinstance(event, JudgmentAnnulled) for event in events):
        assert (told_late, read_last.kind) == ((), JudgmentAlertAnnulled)
    else:
        assert [notice.fields["body"].judgment.reference for notice in (*told_late, read_last)] == ["R2", "R2"]


@pytest.mark.parametrize("events", [order for order, is_linked_last in ORDERS if is_linked_last])
def test_two_cases_that_only_the_last_notice_links_stay_two(events: tuple[Any, ...]) -> None:
    """A person looks, once."""
    facts = some_facts()
    decisions = [decide(facts, event) for event in events]
    assert [review.reason for decision in decisions for review in decision.reviews] == ["correction_overtaken"]
    assert len({judgment.case_id for decision in decisions for judgment in decision.judgments}) == 2


def test_two_corrections_that_cite_each_other_are_read_in_turn() -> None:
    """Citations without a year may meet in a circle: as they came, and nothing is lost."""
    facts = some_facts()
    told = [decide(facts, event) for event in (a_rectification("R2", "R1"), a_rectification("R1", "R2"))]
    assert [kinds(decision) for decision in told] == [[(POLICY, "JudgmentAlert")], [(POLICY, "JudgmentAlertRectified")]]


def test_what_was_overtaken_by_a_correction_that_is_held_is_told() -> None:
    """Nobody was told by the one that waits for a person: the one before it alerts, and the judgment nobody twice."""
    facts = some_facts()
    came = [a_rectification("R1", "R2", nature_class=None), R1, A]
    assert [kinds(decide(facts, event)) for event in came] == [[], [(POLICY, "JudgmentAlert")], []]
