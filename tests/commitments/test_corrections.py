"""A rectification or an annulment reaches exactly those first alerted, whatever has changed since."""

import datetime as dt
from typing import Any

import pytest

from schemas.notices.judgments import JudgmentAlert, JudgmentAlertAnnulled, JudgmentAlertRectified
from streams.commitments.decision import NOTHING, derive
from tests.builders import (
    EFFECT,
    POLICY,
    a_cover,
    a_judgment,
    a_policy,
    a_rectification,
    an_annulment,
    some_facts,
)
from tests.commitments.alerting import OTHER_BUYER, alerted, decide, kinds


def test_a_rectification_reaches_exactly_those_first_alerted() -> None:
    """One whose cover is gone gets it, one who came later does not."""
    facts, told = alerted("P-1", "P-2")
    facts.covers = {}
    newcomer = a_policy("P-3")
    facts.policies["P-3"] = newcomer
    facts.covers[a_cover().buyer_id] = [a_cover("P-2"), a_cover("P-3", since=dt.date(2026, 3, 1))]
    decision = decide(facts, a_rectification())
    assert kinds(decision) == [("P-1", "JudgmentAlertRectified"), ("P-2", "JudgmentAlertRectified")]
    assert [n.revises for n in decision.notices] == [n.notice_id for n in told.notices]
    assert decision.judgments[0].case_id == told.judgments[0].case_id
    assert [n.fields["body"].cover is None for n in decision.notices] == [True, False]


def test_whom_only_the_corrected_date_concerns_is_alerted() -> None:
    """On the date first published, its cover had ended a day too long before; nobody else would ever tell it."""
    facts, _ = alerted("P-1")
    facts.policies["P-2"] = a_policy("P-2", run_off_days=30)
    facts.covers[a_cover().buyer_id].append(a_cover("P-2", until=dt.date(2026, 2, 7)))
    decision = decide(facts, a_rectification())
    assert kinds(decision) == [("P-1", "JudgmentAlertRectified"), ("P-2", "JudgmentAlert")]
    alert = decision.notices[1].fields
    assert (alert["body"].cover.basis, alert["corrects"].reference) == ("RUN_OFF", a_judgment().reference)
    later = a_rectification(reference="R2", judgment_date=dt.date(2026, 3, 8))
    assert kinds(decide(facts, later)) == [("P-1", "JudgmentAlertRectified"), ("P-2", "JudgmentAlertRectified")]


def test_a_rectification_names_what_it_changed() -> None:
    """The walk's: the judgment's date, and nothing else."""
    facts, _ = alerted(POLICY)
    (notice,) = decide(facts, a_rectification()).notices
    assert notice.fields["changed"] == ["judgment_date"]
    assert notice.fields["body"].judgment.judgment_date == dt.date(2026, 3, 9)


def test_a_revision_is_identified_by_its_own_reference() -> None:
    """The same correction gives the same id for ever; another one another."""
    facts, told = alerted(POLICY)
    (notice,) = decide(facts, a_rectification()).notices
    case_id = str(told.judgments[0].case_id)
    assert notice.notice_id == derive("1", case_id, POLICY, "bodacc", "A2026006177")


def test_a_rectified_period_runs_from_the_first_publication_and_is_to_be_verified() -> None:
    """The earlier date: a rectification may make the period run anew, and may not (Cass. com., 2 July 2025)."""
    facts, _ = alerted(POLICY)
    declaration = decide(facts, a_rectification()).notices[0].fields["body"].declaration
    assert (declaration.declare_by, declaration.to_verify) == (dt.date(2026, 5, 15), True)


def test_an_annulment_reaches_exactly_those_first_alerted() -> None:
    """It asks for nothing and says nothing of the cover."""
    facts = some_facts(a_policy(judgment_effect=EFFECT, retention_of_title=True), a_cover())
    told = decide(facts, a_judgment())
    facts.covers = {}
    (notice,) = decide(facts, an_annulment()).notices
    body = notice.fields["body"]
    assert (notice.kind, notice.revises) == (JudgmentAlertAnnulled, told.notices[0].notice_id)
    assert (body.declaration, body.claim_goods_by, body.effect_on_cover) == (None, None, None)


