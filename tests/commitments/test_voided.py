"""A provider takes back what it said: what was done is undone, and who was told is told."""

import datetime as dt
from typing import Any

import pytest

from schemas import golden
from schemas.catalog import TOPICS, topics_of
from schemas.events.claims import ClaimDeclared, OverdueReported
from schemas.events.payments import FundsReceived, PaymentReturned
from schemas.events.voided import EventVoided
from schemas.notices.judgments import JudgmentAlert, JudgmentAlertAnnulled
from streams.commitments.buyers import on_buyer_update
from streams.commitments.decision import NOTHING, Decision
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from streams.commitments.limits import LimitEvent, on_limit
from streams.commitments.payments import on_claim, on_payment
from streams.commitments.policies import PolicyEvent, on_policy
from tests.builders import (
    BUYER,
    NOW,
    POLICY,
    a_cover,
    a_header,
    a_judgment,
    a_limit,
    a_policy,
    a_rectification,
    a_void,
    some_facts,
    some_terms,
)
from tests.commitments.alerting import OTHER_BUYER
from tests.money import a_claim, a_payment

JUDGMENTS = "court-judgments"


def after(facts: Facts, *events: Any) -> list[Decision]:
    """The decisions on events of `court-judgments`, each over what the ones before left."""
    decisions = []
    for event in events:
        decisions.append(on_judgment(event, facts, NOW))
        facts.after(decisions[-1])
    return decisions


def test_a_voided_judgment_is_told_to_those_alerted_as_its_annulment() -> None:
    """The policy that was alerted, and no other, is told that it was annulled, with the provider's own reason."""
    facts = some_facts(a_policy(), a_cover(), a_policy("P-9"))
    alerted, voided = after(facts, a_judgment(), a_void(a_judgment(), JUDGMENTS, BUYER))
    (alert,), (notice,) = alerted.notices, voided.notices
    assert (notice.kind, notice.policy_id, notice.revises) == (JudgmentAlertAnnulled, POLICY, alert.notice_id)
    assert notice.fields["corrects"].cited == "Publiée pour un autre débiteur"
    assert voided.reviews == ()


def test_a_voided_judgment_alerts_nobody_later() -> None:
    """A cover that becomes known after the void owes no alert of what was never so."""
    facts = some_facts(a_policy())
    after(facts, a_judgment(), a_void(a_judgment(), JUDGMENTS, BUYER))
    assert on_limit(a_limit(), facts, NOW).notices == ()


def test_the_same_judgment_may_be_published_again_after_a_void() -> None:
    """What the provider then publishes under a new reference is alerted as a judgment of its own."""
    facts = some_facts()
    again = a_judgment("A20260051999")
    alerted, _, anew = after(facts, a_judgment(), a_void(a_judgment(), JUDGMENTS, BUYER), again)
    assert anew.notices[0].notice_id != alerted.notices[0].notice_id


@pytest.mark.parametrize("said", [{}, {"judgment_date": dt.date(2026, 3, 9)}, {"buyer_id": OTHER_BUYER}], ids=str)
def test_a_gazette_s_reference_is_its_own_after_a_void_too(said: dict[str, Any]) -> None:
    """Published again under the reference that it has, as it was or put right, it is alerted, voided, alerted again."""
    facts = some_facts(a_policy(), a_cover(), a_cover(buyer_id=OTHER_BUYER))
    told: list[Any] = []
    for n in range(3):
        published = a_judgment(header=a_header(f"E-{n}"), **(said if n else {}))
        void = a_void(published, JUDGMENTS, str(published.buyer_id))
        told += [owed for decision in after(facts, published, void) for owed in decision.notices]
    assert [owed.kind for owed in told] == [JudgmentAlert, JudgmentAlertAnnulled] * 3
    assert len({owed.notice_id for owed in told}) == 6
    assert [annulled.revises for annulled in told[1::2]] == [alert.notice_id for alert in told[::2]]


