"""Parts of the records of `payments`: a booking on an account, its references, and the statement it came from."""

from typing import Annotated

from pydantic import Field

from schemas.base import NO_NUL, PII, Amount, Country, Currency, Day, Identifier, Int32, Record, SignedAmount, Text

Line = Annotated[str, Field(max_length=1000, pattern=NO_NUL)]
"""A line of text as a bank sends it."""


class Booking(Record):
    """One transaction on an account, as the bank booked it. Batches are split: a batch of ten is ten bookings."""

    account: Identifier = Field(
        description="The account that was booked, ours or our collectors': IBAN without spaces, else the bank's number."
    )
    amount: SignedAmount = Field(
        description="In `currency`, as the account sees it: positive is credited, negative is debited. Banks send "
        "amounts unsigned; the sign is `CdtDbtInd`'s alone, and a reversal does not flip it again."
    )
    currency: Currency
    booked_on: Day = Field(description="Day on which the bank booked it.")
    value_on: Day | None = Field(
        default=None, description="Day from which it bears interest (value date); null where not told."
    )
    bank_reference: Identifier | None = Field(
        default=None, description="The bank's own reference of the booking (`AcctSvcrRef`); null where it gives none."
    )
    entry_reference: Text | None = Field(
        default=None, description="`NtryRef`, as sent. It repeats across statements and is no key."
    )
    is_reversal: bool = Field(
        default=False, description="The bank says that this booking reverses an earlier one (`RvslInd`)."
    )
    batch_size: Int32 | None = Field(
        default=None, description="Transactions in the batch that was booked as one; null where it was booked alone."
    )
    transactions: Int32 = Field(
        default=1,
        description="How many of them this booking is: 1, or all of a batch whose parts the bank does not tell. What "
        "only some of these cite (`free_text`) is not what the money is for.",
    )
    code: Text | None = Field(
        default=None,
        description="Kind of transaction: ISO 20022 as `PMNT/RCDT/ESCT`, else the bank's own (`05`, `NTRF`).",
    )
    instructed_amount: Amount | None = Field(
        default=None,
        description="What the payer ordered, in `instructed_currency`, unsigned, where it is not what was booked.",
    )
    instructed_currency: Currency | None = Field(
        default=None, description="ISO 4217 code of `instructed_amount`; null where that is."
    )
    charges: Amount | None = Field(
        default=None,
        description="What banks kept on the way, in `currency`, unsigned; null where not told. It is not in `amount`.",
    )


class References(Record):
    """What the payer and the banks wrote on a payment: everything by which it may be matched."""

    end_to_end_id: Identifier | None = Field(
        default=None, description="The payer's reference (`EndToEndId`); null where it is missing or `NOTPROVIDED`."
    )
    creditor_reference: Identifier | None = Field(
        default=None,
        description="Structured creditor reference without spaces: ISO 11649 (`RF…`, its check digits verified) or "
        "a national one; null where there is none.",
    )
    transaction_id: Identifier | None = Field(default=None, description="The first bank's id (`TxId`); null: none.")
    instruction_id: Identifier | None = Field(default=None, description="`InstrId`; null where there is none.")
    mandate_id: Identifier | None = Field(
        default=None, description="Mandate of a direct debit (`MndtId`); null where there is none."
    )
    free_text: list[Line] = Field(
        default_factory=list, description="Unstructured lines, in order, verbatim.", json_schema_extra=PII
    )


class Counterparty(Record):
    """The other side of a payment, as the bank names it."""

    name: Text | None = Field(default=None, description="Name, verbatim; null where not told.", json_schema_extra=PII)
    account: Identifier | None = Field(
        default=None, description="IBAN without spaces, else the number as sent; null: not told.", json_schema_extra=PII
    )
    bank: Identifier | None = Field(
        default=None, description="BIC of its bank, else the national code; null: not told."
    )
    address: Text | None = Field(
        default=None, description="Address on one line; null where not told.", json_schema_extra=PII
    )
    country: Country | None = Field(default=None, description="ISO 3166-1 code of its country; null: not told.")
    identification: Identifier | None = Field(
        default=None,
        description="A number of its own that the bank passes on, as a SIREN or an LEI.",
        json_schema_extra=PII,
    )


class Statement(Record):
    """The statement that a booking was read from, and whether its sums are right."""

    statement_id: Identifier = Field(description="The bank's id of the statement, notification or report.")
    format: Identifier = Field(description="`camt.053.001.08`, `mt940`, `cfonb120`…: what it was read as.")
    place: Identifier = Field(description="Where in it the booking stands, as `entry 3, transaction 2`.")
    from_on: Day | None = Field(default=None, description="First day that it covers; null where not told.")
    to_on: Day | None = Field(default=None, description="Last day that it covers; null where not told.")
    opening_balance: SignedAmount | None = Field(
        default=None, description="Booked balance before it, in the account's currency; null where it has none."
    )
    closing_balance: SignedAmount | None = Field(
        default=None, description="Booked balance after it, in the account's currency; null where it has none."
    )
    reconciled: bool | None = Field(
        description="Whether opening balance and entries give the closing balance, to the cent. False: nothing is "
        "remitted from it before a person has looked. Null: it has no balances to check (a camt.054)."
    )
    difference: SignedAmount | None = Field(
        default=None, description="Closing balance less what the entries give; null where it was not checked."
    )
