"""Records of `limits`: decisions about the cover of one policy on one buyer.

Announced is not in force: a decision says from when it holds, and until then the cover stands as it was (commitment 5).
Reasons are codes; their texts come from a list that says nothing of sources, of other clients or of the buyer's private
affairs (commitment 4).
"""

from pydantic import Field

from schemas.base import PII, Amount, BuyerId, Currency, Day, Header, Identifier, PolicyId, Record, Text

_REASONS = "Codes of the reasons, as `ACCOUNTS_WORSE`; their texts are looked up by code"
_COVER = "The underwriter's id of the cover."
_CUT_REASONS = f"{_REASONS}. Without one the decision is held, not told."
_CUT_EXCEPTIONAL = "Why the notice period is not kept; null: it is."


class ExceptionalCircumstances(Record):
    """Why a cover may be cut without the contract's notice (commitment 6). Each field is needed."""

    code: Identifier = Field(description="What happened, as `FRAUD`, `INSOLVENCY` or `SANCTIONS`.")
    approver: Text = Field(description="Who approved it.", min_length=1, json_schema_extra=PII)
    justification: Text = Field(
        description="Why, for the file and the reviewer; the notice tells the code's own text.", json_schema_extra=PII
    )


class PartialAmount(Record):
    """A part of the limit that ends before or after the rest."""

    amount: Amount = Field(description="The part, in the decision's currency; it is contained in `amount`.")
    expires_on: Day = Field(description="Last day of this part.")


class LimitDecided(Record):
    """The underwriter decided a limit. Announced is not in force: the cover stands from `effective_on`."""

    header: Header
    buyer_id: BuyerId
    policy_id: PolicyId
    cover_id: Identifier = Field(description=_COVER)
    outcome: str = Field(
        description="`GRANTED`, `PARTLY_GRANTED`, `REFUSED` or `INCREASE_REFUSED` (the cover in force is unchanged).",
        pattern=r"^(GRANTED|PARTLY_GRANTED|REFUSED|INCREASE_REFUSED)$",
    )
    amount: Amount = Field(description="The limit in force from `effective_on`, in `currency`; 0 where refused.")
    currency: Currency
    effective_on: Day = Field(description="First day of the cover.")
    expires_on: Day | None = Field(
        default=None, description="Last day of the cover, where it has one; null: until it is cut."
    )
    request_id: Identifier | None = Field(
        default=None, description="The request that it answers (LimitRequested); null where nobody asked."
    )
    decided_on: Day | None = Field(default=None, description="Day of the decision; null: that of `occurred_at`.")
    information_on: Day | None = Field(
        default=None, description="Day of the newest information it rests on: stale where long past; null: not told."
    )
    partial_amounts: list[PartialAmount] = Field(
        default_factory=list, description="Parts of the limit that end on days of their own; empty: it is one."
    )
    conditions: list[Identifier] = Field(
        default_factory=list, description="Codes of the conditions that the cover is bound to; empty: none."
    )
    reasons: list[Identifier] = Field(default_factory=list, description=f"{_REASONS}; empty where all was granted.")
    considered: list[Identifier] = Field(
        default_factory=list,
        description="Ids of the information that the policyholder gave and that was weighed (commitment 9).",
    )


class LimitReduced(Record):
    """The cover is cut to a smaller amount. Deliveries made before stay covered at the former limit."""

    header: Header
    buyer_id: BuyerId
    policy_id: PolicyId
    cover_id: Identifier = Field(description=_COVER)
    amount: Amount = Field(description="The limit from `effective_on`, in `currency`; 0 is a withdrawal.")
    currency: Currency
    previous_amount: Amount | None = Field(
        default=None, description="The limit until then, in `currency`; null where not told."
    )
    announced_on: Day = Field(description="Day of the decision; the notice period is counted from its dispatch.")
    effective_on: Day = Field(description="First day of the smaller limit.")
    expires_on: Day | None = Field(default=None, description="Last day of the cover, where it has one.")
    reasons: list[Identifier] = Field(description=_CUT_REASONS)
    exceptional: ExceptionalCircumstances | None = Field(default=None, description=_CUT_EXCEPTIONAL)


class LimitWithdrawn(Record):
    """The cover ends. Deliveries made before stay covered, and their invoices may still be unpaid."""

    header: Header
    buyer_id: BuyerId
    policy_id: PolicyId
    cover_id: Identifier = Field(description=_COVER)
    effective_on: Day = Field(description="First day without cover for new deliveries.")
    announced_on: Day | None = Field(default=None, description="Day of the decision; null: that of `occurred_at`.")
    reasons: list[Identifier] = Field(default_factory=list, description=_CUT_REASONS)
    exceptional: ExceptionalCircumstances | None = Field(default=None, description=_CUT_EXCEPTIONAL)


class LimitReinstated(Record):
    """A withdrawn cover stands again."""

    header: Header
    buyer_id: BuyerId
    policy_id: PolicyId
    cover_id: Identifier = Field(description=_COVER)
    amount: Amount = Field(description="The limit in force from `effective_on`, in `currency`.")
    currency: Currency
    effective_on: Day = Field(description="First day of the cover.")
    expires_on: Day | None = Field(default=None, description="Last day of the cover, where it has one.")
    reasons: list[Identifier] = Field(default_factory=list, description=f"{_REASONS}; empty where none is given.")
