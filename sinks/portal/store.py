"""What the portal keeps of the notices: one row for each, once, whatever is repeated."""

import datetime as dt
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from psycopg.types.json import Jsonb

from schemas.base import Record
from schemas.events.deliveries import DeliveryChanged
from schemas.notices.header import NoticeHeader
from sinks.deliveries import Connection, delivery_changed, record_delivery
from sinks.portal.readers import keep_readers
from sinks.repeats import Handed, first_of_each, header
from streams.ledger.queries import load

SQL = load("sinks.portal", "store.sql")
SEARCHED = 300
"""Longer texts are read, not searched."""


class Stored(Handed, Protocol):
    """What the portal keeps of a notice, and the time that it tells."""

    @property
    def broker_at(self) -> dt.datetime:
        """When the broker appended it."""


async def store(connection: Connection, received: Sequence[Stored]) -> None:
    """Take in notices in the caller's transaction; those that are there already change nothing."""
    arrived = first_of_each(received)
    if not arrived:
        return
    notices = [item.record for item in arrived.values()]
    rows = Jsonb([as_row(record) for record in notices])
    stored = await (await connection.execute(SQL["store"], {"rows": rows})).fetchall()
    await keep_readers(connection, notices)
    # Told at the broker's time of the first: a portal that is built anew says the same again, to the byte.
    told = [_accepted(header(arrived[id_].record), arrived[id_].broker_at) for (id_,) in stored]
    await record_delivery(connection, *told)
    if stored:
        await connection.execute(SQL["wake"])


def as_row(record: Record) -> dict[str, Any]:
    """The notice as a row. Who else was told stays out: a reader has no need of it."""
    payload = record.model_dump(mode="json")
    envelope = payload["header"]
    envelope["recipients"] = []
    columns = ("notice_id", "policy_id", "number", "title", "decided_at", "language", "urgency", "revises", "case_id")
    row = {column: envelope[column] for column in columns}
    words = [envelope["policy_id"], envelope["title"], *_texts({**payload, "header": None})]
    return {**row, "kind": type(record).__name__, "payload": payload, "search": searchable(" ".join(words))}


def searchable(text: str) -> str:
    """The text without case and accents, as it is searched."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) <= SEARCHED:
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _accepted(envelope: NoticeHeader, at: dt.datetime) -> DeliveryChanged:
    return delivery_changed(
        channel="portal",
        notice_id=envelope.notice_id,
        policy_id=envelope.policy_id,
        state="accepted",
        at=at,
    )