def test_what_is_corrected_after_a_void_is_what_was_published_again() -> None:
    """Both have the reference that is cited; what was voided is not meant."""
    facts = some_facts()
    again = a_judgment(header=a_header("again"), officers=[])
    *_, anew, corrected = after(
        facts, a_judgment(), a_void(a_judgment(), JUDGMENTS, BUYER), again, a_rectification(officers=[])
    )
    assert [owed.revises for owed in corrected.notices] == [owed.notice_id for owed in anew.notices]
    assert corrected.reviews == ()


@pytest.mark.parametrize(
    "told",
    [
        (),
        (a_judgment("A20260051777"),),
        (a_judgment(), a_judgment("G-1", source="gazette")),
        (a_judgment(buyer_id=None),),
    ],
    ids=["unknown", "another", "also told by the gazette", "unidentified"],
)
def test_what_cannot_be_undone_alone_goes_to_a_person(told: tuple[Any, ...]) -> None:
    """Nobody is told where the void names no event that we know, or a judgment that another source tells too."""
    facts = some_facts()
    *_, voided = after(facts, *told, a_void(a_judgment(), JUDGMENTS, BUYER))
    (review,) = voided.reviews
    assert (voided.notices, voided.judgments, review.reason, review.buyer_id) == ((), (), "event_voided", BUYER)
    assert review.detail.endswith("\nPubliée pour un autre débiteur")


def test_a_voided_correction_goes_to_a_person() -> None:
    """A rectification taken back leaves what was told: a person says what is so."""
    rectified = a_rectification()
    *_, voided = after(some_facts(), a_judgment(), rectified, a_void(rectified, JUDGMENTS, BUYER))
    assert (voided.notices, [r.reason for r in voided.reviews]) == ((), ["event_voided"])


def test_a_source_voids_only_what_it_said_itself() -> None:
    """The void of another source, with the same event_id, undoes nothing."""
    void = a_void(a_judgment(), JUDGMENTS, BUYER)
    other = void.model_copy(update={"header": void.header.model_copy(update={"source": "gazette"})})
    *_, voided = after(some_facts(), a_judgment(), other)
    assert (voided.notices, [r.reason for r in voided.reviews]) == ((), ["event_voided"])


def test_any_other_voided_event_goes_to_a_person() -> None:
    """Outside judgments a void changes nothing by itself, and its words are kept for whoever looks."""
    voids = (
        (on_limit, a_void(a_limit(), "limits", BUYER), BUYER, None),
        (on_buyer_update, a_void(a_limit(), "buyer-updates", BUYER), BUYER, None),
        (on_policy, a_void(some_terms(), "policies", POLICY), None, POLICY),
        (on_claim, a_void(a_claim(), "claims", POLICY), None, POLICY),
        (on_payment, a_void(a_payment(), "payments", "VIR-77"), None, None),
    )
    for rule, void, buyer_id, policy_id in voids:
        decision = rule(void, some_facts(), NOW)
        [review] = decision.reviews
        assert (review.reason, review.buyer_id, review.policy_id) == ("event_voided", buyer_id, policy_id)
        assert decision == Decision(reviews=(review,))


@pytest.mark.parametrize("path", golden.paths(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_record_that_no_rule_acts_on_yet_is_recorded_as_received(path: Any) -> None:
    """Every example of a record is decided without an error; most ask for nothing yet."""
    event = golden.load(path)
    for topic, rule, acted_on in (
        ("limits", on_limit, LimitEvent),
        ("policies", on_policy, PolicyEvent),
        ("buyer-updates", on_buyer_update, EventVoided),
        ("claims", on_claim, ClaimDeclared | OverdueReported),
        ("payments", on_payment, FundsReceived | PaymentReturned),
    ):
        if TOPICS[topic] in topics_of(type(event)):
            decision = rule(event, some_facts(), dt.datetime.now(dt.UTC))
            assert decision == NOTHING or isinstance(event, acted_on | EventVoided)
