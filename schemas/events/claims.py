"""Records of `claims`: what is overdue, what was declared, and the file that proves it."""

from pydantic import Field

from schemas.base import PII, Amount, BuyerId, Currency, Day, Header, Identifier, Language, PolicyId, Record, Text
from schemas.events.policies import Contact

DOCUMENT_KINDS = (
    "`ORDER`, `TERMS_OF_SALE`, `INVOICE`, `PROOF_OF_DELIVERY`, `BILL_OF_EXCHANGE`, `GUARANTEE`, `DUNNING_LETTER`, "
    "`NOTICE_OF_INSOLVENCY`, `DECLARATION_OF_DEBT`, `CONFIRMATION_OF_DEBT`, `UNPAID_INVOICES`, `ACCOUNT_STATEMENT`, "
    "`POWER_OF_ATTORNEY`, `ASSIGNMENT`, `NOTICE_TO_BUYER`, or the claims system's own word"
)


class Words(Record):
    """Sentences that a person wrote for the policyholder. They are shown as they are."""

    language: Language = Field(description="Language that they are written in: `fr` or `en`.")
    text: Text = Field(
        description="What may be shown to the policyholder: no other client, no source, nothing private of the buyer.",
        json_schema_extra=PII,
    )


class UnpaidInvoice(Record):
    """An invoice of the policyholder's to a buyer that is not paid, or not in full."""

    invoice_id: Identifier = Field(description="The policyholder's number of the invoice.")
    amount: Amount = Field(description="Its amount with taxes, in `currency`.")
    outstanding: Amount = Field(description="What is still owed on it, in `currency`.")
    currency: Currency
    issued_on: Day | None = Field(default=None, description="Date of the invoice; null where not told.")
    delivered_on: Day | None = Field(
        default=None, description="Day of the delivery, which decides whether it was covered; null where not told."
    )
    original_due_on: Day = Field(description="Due date first agreed: the clocks of the policy run from it.")
    extended_due_on: Day | None = Field(
        default=None, description="Due date after an extension was granted; null where there is none."
    )
    disputed: bool | None = Field(
        default=None, description="Whether the buyer disputes it; null where not known. A dispute suspends its cover."
    )
    dispute: Text | None = Field(
        default=None, description="What the buyer says against it; null where nothing is told.", json_schema_extra=PII
    )


class OverdueReported(Record):
    """The policyholder reported that a buyer is late (commitments 13, 29). It is not a claim yet."""

    header: Header
    policy_id: PolicyId
    overdue_id: Identifier = Field(description="The claims system's id of the file; it stays when a claim comes of it.")
    buyer_id: BuyerId | None = Field(description="The buyer; null where only its name is known.")
    buyer_name: Text = Field(description="Name of the buyer, as reported.", json_schema_extra=PII)
    entity_id: Identifier | None = Field(
        default=None, description="The insured entity that delivered, as PolicyTermsSet names it; null: not told."
    )
    reported_on: Day = Field(description="Day on which the report was made: it must lie within the policy's window.")
    invoices: list[UnpaidInvoice] = Field(description="All that is unpaid now: the list replaces the one before.")


class ClaimDeclared(Record):
    """A claim was declared under a policy (commitments 14, 18): it is acknowledged, timed and followed."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claims system's id of the claim.")
    overdue_id: Identifier | None = Field(
        default=None, description="The report that it comes of (OverdueReported); null where there was none."
    )
    buyer_id: BuyerId | None = Field(description="The buyer; null where only its name is known.")
    buyer_name: Text = Field(description="Name of the buyer, as declared.", json_schema_extra=PII)
    entity_id: Identifier | None = Field(default=None, description="The insured entity that delivered; null: not told.")
    cause: str = Field(
        description="`PROTRACTED_DEFAULT` (the date of loss ends the waiting period), `INSOLVENCY` (it is the "
        "judgment's date), `POLITICAL` or `OTHER`.",
        pattern=r"^(PROTRACTED_DEFAULT|INSOLVENCY|POLITICAL|OTHER)$",
    )
    declared_on: Day = Field(description="Day on which the declaration reached the insurer.")
    loss_on: Day | None = Field(
        default=None, description="Date of loss, as the claims system holds it; null: it follows from the terms."
    )
    judgment_reference: Identifier | None = Field(
        default=None, description="Reference of the judgment's publication, where the cause is one; null: not told."
    )
    claimed_amount: Amount = Field(description="What is claimed, in `currency`.")
    currency: Currency
    invoices: list[UnpaidInvoice] = Field(default_factory=list, description="The invoices claimed.")
    handler: Contact | None = Field(
        default=None, description="Who handles the file (commitment 22); null: the policy's own contact."
    )


class DocumentReceived(Record):
    """A document reached the file of a claim (commitment 14)."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claim.")
    document_id: Identifier = Field(description="The claims system's id of the document.")
    kind: Identifier = Field(description=f"What it is: {DOCUMENT_KINDS}.")
    title: Text | None = Field(default=None, description="Title or file name; null: none.", json_schema_extra=PII)
    received_on: Day = Field(description="Day on which it was received.")
    received_from: str = Field(
        description="`POLICYHOLDER`, `BROKER`, `COLLECTOR`, `BUYER`, `COURT` or `OTHER`.",
        pattern=r"^(POLICYHOLDER|BROKER|COLLECTOR|BUYER|COURT|OTHER)$",
    )
    completes_file: bool = Field(
        default=False, description="With it the file is complete: the clock of the indemnity starts on `received_on`."
    )


class MissingDocument(Record):
    """A document that the file still needs."""

    kind: Identifier = Field(description=f"What it is: {DOCUMENT_KINDS}.")
    invoice_id: Identifier | None = Field(
        default=None, description="The invoice that it is for; null: the whole claim."
    )
    why: Words | None = Field(default=None, description="Why it is needed; null where the kind says it all.")


class DocumentMissing(Record):
    """The file of a claim lacks documents (commitment 14). The list replaces the one before; empty: none is missing."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claim.")
    missing: list[MissingDocument] = Field(description="Everything that is still missing.")
    due_on: Day | None = Field(
        default=None, description="Last day to send them; null: as the policy's terms say, counted from the request."
    )


class DelayExplained(Record):
    """Somebody explained why something is late and confirmed a date (commitment 21). The clock is set to that date."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier | None = Field(default=None, description="The claim that is late; null: it is not a claim.")
    commitment: int = Field(ge=1, le=35, description="Number of the commitment that is late, as 18.")
    case_id: Identifier | None = Field(
        default=None, description="The hub's id of the case whose clock is meant; null: every clock of this claim's."
    )
    reasons: list[Identifier] = Field(
        description="Codes of the reasons, as `COURT_SILENT`; texts are looked up by code. Empty: `words` must say it."
    )
    words: Words | None = Field(default=None, description="The reason in a person's words; null: the codes suffice.")
    was_due_on: Day | None = Field(default=None, description="The date that is not kept; null where not told.")
    confirmed_on: Day = Field(description="The new date, confirmed.")
    confirmed_by: Text = Field(description="Who confirms it.", min_length=1, json_schema_extra=PII)
