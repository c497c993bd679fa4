"""What stands at the head of every notice, so that a consumer never has to ask the hub anything."""

import datetime as dt
import uuid

from pydantic import Field

from schemas.base import PII, Identifier, Instant, Int32, Int64, Language, Record, Text
from schemas.events.policies import Contact, Recipient


class Cause(Record):
    """The record that made the notice owed."""

    topic: str
    partition: Int32
    offset: Int64
    source: Identifier
    event_id: Identifier


class NoticeHeader(Record):
    """The envelope. `notice_id` is derived from what the notice is about: the same notice has the same id for ever."""

    notice_id: uuid.UUID = Field(
        description="UUIDv5 of commitment, case, policy and, for a revision, the correction's reference."
    )
    policy_id: Identifier
    number: Int64 = Field(ge=1, description="The policy's running number, without gaps: a missing one was missed.")
    commitment: int = Field(ge=1, le=35, description="Number of the promise that is kept by this notice.")
    urgency: str = Field(description="`IMMEDIATE` or `INFORMATION`.", pattern=r"^(IMMEDIATE|INFORMATION)$")
    language: Language
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
    cause: Cause
    decided_at: Instant = Field(description="Broker time of the cause: the `now` of the decision.")
    send_until: Instant | None = Field(default=None, description="Not to be sent later than this; null: no limit.")
    today: dt.date = Field(
        description="The date of `decided_at` in Paris: what is called past or to come is so on this day."
    )
