"""Money that goes back, and statements whose sums are wrong."""

from decimal import Decimal

import pytest

from streams.commitments.facts import Facts
from tests.builders import a_header
from tests.commitments.test_payments import CLAIM, decide
from tests.money import a_bank_statement, a_claim, a_payment, a_return


def test_a_payment_that_comes_back_stands_beside_it() -> None:
    """In full or in part; the payment itself stays as it was received and matched."""
    payment = a_payment(CLAIM, end_to_end_id="VIR-77")
    for amount in ("-250.00", "-100.00"):
        *_, decision = decide(Facts(), a_claim(), payment, a_return(payment, amount))
        [paid_back] = decision.returned
        assert (paid_back.payment.event_id, paid_back.returned.booking.amount) == ("B-1", Decimal(amount))
        assert (decision.payments, decision.reviews) == ((), ())


def test_of_two_payments_with_one_reference_the_amount_tells() -> None:
    """A payer uses a reference twice; where the amounts are alike too, a person says which came back."""
    one = a_payment(end_to_end_id="LOYER")
    same = a_payment(end_to_end_id="LOYER", header=a_header("B-2", "bank"))
    more = a_payment(
        end_to_end_id="LOYER",
        header=a_header("B-3", "bank"),
        booking=one.booking.model_copy(update={"amount": Decimal(900)}),
    )
    *_, told = decide(Facts(), one, more, a_return(one))
    assert [b.payment.event_id for b in told.returned] == ["B-1"]
    *_, doubtful = decide(Facts(), one, same, a_return(one))
    assert (doubtful.returned, [r.reason for r in doubtful.reviews]) == ((), ["returned_payment_unknown"])


@pytest.mark.parametrize("amount", ["-250.01", "250.00"], ids=["more than came", "money paid out comes back"])
def test_a_return_of_something_else_is_for_a_person(amount: str) -> None:
    """More than was received, or a credit, is no return of money received; nor is one whose payment nobody knows."""
    payment = a_payment(end_to_end_id="VIR-77")
    *_, decision = decide(Facts(), payment, a_return(payment, amount))
    [unknown] = decide(Facts(), a_return(payment))
    for each in (decision, unknown):
        assert (each.returned, [r.reason for r in each.reviews]) == ((), ["returned_payment_unknown"])


def test_what_was_returned_is_told_by_the_bank() -> None:
    """The amount of the payment that comes back, where it is cited, tells which it was: charges change the booking."""
    one = a_payment(end_to_end_id="LOYER")
    other = a_payment(
        end_to_end_id="LOYER",
        header=a_header("B-2", "bank"),
        booking=one.booking.model_copy(update={"amount": Decimal(260)}),
    )
    returned = a_return(one, "-260.00", original_amount=Decimal(250), original_currency="EUR")
    *_, decision = decide(Facts(), one, other, returned)
    assert [b.payment.event_id for b in decision.returned] == ["B-1"]


def test_a_statement_that_does_not_reconcile_is_reviewed_once() -> None:
    """All its payments ask for the same review, and keep that it was wrong; another statement has its own."""
    wrong = a_bank_statement(reconciled=False)
    paid = [a_payment(CLAIM, header=a_header(f"B-{n}", "bank"), statement=wrong) for n in range(3)]
    other = a_payment(CLAIM, header=a_header("B-9", "bank"), statement=a_bank_statement("S-2", reconciled=False))
    decisions = decide(Facts(), a_claim(), *paid, a_return(paid[0], statement=wrong), other)[1:]
    reviews = [r for d in decisions for r in d.reviews if r.reason == "statement_not_reconciled"]
    assert len(reviews) == 5
    assert len({r.review_id(str(n)) for n, r in enumerate(reviews)}) == 2
    assert [(m.payment.statement_id, m.payment.reconciled) for m in decisions[0].payments] == [("S-1", False)]
    assert "100.00 EUR before, 350.00 EUR after, difference 0.10 EUR" in reviews[0].detail


@pytest.mark.parametrize(
    ("difference", "why"),
    [("0.10", "do not give the closing balance"), ("0.00", "it contradicts itself"), (None, "it contradicts itself")],
)
def test_a_review_says_what_is_wrong_with_a_statement(difference: str | None, why: str) -> None:
    """Where the balances are right, or cannot be compared, something else of the statement is wrong: its totals."""
    told = Decimal(difference) if difference else None
    statement = a_bank_statement(reconciled=False).model_copy(update={"difference": told})
    *_, decision = decide(Facts(), a_claim(), a_payment(CLAIM, statement=statement))
    assert why in decision.reviews[0].detail


@pytest.mark.parametrize("reconciled", [True, None])
def test_a_statement_that_reconciles_or_cannot_be_checked_needs_nobody(*, reconciled: bool | None) -> None:
    """Only a statement whose sums are wrong is reviewed."""
    payment = a_payment(CLAIM, statement=a_bank_statement(reconciled=reconciled))
    assert decide(Facts(), a_claim(), payment)[-1].reviews == ()
