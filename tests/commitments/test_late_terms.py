"""Terms that reach us after a judgment, and were in force when it came: a date told by the wrong ones is put right."""

import datetime as dt
from typing import Any

import pytest

from schemas.notices.judgments import JudgmentAlertRectified
from streams.commitments.decision import Decision
from streams.commitments.facts import Facts, Policy
from streams.commitments.policies import on_policy
from tests.builders import NOW, POLICY, a_cover, a_judgment, a_rectification, an_annulment, some_facts, some_terms
from tests.commitments.alerting import decide

TWO_MONTHS, FOUR_MONTHS = dt.date(2026, 5, 15), dt.date(2026, 7, 15)
"""From the 14th of March: the 14th of May is Ascension Day, and the 14th of July a holiday too."""


def abroad() -> Facts:
    """A covered policy whose only creditor is said to live in Germany."""
    return some_facts(Policy(POLICY, (some_terms(territories=("DE",)),)), a_cover())


def terms_come(facts: Facts, **fields: Any) -> Decision:
    """What they owe, which is known from then on."""
    decision = on_policy(some_terms(**fields), facts, NOW)
    facts.after(decision)
    return decision


def test_terms_that_bring_a_date_forward_are_told_as_a_revision() -> None:
    """The creditor lives in France after all: two months, not four."""
    facts = abroad()
    (alert,) = decide(facts, a_judgment()).notices
    assert alert.fields["body"].declaration.declare_by == FOUR_MONTHS
    (notice,) = terms_come(facts, territories=("FR",)).notices
    assert (notice.kind, notice.revises, notice.case_id) == (JudgmentAlertRectified, alert.notice_id, alert.case_id)
    assert notice.fields["body"].declaration.declare_by == TWO_MONTHS
    assert (notice.fields["changed"], notice.fields["corrects"].cited) == (
        ["terms"],
        "BODACC A n° 20260051, 14/03/2026",
    )


def test_goods_under_a_retention_of_title_that_is_known_late_are_told() -> None:
    """The alert gave no day for them."""
    facts = some_facts(Policy(POLICY, (some_terms(),)), a_cover())
    decide(facts, a_judgment())
    (notice,) = terms_come(facts, retention_of_title=True).notices
    assert notice.fields["body"].claim_goods_by == dt.date(2026, 6, 15)


@pytest.mark.parametrize(
    "fields",
    [
        {"territories": ("DE",)},
        {"territories": ("BE",)},
        {"territories": ("FR",), "effective_on": dt.date(2026, 3, 11)},
        {"territories": ("FR",), "expires_on": dt.date(2025, 1, 2)},
    ],
    ids=["the same", "as far away", "of the day after", "and nothing covered"],
)
def test_terms_that_bring_nothing_forward_owe_nothing(fields: dict[str, Any]) -> None:
    """Those of a day after the judgment are not what it is told by; an end that comes late takes nothing back."""
    facts = abroad()
    decide(facts, a_judgment())
    assert terms_come(facts, **fields).notices == ()


def test_a_later_date_is_told_to_nobody() -> None:
    """Who keeps the earlier one does nothing wrong; and back again it is as it was told."""
    facts = some_facts(Policy(POLICY, (some_terms(),)), a_cover())
    decide(facts, a_judgment())
    assert terms_come(facts, territories=("DE",)).notices == ()


def test_terms_owe_one_revision_for_one_date() -> None:
    """There and back, twice: the second has the id of the first, and is not told again."""
    facts = abroad()
    decide(facts, a_judgment())
    first, _, again = (terms_come(facts, territories=(where,)).notices for where in ("FR", "DE", "FR"))
    assert [notice.notice_id for notice in first] == [notice.notice_id for notice in again]


@pytest.mark.parametrize("last", [an_annulment(), a_rectification(buyer_id="FR:552100554")], ids=["annulled", "moved"])
def test_of_what_no_longer_stands_nothing_is_put_right(last: Any) -> None:
    """There is nothing to declare."""
    facts = abroad()
    decide(facts, a_judgment())
    decide(facts, last)
    assert terms_come(facts, territories=("FR",)).notices == ()
