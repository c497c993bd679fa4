"""What every record shares: frozen, closed, no NUL bytes, times with a zone, personal fields marked."""

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from dataclasses_avroschema import types
from dataclasses_avroschema.pydantic import AvroBaseModel
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, WithJsonSchema, validate_email
from pydantic_core import PydanticCustomError

# PostgreSQL stores no NUL byte in text: refused here, before it gets there.
NO_NUL = r"^[^\x00]*$"
PII: dict[str, Any] = {"pii": True}

Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
"""An id of somebody's: 1 to 200 characters, no NUL byte."""
PolicyId = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=NO_NUL, description="The policy, by the policy administration's id."),
]
"""An identifier of a policy."""
Text = Annotated[str, Field(max_length=100_000, pattern=NO_NUL)]
"""Text for a person: at most 100,000 characters, no NUL byte."""
Sentence = Annotated[str, Field(max_length=10_000, pattern=NO_NUL)]
"""A policy's own sentence, which stands in its notices: at most 10,000 characters, no NUL byte."""
Name = Annotated[str, Field(max_length=1_000, pattern=NO_NUL)]
"""What stands beside it: at most 1,000 characters, no NUL byte."""
BuyerId = Annotated[
    str,
    Field(
        max_length=64,
        pattern=r"^[A-Z]{2}:[0-9A-Za-z]{1,40}$",
        description="The buyer: `<ISO 3166-1 country>:<national number>`, as `FR:345086177`.",
    ),
]
"""``<ISO 3166-1 country>:<national number>``, as ``FR:345086177``."""
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 code of the country, as `FR`.")]
"""ISO 3166-1 alpha-2 code."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of the amounts, as `EUR`.")]
"""ISO 4217 code."""
Language = Annotated[str, Field(pattern=r"^(fr|en)$")]
"""ISO 639-1 code of a language we write: ``fr`` or ``en``."""


@lru_cache(maxsize=65_536)  # the check takes 20 µs, and the same addresses come again in each notice
def _email(value: str) -> str:
    try:
        return validate_email(value)[1]
    except PydanticCustomError:
        raise ValueError("expected an e-mail address") from None  # pydantic's message repeats a part of it


Email = Annotated[str, Field(max_length=320, pattern=r"^[^\x00\s<>]*$"), AfterValidator(_email)]
"""A bare e-mail address, without a name; its domain in lower case."""
Int32 = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""0 to 2³¹ - 1."""
Int64 = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""0 to 2⁶³ - 1: what Avro, Java and PostgreSQL hold."""
FIRST_DAY = dt.date(1600, 1, 1)
"""The first that a record may hold: registers know companies since the 17th century."""
LAST_DAY = dt.date(2199, 12, 31)
"""The last: periods are counted from days, and the calendar ends with 9999. What has no end says null."""


def _said(form: str, first: str, last: str) -> WithJsonSchema:
    """A form and its bounds in words that readers of JSON Schema know (ajv's): pydantic tells no bounds of days."""
    return WithJsonSchema({"type": "string", "format": form, "formatMinimum": first, "formatMaximum": last})


Day = Annotated[dt.date, Field(ge=FIRST_DAY, le=LAST_DAY), _said("date", f"{FIRST_DAY}", f"{LAST_DAY}")]
"""A day of the years 1600 to 2199, as 2026-03-14."""
Instant = Annotated[
    types.DateTimeMicro,
    AwareDatetime,
    Field(
        ge=dt.datetime.combine(FIRST_DAY, dt.time.min, dt.UTC), le=dt.datetime.combine(LAST_DAY, dt.time.max, dt.UTC)
    ),
    _said("date-time", f"{FIRST_DAY}T00:00:00Z", f"{LAST_DAY}T23:59:59.999999Z"),
]
"""UTC instant of those days, microseconds since 1970 on the wire; it needs its zone, as 2026-03-14T08:00:02Z."""
Amount = Annotated[
    Decimal,
    types.DecimalFieldInfo(max_digits=18, decimal_places=3),  # for Avro; pydantic does not look at it
    Field(ge=Decimal(0), max_digits=18, decimal_places=3),
]
"""Unsigned money amount, at most three decimals (TND has three); its currency stands beside it."""
SignedAmount = Annotated[
    Decimal, types.DecimalFieldInfo(max_digits=18, decimal_places=3), Field(max_digits=18, decimal_places=3)
]
"""Money amount as an account sees it: positive is credited, negative is debited."""
Percentage = Annotated[
    Decimal,
    types.DecimalFieldInfo(max_digits=5, decimal_places=2),
    Field(ge=Decimal(0), le=Decimal(100), max_digits=5, decimal_places=2),
]
"""0 to 100, two decimals."""
Days = Annotated[int, Field(ge=0, le=3650)]
"""A number of calendar days, at most ten years."""


class Record(AvroBaseModel):
    """A record of a topic, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    beside_its_content: ClassVar[frozenset[str]] = frozenset()
    """Fields, null where unknown, that say where the event was told: another report of it is no other content."""


class EventHeader(Record):
    """Who says it, under which id, and when it happened."""

    published_at: Instant = Field(description="When the provider published the event. Not part of its content.")
    event_id: Identifier = Field(
        description="The provider's own id: the same id from the same source is the same event."
    )
    source: Identifier = Field(description="The provider's short name, as `bodacc`.")
    occurred_at: Instant = Field(description="Business time of what happened.")


Header = Annotated[
    EventHeader,
    Field(description="Who says it, under which id, and when it happened. The same for every event of every topic."),
]
"""The header of an event; it is always the first field."""
