"""Records of `policies` about money of the policy itself: where it is paid to, and what is invoiced."""

from pydantic import Field

from schemas.base import PII, Amount, Currency, Day, Header, Identifier, PolicyId, Record, SignedAmount, Text


class BankDetailsProposed(Record):
    """New bank details were entered. They are held: nothing is paid to them before another person confirmed them."""

    header: Header
    policy_id: PolicyId
    proposal_id: Identifier = Field(description="Id of the proposal.")
    entity_id: Identifier | None = Field(
        default=None, description="The insured entity that they are for; null: every one of the policy's."
    )
    purpose: str = Field(
        description="`INDEMNITY`, `REMITTANCE`, `PREMIUM` (to be debited) or `ALL`: for which payments.",
        pattern=r"^(INDEMNITY|REMITTANCE|PREMIUM|ALL)$",
    )
    holder: Text = Field(description="Holder of the account.", json_schema_extra=PII)
    account: Identifier = Field(
        description="IBAN without spaces, else the national number; its check digits are verified.",
        json_schema_extra=PII,
    )
    bank: Identifier | None = Field(default=None, description="BIC of the bank; null where the IBAN says it.")
    proposed_by: Text = Field(description="Who entered them.", min_length=1, json_schema_extra=PII)
    effective_on: Day | None = Field(
        default=None, description="First day of their use, once confirmed; null: from the confirmation on."
    )


class BankDetailsConfirmed(Record):
    """A second person answered a proposal of bank details. The old contact is told either way (commitment 27)."""

    header: Header
    policy_id: PolicyId
    proposal_id: Identifier = Field(description="The proposal (BankDetailsProposed).")
    answer: str = Field(description="`CONFIRMED` or `REJECTED`.", pattern=r"^(CONFIRMED|REJECTED)$")
    confirmed_by: Text = Field(
        min_length=1,
        description="Who answered: another person than `proposed_by`, or it counts for nothing.",
        json_schema_extra=PII,
    )
    confirmed_by_means: Identifier | None = Field(
        default=None, description="How it was verified, as `CALL_BACK` or `BANK_STATEMENT`; null: not told."
    )


class InvoiceLine(Record):
    """A line of an invoice of the insurer's."""

    service: Text = Field(description="What is charged.", min_length=1)
    amount: SignedAmount = Field(description="With taxes, in the invoice's currency; negative where it is credited.")
    fee: Identifier | None = Field(
        default=None,
        description="Code of the fee, as `PAYMENT_FEE`; null where the line is none. Only fees that the terms allow.",
    )


class InvoiceIssued(Record):
    """The insurer invoiced something. One that lacks amount, service or due date is refused (commitment 23)."""

    header: Header
    policy_id: PolicyId
    invoice_id: Identifier = Field(description="The insurer's number of the invoice.")
    service: Text = Field(description="The service concerned, in the policyholder's language.", min_length=1)
    amount: Amount = Field(description="Amount due with taxes, in `currency`.")
    currency: Currency
    issued_on: Day = Field(description="Date of the invoice.")
    due_on: Day = Field(description="Last day to pay it: reminders are counted back from it.")
    lines: list[InvoiceLine] = Field(
        default_factory=list, description="Its lines; together they are `amount`. Empty: it has only one."
    )
    payment_url: Text | None = Field(
        default=None, description="Where it can be paid on line (commitment 26); null: nowhere."
    )