def test_a_rectification_without_its_target_is_an_alert_marked_as_a_correction() -> None:
    """Those exposed are alerted, with what it corrects, and by the date of the first publication, as cited."""
    (notice,) = decide(some_facts(), a_rectification()).notices
    assert notice.kind is JudgmentAlert
    assert notice.fields["corrects"].reference == "A20260051123"
    assert notice.fields["body"].declaration.declare_by == dt.date(2026, 5, 15)


def test_without_the_cited_date_no_date_is_given() -> None:
    """The date of the correction itself would be too late."""
    (notice,) = decide(some_facts(), a_rectification(cited_on=None)).notices
    assert notice.fields["body"].declaration.ground == "NO_PUBLICATION_DATE"


def test_a_cover_granted_after_the_first_publication_is_not_exposed_to_its_correction() -> None:
    """Between the publication and its rectification is too late: the buyer was under judgment already."""
    facts = some_facts(a_policy(), a_cover(since=dt.date(2026, 3, 20)))
    assert decide(facts, a_rectification()).notices == ()


def test_an_annulment_without_its_target_is_told_to_those_exposed() -> None:
    """It revises nothing that we told."""
    (notice,) = decide(some_facts(), an_annulment()).notices
    assert (notice.kind, notice.revises) == (JudgmentAlertAnnulled, None)


@pytest.mark.parametrize("correction", [a_rectification(), an_annulment()])
def test_a_target_that_comes_after_its_correction_tells_nobody_twice(correction: Any) -> None:
    """It joins the correction's case, silently."""
    facts = some_facts()
    first = decide(facts, correction)
    target = decide(facts, a_judgment())
    assert target.notices == ()
    assert target.judgments[0].case_id == first.judgments[0].case_id


@pytest.mark.parametrize(
    "held", [{"nature_class": None}, {"nature_class": "OTHER_READ_COMPLEMENT"}, {"buyer_id": None}]
)
def test_a_target_that_comes_after_a_correction_that_is_held_is_told(held: dict[str, Any]) -> None:
    """Nobody was told by the correction: they are alerted as if the judgment had come first, and of its next one."""
    facts = some_facts()
    assert decide(facts, a_rectification(**held)).notices == ()
    (alert,) = decide(facts, a_judgment()).notices
    assert (alert.kind, alert.policy_id) == (JudgmentAlert, POLICY)
    assert [owed.revises for owed in decide(facts, an_annulment()).notices] == [alert.notice_id]


def test_a_target_that_comes_after_an_annulment_that_is_held_is_not_told() -> None:
    """It stands no more, whatever it was."""
    facts = some_facts()
    decide(facts, an_annulment(nature_class=None))
    assert decide(facts, a_judgment()).notices == ()


def test_a_correction_of_a_correction_reaches_those_first_alerted() -> None:
    """Whether it cites the judgment or its first correction; it revises the first alert, and changes the last text."""
    facts, told = alerted(POLICY)
    decide(facts, a_rectification())
    for reference, of in (("A3", "A2026006177"), ("A4", "A20260051123")):
        decision = decide(facts, a_rectification(of, reference, court=f"Tribunal {reference}"))
        (notice,) = decision.notices
        assert notice.kind is JudgmentAlertRectified
        assert notice.revises == told.notices[0].notice_id
        assert notice.fields["changed"] == ["court"]


def test_a_chain_without_its_first_link_is_one_case() -> None:
    """A correction whose target is absent is told once; what corrects it revises that alert."""
    facts = some_facts()
    first = decide(facts, a_rectification())
    second = decide(facts, a_rectification("A2026006177", "A3", court="Tribunal judiciaire de Lyon"))
    assert kinds(second) == [(POLICY, "JudgmentAlertRectified")]
    assert second.notices[0].revises == first.notices[0].notice_id


