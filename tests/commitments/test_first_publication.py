"""The publication that periods run from becomes known late: those told before get its date, and late covers too."""

import datetime as dt
from typing import Any

import pytest

from schemas.events.court_judgments import JudgmentPublished
from schemas.notices.judgments import JudgmentAlertRectified
from streams.commitments.facts import Facts
from streams.commitments.limits import on_limit
from tests.builders import BUYER, NOW, POLICY, a_cover, a_judgment, a_limit, a_policy, some_facts
from tests.commitments.alerting import decide

BODACC = a_judgment("A")
LAST_DAY = dt.date(2026, 5, 15)
"""Two months from the 14th of March in the BODACC, the day after Ascension Day."""


def elsewhere(day: int, source: str = "vendor", gazette: str = "Gazette du Palais", **said: Any) -> JudgmentPublished:
    """The judgment as another tells it, published on a day of March."""
    return a_judgment(f"{source}-{day}", source=source, gazette=gazette, published_on=dt.date(2026, 3, day), **said)


def late(facts: Facts) -> Any:
    """What a cover that comes now is told."""
    facts.policies["P-9"] = a_policy("P-9")
    (notice,) = on_limit(a_limit("P-9"), facts, NOW).notices
    return notice.fields["body"]


def test_the_bodacc_s_earlier_date_reaches_those_told_a_later_one() -> None:
    """They hear of it as a revision of their alert, by the publication that counts; what was published is unchanged."""
    facts = some_facts()
    (alert,) = decide(facts, elsewhere(20)).notices
    assert alert.fields["body"].declaration.declare_by == dt.date(2026, 5, 20)
    (notice,) = decide(facts, BODACC).notices
    body = notice.fields["body"]
    assert (notice.kind, notice.revises, notice.fields["changed"]) == (
        JudgmentAlertRectified,
        alert.notice_id,
        ["publication"],
    )
    assert (body.declaration.declare_by, body.declaration.to_verify) == (LAST_DAY, False)
    assert (body.judgment.reference, body.judgment.publication) == ("vendor-20", BODACC.publication)
    assert notice.fields["corrects"].cited == "Gazette du Palais n° 20260051, 20/03/2026"
    assert late(facts) == body.model_copy(update={"cover": late(facts).cover})


def test_a_later_date_in_the_bodacc_is_told_to_late_covers_alone() -> None:
    """Who was told the earlier one, as to be verified, does nothing wrong by keeping it."""
    facts = some_facts()
    decide(facts, elsewhere(11, "court", "RPVA"))
    assert decide(facts, BODACC).notices == ()
    declaration = late(facts).declaration
    assert (declaration.declare_by, declaration.to_verify) == (LAST_DAY, False)


def test_another_gazette_s_date_is_nothing_beside_the_bodacc_s() -> None:
    """Earlier or later, it starts no period."""
    facts = some_facts()
    decide(facts, BODACC)
    assert decide(facts, elsewhere(11)).notices == ()
    assert late(facts).declaration.declare_by == LAST_DAY


def test_without_the_bodacc_the_earliest_of_several_is_told() -> None:
    """Marked as to be verified, to those told a later one too."""
    facts = some_facts()
    decide(facts, elsewhere(20))
    (notice,) = decide(facts, elsewhere(11, "court", "RPVA")).notices
    for declaration in (notice.fields["body"].declaration, late(facts).declaration):
        assert (declaration.declare_by, declaration.to_verify) == (dt.date(2026, 5, 11), True)


@pytest.mark.parametrize("said", [{"nature_class": "CLOSURE"}, {"country": "BE"}], ids=["no period", "no French court"])
def test_what_has_no_date_is_not_put_right(said: dict[str, Any]) -> None:
    """Nobody was told one."""
    facts = some_facts()
    decide(facts, elsewhere(20, **said))
    assert decide(facts, a_judgment("A", **said)).notices == ()


def test_a_date_put_right_twice_is_two_notices() -> None:
    """Each has an id of its own, whatever told the day; the same day again is no news."""
    facts = some_facts()
    days = [elsewhere(20), elsewhere(18, "court", "RPVA"), BODACC, elsewhere(13, "other", "Petites Affiches")]
    told = [notice.notice_id for event in days for notice in decide(facts, event).notices]
    assert len(told) == len(set(told)) == 3


def test_goods_are_claimed_by_the_earlier_date_too() -> None:
    """Three months from the same publication."""
    facts = some_facts(a_policy(retention_of_title=True), a_cover())
    decide(facts, elsewhere(20))
    (notice,) = decide(facts, BODACC).notices
    assert notice.fields["body"].claim_goods_by == dt.date(2026, 6, 15)


def test_who_is_exposed_is_decided_by_what_came_first() -> None:
    """A cover between the two publications: told by the first, and a late one all the same."""
    cover = {"since": dt.date(2026, 3, 17)}
    facts = some_facts(a_policy(), a_cover(**cover), a_policy("P-9"))
    assert len(decide(facts, elsewhere(20)).notices) == 1
    assert [notice.policy_id for notice in decide(facts, BODACC).notices] == [POLICY]
    assert len(on_limit(a_limit("P-9", BUYER, effective_on=cover["since"]), facts, NOW).notices) == 1
