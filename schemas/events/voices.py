"""Records of `policies` about people: what a policyholder tells us, who uses the tools, what our staff decides."""

import uuid

from pydantic import Field

from schemas.base import PII, BuyerId, Day, Email, Header, Identifier, Instant, Int32, Language, PolicyId, Record, Text


class InformationSubmitted(Record):
    """The policyholder told something of a buyer (commitment 9): acknowledged, passed on, cited in the decision."""

    header: Header
    policy_id: PolicyId
    information_id: Identifier = Field(description="Id of what was told; decisions cite it (`considered`).")
    buyer_id: BuyerId | None = Field(description="The buyer; null where it is about none, or has no number.")
    request_id: Identifier | None = Field(
        default=None, description="The request that it answers (InformationRequested); null: told unasked."
    )
    kind: Identifier = Field(
        description="`PAYMENT_EXPERIENCE`, `ACCOUNTS`, `ORDER`, `SECURITY`, `FIELD` (seen on the spot), or another."
    )
    text: Text = Field(description="What was told, verbatim.", json_schema_extra=PII)
    documents: list[Text] = Field(
        default_factory=list, description="Titles of documents that came with it.", json_schema_extra=PII
    )
    submitted_by: Text = Field(description="Who told it.", min_length=1, json_schema_extra=PII)


class FeedbackReceived(Record):
    """The policyholder said what it thinks of the service (commitment 34): routed to whoever answers for it."""

    header: Header
    policy_id: PolicyId
    about: Identifier | None = Field(
        default=None, description="The case or notice that it is about, by the hub's id; null: the service as a whole."
    )
    score: int | None = Field(default=None, ge=0, le=10, description="From 0 (bad) to 10 (good); null: not given.")
    text: Text = Field(default="", description="What was said, verbatim; empty: only a score.", json_schema_extra=PII)
    given_by: Text | None = Field(default=None, description="Who said it; null: nobody named.", json_schema_extra=PII)
    wants_answer: bool = Field(default=False, description="An answer is asked for.")


class UserOnboarded(Record):
    """Somebody of the policyholder's got access to the tools (commitment 32: help is offered)."""

    header: Header
    policy_id: PolicyId
    user_id: Identifier = Field(description="Id of the user.")
    name: Text = Field(description="Name of the user.", json_schema_extra=PII)
    email: Email = Field(description="Where help is sent to.", json_schema_extra=PII)
    language: Language | None = Field(default=None, description="Language of the user; null: the policyholder's.")


class LoginFailing(Record):
    """A user tries to sign in and does not succeed (commitment 32)."""

    header: Header
    policy_id: PolicyId
    user_id: Identifier = Field(description="Id of the user.")
    email: Email | None = Field(
        default=None, description="Where help is sent to; null: as known.", json_schema_extra=PII
    )
    attempts: Int32 = Field(description="Failures one after the other, since the last success.")
    since: Instant = Field(description="The first of them.")
    reason: Identifier | None = Field(
        default=None, description="`PASSWORD`, `SECOND_FACTOR`, `LOCKED` or `EXPIRED`; null: not known."
    )


class HoldDecided(Record):
    """A person of the insurer's answered a review: what was held is let go, dropped, or done otherwise."""

    header: Header
    policy_id: PolicyId = Field(description="The policy that the review is about; `-` where it is about none.")
    review_id: uuid.UUID = Field(description="The review, as `vigie reviews` shows it.")
    answer: str = Field(
        description="`RELEASE` (do what was held as it stands), `DROP` (nothing is owed) or `CORRECT` (the provider, "
        "or a setting, was corrected: decide again).",
        pattern=r"^(RELEASE|DROP|CORRECT)$",
    )
    decided_by: Text = Field(description="Who decided.", min_length=1, json_schema_extra=PII)
    decided_on: Day = Field(description="Day of the answer.")
    why: Text = Field(description="Why, for the file. Not empty.", min_length=1, json_schema_extra=PII)
