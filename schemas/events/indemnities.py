"""Records of `claims` about the indemnity: what is granted of what was claimed, and what was paid."""

from pydantic import Field

from schemas.base import Amount, Currency, Day, Header, Identifier, Percentage, PolicyId, Record
from schemas.events.claims import Words


class Gap(Record):
    """A part of the claim that is not indemnified, and why (commitment 19)."""

    reason: Identifier = Field(
        description="Code, as `OVER_LIMIT`, `INSURED_PERCENTAGE`, `DEDUCTIBLE`, `DISPUTED`, `LATE_NOTIFICATION`, "
        "`DELIVERED_AFTER_STOPPAGE`; its text is looked up by code."
    )
    amount: Amount = Field(description="How much of the claim it takes away, in the decision's currency.")
    invoice_id: Identifier | None = Field(default=None, description="The invoice concerned; null: the whole claim.")
    article: Identifier | None = Field(default=None, description="Article of the policy, as `art. 12`; null: not told.")
    words: Words | None = Field(default=None, description="Why, in a person's words; null: the code suffices.")


class IndemnityDecided(Record):
    """The insurer decided what it pays on a claim (commitments 18, 19)."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claim.")
    decided_on: Day = Field(description="Day of the decision.")
    claimed_amount: Amount = Field(description="What was claimed, in `currency`.")
    insured_loss: Amount | None = Field(
        default=None, description="Loss that the policy covers, before the insured percentage; null: not told."
    )
    insured_percentage: Percentage | None = Field(
        default=None, description="Percentage applied; null where it is the policy's own on the date of loss."
    )
    amount: Amount = Field(description="The indemnity, in `currency`; 0 where nothing is paid.")
    currency: Currency
    loss_on: Day | None = Field(default=None, description="Date of loss that was applied; null: not told.")
    gaps: list[Gap] = Field(
        description="Why the indemnity is less than the claim, item by item; together they are `claimed_amount` less "
        "`amount`, to the cent. A decision whose items are not is held, not told."
    )
    payable_by: Day | None = Field(
        default=None, description="Last day to pay it; null: as the policy's terms say, counted from the decision."
    )
    review_by: Day | None = Field(
        default=None, description="Last day to ask for a review; null: as the policy's terms say."
    )


class IndemnityPaid(Record):
    """An indemnity, or a part of it, was paid (commitment 18)."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claim.")
    amount: Amount = Field(description="What was paid now, in `currency`.")
    currency: Currency
    paid_on: Day = Field(description="Day on which the insurer's account was debited.")
    beneficiary: str = Field(
        description="`INSURED`, `CO_INSURED`, `LOSS_PAYEE` or `FACTOR`: in which role it was paid to.",
        pattern=r"^(INSURED|CO_INSURED|LOSS_PAYEE|FACTOR)$",
    )
    payment_reference: Identifier | None = Field(
        default=None, description="End-to-end id of the payment, as on the statement; null: not told."
    )
    is_last: bool = Field(default=True, description="With it the indemnity is paid in full.")