def test_a_chain_that_arrives_backwards_is_told_once() -> None:
    """The second correction, then the first, then the judgment: one case, told by the second alone."""
    facts = some_facts()
    told = decide(facts, a_rectification("A2026006177", "A3"))
    late = [decide(facts, event) for event in (a_rectification(), a_judgment())]
    assert kinds(told) == [(POLICY, "JudgmentAlert")]
    assert [decision.notices for decision in late] == [(), ()]
    assert {d.judgments[0].case_id for d in (told, *late)} == {told.judgments[0].case_id}


def test_a_rectification_that_moves_the_judgment_tells_both_sides() -> None:
    """Those first alerted learn that it is another's; those exposed to that one are alerted, marked as a correction."""
    facts = some_facts(a_policy("P-1"), a_cover("P-1"), a_policy("P-2"), a_cover("P-2", OTHER_BUYER))
    decide(facts, a_judgment())
    decision = decide(facts, a_rectification(buyer_id=OTHER_BUYER))
    assert kinds(decision) == [("P-1", "JudgmentAlertRectified"), ("P-2", "JudgmentAlert")]
    moved, fresh = (n.fields["body"] for n in decision.notices)
    assert (moved.cover, moved.declaration) == (None, None)
    assert fresh.declaration.declare_by == dt.date(2026, 5, 15)
    assert decision.notices[1].fields["corrects"].reference == "A20260051123"


def test_who_is_covered_on_both_buyers_gets_the_rectification_alone() -> None:
    """One notice per policy: the rectification, with the cover on the buyer that it now names."""
    facts = some_facts(a_policy(), a_cover(), a_cover(buyer_id=OTHER_BUYER, cover_id="C-OTHER"))
    decide(facts, a_judgment())
    decision = decide(facts, a_rectification(buyer_id=OTHER_BUYER))
    assert kinds(decision) == [(POLICY, "JudgmentAlertRectified")]
    assert decision.notices[0].fields["body"].cover.cover_id == "C-OTHER"


@pytest.mark.parametrize("before", [{"nature_class": "OTHER_READ_COMPLEMENT"}, {"buyer_id": None}])
def test_a_rectification_that_settles_what_was_held_alerts(before: dict[str, Any]) -> None:
    """Nobody was told while it was held; once it is settled, those exposed are."""
    facts = some_facts()
    assert decide(facts, a_judgment(**before)).notices == ()
    assert kinds(decide(facts, a_rectification())) == [(POLICY, "JudgmentAlert")]


@pytest.mark.parametrize("after", [{"nature_class": None}, {"nature_class": "OTHER_READ_COMPLEMENT"}])
def test_a_rectification_that_cannot_be_told_is_held(after: dict[str, Any]) -> None:
    """A person reads it first; it is not dropped."""
    facts, _ = alerted(POLICY)
    decision = decide(facts, a_rectification(**after))
    assert (decision.notices, len(decision.reviews)) == ((), 1)


@pytest.mark.parametrize("last", [a_rectification(reference="A4", court="Tribunal judiciaire"), an_annulment()])
def test_a_held_rectification_does_not_stop_the_next_correction(last: Any) -> None:
    """Those first alerted, and they alone, get the next one, beside what they were told and not what was held."""
    facts, told = alerted(POLICY)
    decide(facts, a_rectification(nature_class=None, officers=[]))
    facts.policies["P-9"] = a_policy("P-9")
    facts.covers[a_cover().buyer_id].append(a_cover("P-9"))
    (notice,) = decide(facts, last).notices
    assert notice.revises == told.notices[0].notice_id
    assert notice.fields.get("changed") in (["court", "judgment_date"], None)


