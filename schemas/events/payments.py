"""Records of `payments`: money that came, came back, or was paid out, as banks and collections tell it.

The key is the payment's reference (`payment_reference`): the end-to-end id, else the account and the bank's own
reference. It keeps what belongs to one payment in order, and is no identity: payers choose end-to-end ids, and may
choose one twice. What is the same event is said by the header alone.
"""

from pydantic import Field

from schemas.base import PII, Amount, Currency, Day, Header, Identifier, PolicyId, Record
from schemas.events.bookings import Booking, Counterparty, Line, References, Statement

NOT_PROVIDED = frozenset({"", "NOTPROVIDED", "NOT PROVIDED", "NONREF"})
"""What banks write for an end-to-end id that the payer did not give."""


def payment_reference(end_to_end_id: str | None, account: str, bank_reference: str) -> str:
    """The key of a payment: its end-to-end id, else the account and the bank's own reference.

    Args:
        end_to_end_id: as the statement has it; what only says that there is none counts as none.
        account: IBAN, or the bank's number of the account that was booked.
        bank_reference: the bank's reference of the booking; else the statement's id and the place in it.
    """
    told = (end_to_end_id or "").strip()
    return f"{account}/{bank_reference}" if told.upper() in NOT_PROVIDED else told


class Concerned(Record):
    """What a payment is for, where the provider itself knows it. A bank does not: matching is the hub's work."""

    policy_id: Identifier | None = Field(default=None, description="The policy; null where the provider does not know.")
    claim_id: Identifier | None = Field(default=None, description="The claim; null where the provider does not know.")
    invoice_id: Identifier | None = Field(
        default=None, description="The invoice of the policyholder, or of a premium; null where not known."
    )


class FundsReceived(Record):
    """Money was credited to an account of the insurer's or of its collectors': to be matched, shared and remitted."""

    beside_its_content = frozenset({"statement"})

    header: Header
    payment_reference: Identifier = Field(
        description="The key: end-to-end id, else `<account>/<the bank's own reference>`."
    )
    booking: Booking = Field(description="The credit, as booked.")
    references: References = Field(description="Everything by which the payment may be matched.")
    counterparty: Counterparty | None = Field(description="Who paid; null where the bank does not say.")
    concerned: Concerned | None = Field(
        default=None, description="What it is for, where the provider knows; a bank does not."
    )
    statement: Statement | None = Field(
        default=None, description="The statement that it was read from; null where it comes from none."
    )


class PaymentReturned(Record):
    """A payment came back: a direct debit returned or refunded, a transfer that could not be delivered, a reversal.

    After a remittance it re-opens debt, share and indemnity (commitment 17), by compensating entries.
    """

    beside_its_content = frozenset({"statement"})

    header: Header
    payment_reference: Identifier = Field(
        description="The key: the reference of the payment that comes back, so that both keep their order; where the "
        "bank does not cite it, this booking's own."
    )
    booking: Booking = Field(
        description="The booking that takes the payment back: debited where money received goes back, credited where "
        "money paid out returns."
    )
    references: References = Field(description="References of the booking, and through them of the payment returned.")
    counterparty: Counterparty | None = Field(description="The other side of the payment; null where not told.")
    original_amount: Amount | None = Field(
        default=None, description="Amount of the payment that comes back, in `original_currency`; null where not cited."
    )
    original_currency: Currency | None = Field(
        default=None, description="ISO 4217 code of `original_amount`; null where that is."
    )
    original_booked_on: Day | None = Field(
        default=None, description="Day on which the payment that comes back was booked; null where not cited."
    )
    reason_code: Identifier | None = Field(
        description="ISO 20022 return reason, as `AM04` (no funds) or `MD06` (refund asked for by the debtor); the "
        "national code where the bank gives only that; null where it gives none."
    )
    reason_said: list[Line] = Field(
        default_factory=list,
        description="The bank's own words for the reason, line by line.",
        json_schema_extra=PII,
    )
    concerned: Concerned | None = Field(
        default=None, description="What it is for, where the provider knows; a bank does not."
    )
    statement: Statement | None = Field(
        default=None, description="The statement that it was read from; null where it comes from none."
    )


class RemittanceExecuted(Record):
    """What was owed to a policyholder, or to who takes its place, was paid out."""

    beside_its_content = frozenset({"statement"})

    header: Header
    payment_reference: Identifier = Field(
        description="The key: end-to-end id of the payment order, else `<account>/<the bank's own reference>`."
    )
    remittance_id: Identifier | None = Field(
        description="The hub's id of the instruction carried out; null where the hub did not order it."
    )
    policy_id: Identifier | None = Field(description="The policy whose money it is; null where only the bank tells.")
    claim_id: Identifier | None = Field(default=None, description="The claim; null where the provider does not know.")
    amount: Amount = Field(description="What the beneficiary gets, in `currency`, unsigned.")
    currency: Currency
    executed_on: Day = Field(description="Day on which the account was debited.")
    beneficiary: Counterparty | None = Field(description="Who was paid; null where not told.")
    references: References | None = Field(default=None, description="References of the order; null where not told.")
    booking: Booking | None = Field(
        default=None, description="The debit as booked; null where treasury tells it before the bank does."
    )
    statement: Statement | None = Field(
        default=None, description="The statement that it was read from; null where it comes from none."
    )


class PremiumPaid(Record):
    """A premium, or another invoice of the insurer's, was paid (commitment 26: reminders stop)."""

    header: Header
    payment_reference: Identifier = Field(
        description="The key: end-to-end id, else `<account>/<the bank's own reference>`; of a card payment, the "
        "provider's own reference."
    )
    policy_id: PolicyId
    invoice_id: Identifier = Field(description="The invoice paid, as InvoiceIssued names it.")
    amount: Amount = Field(description="What was paid, in `currency`; less than the invoice where it was paid in part.")
    currency: Currency
    paid_on: Day = Field(description="Day on which the payment counts: the value date, where a bank tells it.")
    method: str = Field(
        description="`TRANSFER`, `DIRECT_DEBIT`, `CARD` or `OTHER`.", pattern=r"^(TRANSFER|DIRECT_DEBIT|CARD|OTHER)$"
    )
    references: References | None = Field(default=None, description="References of the payment; null where not told.")
