"""What a provider takes back, as it is committed and read again."""

from schemas.notices.judgments import JudgmentAlert, JudgmentAlertAnnulled
from tests.builders import BUYER, POLICY, a_header, a_judgment, a_limit, a_void, some_terms
from tests.streams.ledger.bench import Ledger


def test_a_voided_judgment_is_told_and_remembered(ledger: Ledger) -> None:
    """Those alerted are told that it was annulled, and a cover that comes in a later run owes no alert any more."""
    ledger.insure(POLICY)
    ledger.apply(ledger.judgments.append(a_judgment()))
    ledger.apply(ledger.judgments.append(a_void(a_judgment(), "court-judgments", BUYER)))
    ledger.insure("P-9")
    assert ledger.rows("SELECT kind, policy_id FROM notice ORDER BY number") == [
        (JudgmentAlert.__name__, POLICY),
        (JudgmentAlertAnnulled.__name__, POLICY),
    ]


def test_a_void_of_something_else_waits_for_a_person(ledger: Ledger) -> None:
    """It changes no cover and no terms; each opens a review."""
    ledger.insure(POLICY)
    ledger.apply(ledger.limits.append(a_void(a_limit(), "limits", BUYER)))
    ledger.apply(ledger.policies.append(a_void(some_terms(), "policies", POLICY)))
    reviews = ledger.rows("SELECT reason, buyer_id, policy_id FROM review ORDER BY policy_id NULLS FIRST")
    assert reviews == [("event_voided", BUYER, None), ("event_voided", None, POLICY)]


def test_a_void_on_another_topic_is_refused(ledger: Ledger) -> None:
    """What it voids stands where it stands: a void of `limits` does not belong on `court-judgments`."""
    ledger.apply(ledger.judgments.append(a_void(a_limit(), "limits", BUYER)))
    assert ledger.rows("SELECT reason FROM refusal") == ["wrong_topic"]


def test_a_judgment_voided_for_another_debtor_is_told_to_the_right_one_s(ledger: Ledger) -> None:
    """Under the gazette's own reference, of another buyer, in a run of its own: nobody of his had been told."""
    right = "FR:345086177"
    ledger.insure(POLICY)
    ledger.insure("P-9", buyer_id=right)
    ledger.apply(ledger.judgments.append(a_judgment()))
    ledger.apply(ledger.judgments.append(a_void(a_judgment(), "court-judgments", BUYER)))
    ledger.apply(ledger.judgments.append(a_judgment(buyer_id=right, header=a_header("again"))))
    assert ledger.rows("SELECT kind, policy_id FROM notice ORDER BY policy_id, number") == [
        (JudgmentAlert.__name__, POLICY),
        (JudgmentAlertAnnulled.__name__, POLICY),
        (JudgmentAlert.__name__, "P-9"),
    ]