def test_who_was_alerted_before_a_move_is_not_concerned_by_what_follows() -> None:
    """The next rectification reaches them too, and asks them for nothing; those on the new buyer declare."""
    facts = some_facts(a_policy("P-1"), a_cover("P-1"), a_policy("P-2"), a_cover("P-2", OTHER_BUYER))
    decide(facts, a_judgment())
    decide(facts, a_rectification(buyer_id=OTHER_BUYER))
    before, after = decide(facts, a_rectification(reference="A4", buyer_id=OTHER_BUYER, officers=[])).notices
    assert (before.fields["body"].declaration, before.fields["changed"]) == (None, ["buyer_id", "officers"])
    assert after.fields["changed"] == ["officers"]
    assert after.fields["body"].declaration is not None


def test_a_rectification_that_lost_the_number_keeps_the_buyer() -> None:
    """The person's name and the reference say whose judgment it is."""
    facts, _ = alerted(POLICY)
    (notice,) = decide(facts, a_rectification(buyer_id=None)).notices
    assert notice.fields["body"].judgment.buyer_id == a_judgment().buyer_id
    assert notice.fields["changed"] == ["judgment_date"]


def test_a_correction_reaches_only_the_person_it_names() -> None:
    """A notice that names two persons is two judgments; the correction of one leaves the other alone."""
    facts = some_facts(a_policy("P-1"), a_cover("P-1"), a_policy("P-2"), a_cover("P-2", OTHER_BUYER))
    decide(facts, a_judgment())
    decide(facts, a_judgment(buyer_id=OTHER_BUYER, name="AUTRE SARL"))
    assert kinds(decide(facts, a_rectification())) == [("P-1", "JudgmentAlertRectified")]


def test_a_correction_that_names_nobody_of_its_target_is_told_and_looked_at() -> None:
    """Those exposed to it are alerted; a person settles what it corrects."""
    facts = some_facts(a_policy("P-1"), a_cover("P-1"), a_policy("P-2"), a_cover("P-2", OTHER_BUYER))
    decide(facts, a_judgment())
    decision = decide(facts, a_rectification(buyer_id=OTHER_BUYER, name="AUTRE SARL"))
    assert kinds(decision) == [("P-2", "JudgmentAlert")]
    assert [review.reason for review in decision.reviews] == ["correction_target_not_settled"]


def test_a_correction_whose_citation_settles_nothing_is_looked_at() -> None:
    """It may correct what the buyer's policies were told before: they get it as a correction, and a person looks."""
    facts, _ = alerted(POLICY)
    decision = decide(facts, a_rectification(of=None))
    assert kinds(decision) == [(POLICY, "JudgmentAlert")]
    assert [review.reason for review in decision.reviews] == ["correction_target_not_settled"]
    assert decide(some_facts(), a_rectification(of=None)).reviews == ()


def test_a_correction_of_another_source_reaches_those_alerted_by_the_first() -> None:
    """The BODACC's correction of a notice that we never saw, of a judgment that a gazette told us: one case."""
    facts = some_facts()
    decide(facts, a_judgment("GAZ-77", source="gazette"))
    decision = decide(facts, a_rectification(judgment_date=dt.date(2026, 3, 10), officers=[]))
    assert kinds(decision) == [(POLICY, "JudgmentAlertRectified")]
    assert decision.notices[0].fields["changed"] == ["officers"]


def test_the_correction_of_a_deposit_concerns_nobody() -> None:
    """Nobody was told of the deposit."""
    assert decide(some_facts(), a_rectification(nature_class="DEPOSIT_NOTICE")) is NOTHING


def test_a_closure_rectified_into_a_deposit_reaches_those_alerted() -> None:
    """They were told of a judgment that is none."""
    facts = some_facts()
    decide(facts, a_judgment(nature_class="CLOSURE"))
    assert kinds(decide(facts, a_rectification(nature_class="DEPOSIT_NOTICE"))) == [(POLICY, "JudgmentAlertRectified")]
