"""What stands at the head of every notice, so that a consumer never has to ask the hub anything."""

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field

from schemas.base import PII, Identifier, Instant, Int32, Int64, Language, PolicyId, Record, Text
from schemas.events.policies import Contact, Recipient


class Cause(Record):
    """The record that made the notice owed."""

    topic: str = Field(description="Topic of the record.")
    partition: Int32 = Field(description="Partition of the topic.")
    offset: Int64 = Field(description="Offset in the partition.")
    source: Identifier = Field(description="The provider, `header.source` of the record.")
    event_id: Identifier = Field(description="The provider's id of the event, `header.event_id` of the record.")


class NoticeHeader(Record):
    """The envelope. `notice_id` is derived from what the notice is about: the same notice has the same id for ever."""

    notice_id: uuid.UUID = Field(
        description="UUIDv5 of commitment, case, policy and, for a revision, the correction's reference."
    )
    policy_id: PolicyId
    number: int = Field(
        ge=1, le=2**63 - 1, description="The policy's running number, without gaps: a missing one was missed."
    )
    commitment: int = Field(ge=1, le=35, description="Number of the promise that is kept by this notice.")
    urgency: str = Field(description="`IMMEDIATE` or `INFORMATION`.", pattern=r"^(IMMEDIATE|INFORMATION)$")
    language: Language = Field(description="Language of the texts, the policyholder's: `fr` or `en`.")
    title: Text = Field(
        description="One line in the policyholder's language, for whoever cannot show more.", json_schema_extra=PII
    )
    case_id: uuid.UUID = Field(description="The business case, as one judgment: its notices have the same.")
    revises: uuid.UUID | None = Field(default=None, description="The notice that this one corrects or withdraws.")
    recipients: list[Recipient] = Field(description="Who is to be told, as known when the notice was decided.")
    contact: Contact | None = Field(
        description="The insurer's person for this policy (commitment 22); null where none is named yet."
    )
    disclaimer: Text = Field(description="The policy prevails (commitment 35), in the policyholder's language.")
    cause: Cause = Field(description="The record that made it owed.")
    decided_at: Instant = Field(description="Broker time of the cause: the `now` of the decision.")
    send_until: Instant | None = Field(default=None, description="Not to be sent later than this; null: no limit.")
    today: dt.date = Field(
        description="The date of `decided_at` in Paris: what is called past or to come is so on this day."
    )


Header = Annotated[NoticeHeader, Field(description="The envelope, the same for every kind of notice.")]
"""The header of a notice; it is always the first field."""
