"""Records of `limits` about what is asked: a guarantee, more information, a review."""

from pydantic import Field

from schemas.base import PII, Amount, BuyerId, Currency, Day, Header, Identifier, Int32, PolicyId, Record, Text


class LimitRequested(Record):
    """The policyholder asked for a limit, or for a change of one (commitments 2, 28)."""

    header: Header
    buyer_id: BuyerId
    policy_id: PolicyId
    request_id: Identifier = Field(description="Id of the request; the decision cites it (`LimitDecided.request_id`).")
    kind: str = Field(
        description="`NEW`, `CHANGE` (of the amount or the terms of `cover_id`) or `CANCEL` (the policyholder gives it "
        "up).",
        pattern=r"^(NEW|CHANGE|CANCEL)$",
    )
    cover_id: Identifier | None = Field(
        default=None, description="The cover to change or cancel; null where it is new."
    )
    amount: Amount = Field(description="The limit asked for, in `currency`; 0 where it is given up.")
    currency: Currency
    wanted_from: Day | None = Field(default=None, description="First day it is wanted for; null: at once.")
    payment_terms_days: Int32 | None = Field(
        default=None, description="Longest payment term that the buyer is to get, in days; null: the policy's own."
    )
    requested_by: Text = Field(description="Who asks for the policyholder.", min_length=1, json_schema_extra=PII)
    policyholder_reference: Text | None = Field(
        default=None, description="The policyholder's own reference of the buyer; null: none.", json_schema_extra=PII
    )
    remarks: Text | None = Field(
        default=None, description="What he says of his trade with the buyer; null: nothing.", json_schema_extra=PII
    )


class Question(Record):
    """Something that the underwriter would know."""

    code: Identifier = Field(description="`ACCOUNTS`, `PAYMENT_EXPERIENCE`, `ORDER_BOOK`, `SECURITY`, or his own word.")
    said: Text | None = Field(default=None, description="The question, verbatim; null where the code says it all.")


class InformationRequested(Record):
    """The underwriter invites the policyholder to tell more of a buyer (commitment 8)."""

    header: Header
    buyer_id: BuyerId
    policy_id: PolicyId
    request_id: Identifier = Field(description="Id of this request; the answer cites it (InformationSubmitted).")
    cover_id: Identifier | None = Field(default=None, description="The cover in question; null where it is none yet.")
    limit_request_id: Identifier | None = Field(
        default=None, description="The request for a limit that waits for the answer; null where none does."
    )
    questions: list[Question] = Field(description="What is asked.")
    due_on: Day = Field(description="Last day to answer; reminders are counted back from it.")


class ReviewRequested(Record):
    """The policyholder asked that a decision on a limit be reviewed (commitment 10)."""

    header: Header
    buyer_id: BuyerId
    policy_id: PolicyId
    review_id: Identifier = Field(description="Id of the review.")
    cover_id: Identifier | None = Field(default=None, description="The cover decided on; null where there is none.")
    decision_source: Identifier | None = Field(
        default=None, description="`header.source` of the decision that is contested; null: the last on this cover."
    )
    decision_event_id: Identifier | None = Field(
        default=None, description="`header.event_id` of the decision that is contested; null: the last on this cover."
    )
    requested_on: Day = Field(description="Day of the request: the time to answer runs from it.")
    requested_by: Text = Field(description="Who asks for the policyholder.", min_length=1, json_schema_extra=PII)
    arguments: Text = Field(description="What he says against the decision, verbatim.", json_schema_extra=PII)


class ReviewDecided(Record):
    """The review of a decision ended. A new limit comes as a decision of its own."""

    header: Header
    buyer_id: BuyerId
    policy_id: PolicyId
    review_id: Identifier = Field(description="The review (ReviewRequested).")
    outcome: str = Field(
        description="`UPHELD` (the decision stands), `CHANGED`, `PARTLY_CHANGED` or `NOT_ADMITTED`.",
        pattern=r"^(UPHELD|CHANGED|PARTLY_CHANGED|NOT_ADMITTED)$",
    )
    reasons: list[Identifier] = Field(
        description="Codes of the reasons; texts are looked up by code. Without one it is held, not told."
    )
    considered: list[Identifier] = Field(
        default_factory=list,
        description="Ids of the information that the policyholder gave and that was weighed (commitment 9).",
    )
    decided_on: Day = Field(description="Day of the answer.")
    decided_by: Text | None = Field(
        default=None, description="Who decided: never the analyst of the first decision.", json_schema_extra=PII
    )
