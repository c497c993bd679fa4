"""What comes after a correction: a late cover, another source, a correction of the correction."""

import datetime as dt
from typing import Any

import pytest

from schemas.notices.judgments import JudgmentAlert
from streams.commitments.decision import derive
from streams.commitments.limits import on_limit
from tests.builders import (
    NOW,
    POLICY,
    a_judgment,
    a_limit,
    a_policy,
    a_rectification,
    an_annulment,
    some_facts,
)
from tests.commitments.alerting import OTHER_BUYER, alerted, decide, kinds


def test_a_cover_that_comes_after_an_annulment_owes_nothing() -> None:
    """There is nothing left to tell."""
    facts = some_facts(a_policy())
    decide(facts, a_judgment())
    decide(facts, an_annulment())
    assert on_limit(a_limit(), facts, NOW).notices == ()


def test_a_cover_that_comes_after_a_rectification_is_told_the_rectified_judgment() -> None:
    """By the alert of the case, with its id, and the text as it now reads."""
    facts = some_facts(a_policy())
    case_id = decide(facts, a_judgment()).judgments[0].case_id
    decide(facts, a_rectification())
    (notice,) = on_limit(a_limit(), facts, NOW).notices
    assert (notice.kind, notice.notice_id) == (JudgmentAlert, derive("1", str(case_id), POLICY))
    assert notice.fields["body"].judgment.judgment_date == dt.date(2026, 3, 9)


def test_a_cover_on_the_buyer_that_a_judgment_was_moved_from_owes_nothing() -> None:
    """It is another's now; a cover on that one owes the alert."""
    facts = some_facts(a_policy())
    decide(facts, a_judgment())
    decide(facts, a_rectification(buyer_id=OTHER_BUYER))
    assert on_limit(a_limit(), facts, NOW).notices == ()
    assert len(on_limit(a_limit(buyer_id=OTHER_BUYER), facts, NOW).notices) == 1


@pytest.mark.parametrize("last", [a_rectification(reference="A4"), an_annulment(reference="A4")])
def test_a_cover_that_comes_while_a_rectification_is_held_is_told_what_the_others_were(last: Any) -> None:
    """As if it had come before: the alert as it was first told, then whatever settles it. Else nobody tells it ever."""
    facts = some_facts(a_policy())
    case_id = decide(facts, a_judgment()).judgments[0].case_id
    decide(facts, a_rectification(nature_class=None))
    late = on_limit(a_limit(), facts, NOW)
    facts.after(late)
    (alert,) = late.notices
    assert (alert.kind, alert.notice_id) == (JudgmentAlert, derive("1", str(case_id), POLICY))
    assert alert.fields["body"].judgment.judgment_date == dt.date(2026, 3, 10)
    assert [notice.revises for notice in decide(facts, last).notices] == [alert.notice_id]


def test_an_annulment_in_any_words_leaves_nothing_to_tell() -> None:
    """Its nature is not settled, and still it annuls: a cover owes nothing, until a rectification says otherwise."""
    facts = some_facts(a_policy())
    decide(facts, a_judgment())
    decide(facts, an_annulment(nature_class=None))
    late = on_limit(a_limit(), facts, NOW)
    facts.after(late)
    assert late.notices == ()
    assert kinds(decide(facts, a_rectification())) == [(POLICY, "JudgmentAlert")]


def test_a_second_source_does_not_join_what_was_annulled() -> None:
    """It says again that the judgment stands: it is told, and a person looks."""
    facts, _ = alerted(POLICY)
    decide(facts, an_annulment())
    decision = decide(facts, a_judgment("GAZ-77", source="gazette"))
    assert kinds(decision) == [(POLICY, "JudgmentAlert")]
    assert [review.reason for review in decision.reviews] == ["doubtful_join"]


def test_a_correction_overtaken_by_its_own_correction_is_looked_at() -> None:
    """The second correction came first and was told; the first still reaches those alerted, and a person looks."""
    facts, _ = alerted(POLICY)
    decide(facts, a_rectification("A2026006177", "A3"))
    decision = decide(facts, a_rectification())
    assert kinds(decision) == [(POLICY, "JudgmentAlertRectified")]
    assert [review.reason for review in decision.reviews] == ["correction_overtaken"]
