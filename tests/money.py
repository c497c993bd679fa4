"""Claims, and the money that comes in for them, with defaults: a test states only what it is about."""

import datetime as dt
from decimal import Decimal
from typing import Any

from schemas.events.bookings import Booking, References, Statement
from schemas.events.claims import ClaimDeclared, OverdueReported, UnpaidInvoice
from schemas.events.payments import FundsReceived, PaymentReturned
from tests.builders import BUYER, POLICY, a_header


def a_claim(
    claim_id: str = "CLM-2026-0042", *invoice_ids: str, policy_id: str = POLICY, **fields: Any
) -> ClaimDeclared:
    """A claim on the walk's buyer, for these invoices."""
    values = {
        "header": a_header(f"{claim_id}/{policy_id}", "claims"),
        "buyer_id": BUYER,
        "buyer_name": "MENUISERIE DES MONTS",
        "cause": "INSOLVENCY",
        "declared_on": dt.date(2026, 3, 20),
        "claimed_amount": Decimal(12000),
        "currency": "EUR",
        "invoices": [an_invoice(invoice_id) for invoice_id in invoice_ids],
        **fields,
    }
    return ClaimDeclared(claim_id=claim_id, policy_id=policy_id, **values)


def an_overdue(
    overdue_id: str = "OVD-2026-0007", *invoice_ids: str, policy_id: str = POLICY, **fields: Any
) -> OverdueReported:
    """What the walk's buyer has not paid, and is no claim yet."""
    values = {
        "header": a_header(f"{overdue_id}/{policy_id}", "claims"),
        "buyer_id": BUYER,
        "buyer_name": "MENUISERIE DES MONTS",
        "reported_on": dt.date(2026, 2, 20),
        "invoices": [an_invoice(invoice_id) for invoice_id in invoice_ids],
        **fields,
    }
    return OverdueReported(overdue_id=overdue_id, policy_id=policy_id, **values)


def an_invoice(invoice_id: str) -> UnpaidInvoice:
    """An unpaid invoice of 12,000 EUR."""
    return UnpaidInvoice(
        invoice_id=invoice_id,
        amount=Decimal(12000),
        outstanding=Decimal(12000),
        currency="EUR",
        original_due_on=dt.date(2026, 1, 31),
    )


def a_payment(
    *free_text: str, end_to_end_id: str | None = None, creditor_reference: str | None = None, **fields: Any
) -> FundsReceived:
    """Money received: 250 EUR on 20 March."""
    values = {
        "header": a_header("B-1", "bank"),
        "payment_reference": end_to_end_id or "FR7630006000011234567890189/B-1",
        "booking": a_booking(),
        "counterparty": None,
        **fields,
    }
    references = References(
        end_to_end_id=end_to_end_id, creditor_reference=creditor_reference, free_text=list(free_text)
    )
    return FundsReceived(references=references, **values)


def a_return(payment: FundsReceived, amount: str = "-250.00", **fields: Any) -> PaymentReturned:
    """The payment goes back to who had paid it."""
    values = {
        "header": a_header(f"R-{payment.header.event_id}", "bank"),
        "payment_reference": payment.payment_reference,
        "booking": a_booking(amount),
        "counterparty": None,
        "reason_code": "MD06",
        **fields,
    }
    return PaymentReturned(references=payment.references, **values)


def a_booking(amount: str = "250.00") -> Booking:
    """A credit, or with a minus a debit, of 20 March."""
    return Booking(
        account="FR7630006000011234567890189",
        amount=Decimal(amount),
        currency="EUR",
        booked_on=dt.date(2026, 3, 20),
    )


def a_bank_statement(statement_id: str = "S-1", *, reconciled: bool | None = True) -> Statement:
    """The statement of 20 March, which is out by ten cents where it does not reconcile."""
    return Statement(
        statement_id=statement_id,
        format="camt.053.001.08",
        place="entry 1",
        opening_balance=Decimal("100.00"),
        closing_balance=Decimal("350.00"),
        reconciled=reconciled,
        difference=None if reconciled is None else Decimal("0.00" if reconciled else "0.10"),
    )
