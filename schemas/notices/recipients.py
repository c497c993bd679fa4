"""Notices about who is told (commitment 27)."""

from pydantic import Field

from schemas.base import Record
from schemas.events.policies import Recipient
from schemas.notices.header import Header


class RecipientsChanged(Record):
    """The list of recipients was replaced. Whoever sends later than this uses the new list."""

    header: Header
    previous: list[Recipient] = Field(description="Who was to be told before.")
    current: list[Recipient] = Field(description="Who is to be told from now on.")
