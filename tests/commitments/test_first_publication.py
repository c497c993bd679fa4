"""The publication that periods run from becomes known late: those told before get its date, and late covers too."""

import datetime as dt
from typing import Any

import pytest

from schemas.events.court_judgments import JudgmentPublished
from schemas.notices.judgments import JudgmentAlertRectified
from streams.commitments.facts import Facts
from streams.commitments.judgments import asks_who_was_told, on_judgment
from streams.commitments.limits import on_limit
from tests.builders import (
    BUYER,
    NOW,
    POLICY,
    a_cover,
    a_judgment,
    a_limit,
    a_policy,
    a_rectification,
    an_annulment,
    some_facts,
)
from tests.commitments.alerting import OTHER_BUYER, decide, late

BODACC = a_judgment("A")
LAST_DAY = dt.date(2026, 5, 15)
"""Two months from the 14th of March in the BODACC, the day after Ascension Day."""


def elsewhere(day: int, source: str = "vendor", gazette: str = "Gazette du Palais", **said: Any) -> JudgmentPublished:
    """The judgment as another tells it, published on a day of March."""
    return a_judgment(f"{source}-{day}", source=source, gazette=gazette, published_on=dt.date(2026, 3, day), **said)


def body_told_late(facts: Facts) -> Any:
    """What a cover that comes now is told."""
    (notice,) = late(facts)
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
    assert body_told_late(facts) == body.model_copy(update={"cover": body_told_late(facts).cover})


def test_a_nearer_day_to_ask_for_relief_is_told_too() -> None:
    """Of the 29th of April and the 28th, two months end on the same Monday, six do not."""
    facts = some_facts()
    vendor = {"source": "vendor", "gazette": "Gazette du Palais", "published_on": dt.date(2026, 4, 29)}
    (alert,) = decide(facts, a_judgment("V", **vendor)).notices
    (notice,) = decide(facts, a_judgment("A", published_on=dt.date(2026, 4, 28))).notices
    told, now = (each.fields["body"].declaration for each in (alert, notice))
    assert told.declare_by == now.declare_by == dt.date(2026, 6, 29)
    assert (told.relief_by, now.relief_by) == (dt.date(2026, 10, 29), dt.date(2026, 10, 28))


def test_a_later_date_in_the_bodacc_is_told_to_late_covers_alone() -> None:
    """Who was told the earlier one, as to be verified, does nothing wrong by keeping it."""
    facts = some_facts()
    decide(facts, elsewhere(11, "court", "RPVA"))
    assert decide(facts, BODACC).notices == ()
    declaration = body_told_late(facts).declaration
    assert (declaration.declare_by, declaration.to_verify) == (LAST_DAY, False)


def test_another_gazette_s_date_is_nothing_beside_the_bodacc_s() -> None:
    """Earlier or later, it starts no period."""
    facts = some_facts()
    decide(facts, BODACC)
    assert decide(facts, elsewhere(11)).notices == ()
    assert body_told_late(facts).declaration.declare_by == LAST_DAY


def test_without_the_bodacc_the_earliest_of_several_is_told() -> None:
    """Marked as to be verified, to those told a later one too."""
    facts = some_facts()
    decide(facts, elsewhere(20))
    (notice,) = decide(facts, elsewhere(11, "court", "RPVA")).notices
    for declaration in (notice.fields["body"].declaration, body_told_late(facts).declaration):
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


def test_who_was_told_no_date_gets_it_once_the_publication_comes() -> None:
    """A correction told first cites no date; what it corrects gives one, to them as to a late cover."""
    facts = some_facts()
    (alert,) = decide(facts, a_rectification("A", "R", cited_on=None)).notices
    assert alert.fields["body"].declaration.declare_by is None
    (notice,) = decide(facts, BODACC).notices
    assert (notice.kind, notice.revises) == (JudgmentAlertRectified, alert.notice_id)
    body = notice.fields["body"]
    assert (body.declaration.declare_by, body.declaration.to_verify) == (LAST_DAY, True)
    assert (body.judgment.reference, body_told_late(facts)) == (
        "R",
        body.model_copy(update={"cover": body_told_late(facts).cover}),
    )


def test_a_correction_that_was_overtaken_may_give_the_date() -> None:
    """The one that was told cites it and its day; it cites the judgment and an earlier day."""
    facts = some_facts()
    (alert,) = decide(facts, a_rectification("R", "R2", cited_on=dt.date(2026, 3, 28))).notices
    assert alert.fields["body"].declaration.declare_by == dt.date(2026, 5, 28)
    (notice,) = decide(facts, a_rectification("A", "R")).notices
    assert notice.fields["body"].declaration.declare_by == LAST_DAY
    assert decide(facts, BODACC).notices == ()


@pytest.mark.parametrize("last", [an_annulment("A", "X"), an_annulment("R", "X")], ids=["of the judgment", "of it"])
def test_what_was_annulled_meanwhile_gets_no_date(last: Any) -> None:
    """There is nothing left to declare."""
    facts = some_facts()
    for event in (a_rectification("A", "R", cited_on=None), last):
        decide(facts, event)
    assert decide(facts, BODACC).notices == ()


def test_who_was_alerted_before_a_move_gets_no_date() -> None:
    """The judgment concerns them no more; those on the buyer that it now names get it."""
    facts = some_facts(a_policy("P-1"), a_cover("P-1"), a_policy("P-2"), a_cover("P-2", OTHER_BUYER))
    decide(facts, a_rectification("A", "R", cited_on=None))
    decide(facts, a_rectification("R", "R2", buyer_id=OTHER_BUYER, cited_on=None))
    assert [notice.policy_id for notice in decide(facts, BODACC).notices] == ["P-2"]


def test_who_was_told_is_asked_where_it_counts() -> None:
    """A judgment of its own on a buyer of many earlier ones reads none of the thousands who were told of those."""
    facts = some_facts(a_policy(), a_cover())
    facts.after(on_judgment(a_judgment("A1", source="bodacc"), facts, NOW))
    facts.after(on_judgment(a_rectification("A9", "R9", source="bodacc"), facts, NOW))
    other = a_judgment("A2", source="bodacc", judgment_date=dt.date(2026, 2, 2))
    asked = {event.reference: asks_who_was_told(event, facts) for event in (
        other,
        a_judgment("G1", source="gazette"),
        a_judgment("A9", source="bodacc"),
        a_rectification("A1", "R1", source="bodacc"),
    )}  # fmt: skip
    assert asked == {"A2": False, "G1": True, "A9": True, "R1": True}
