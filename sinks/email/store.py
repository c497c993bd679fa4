"""From `notices` to messages: one for each notice and recipient, in the transaction that moves the position."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from schemas.events.policies import Recipient
from schemas.notices.recipients import RecipientsChanged
from sinks.deliveries import Connection
from sinks.email.addressing import NO_RECIPIENT, is_former
from sinks.repeats import first_of_each
from streams.ledger.queries import load

if TYPE_CHECKING:
    from schemas.notices.header import NoticeHeader
    from sinks.consumer import Notice

SQL = load("sinks.email", "queries.sql")
WAKE = "email"
"""Channel on which the sender is told that there is something to send."""

NOBODY: dict[str, Any] = {"recipient_id": "", "name": "", "address": ""}


async def store(connection: Connection, received: "Sequence[Notice]") -> None:
    """Every notice gets its messages, each once; a list of recipients replaces the one before."""
    new = await _new(connection, received)
    async with connection.cursor() as cursor:
        await cursor.executemany(SQL["keep_notice"], [_notice_row(one) for one in new])
        await cursor.executemany(SQL["address_message"], [row for one in new for row in _message_rows(one.record)])
        for one in new:
            if isinstance(one.record, RecipientsChanged):
                await _take_over(connection, one.record)
        await cursor.execute("SELECT pg_notify(%s, '')", [WAKE])


async def _new(connection: Connection, received: "Sequence[Notice]") -> "list[Notice]":
    """Each notice that is not there yet, once: a repeat would send again to whom somebody else was told for."""
    first = first_of_each(received)
    known = await (await connection.execute(SQL["known"], {"notice_ids": list(first)})).fetchall()
    for (notice_id,) in known:
        del first[notice_id]
    return list(first.values())


async def _take_over(connection: Connection, change: RecipientsChanged) -> None:
    newest = {
        "policy_id": change.header.policy_id,
        "number": change.header.number,
        "recipients": Jsonb([recipient.model_dump(mode="json") for recipient in change.current]),
    }
    await connection.execute(SQL["replace_recipients"], newest)
    nobody = {"policy_id": change.header.policy_id, "no_recipient": NO_RECIPIENT.reason}
    await connection.execute(SQL["look_again"], nobody)


def _notice_row(received: "Notice") -> dict[str, Any]:
    notice: Any = received.record
    header: NoticeHeader = notice.header
    return {
        "notice_id": header.notice_id,
        "policy_id": header.policy_id,
        "number": header.number,
        "kind": type(notice).__name__,
        "revises": header.revises,
        "send_until": header.send_until,
        "record": received.raw,
    }


def _message_rows(notice: Any) -> Iterator[dict[str, Any]]:
    header: NoticeHeader = notice.header
    message = {"notice_id": header.notice_id, "urgent": header.urgency == "IMMEDIATE"}
    told = list(_told(notice))
    for recipient, former in told:
        yield message | {"former": former} | addressee(recipient)
    if not told:
        yield message | {"former": False} | NOBODY


def _told(notice: Any) -> Iterator[tuple[Recipient, bool]]:
    """Who is told, and whether it is because the notice takes them off the list."""
    if isinstance(notice, RecipientsChanged):
        yield from ((recipient, False) for recipient in notice.current)
        yield from ((recipient, True) for recipient in notice.previous if is_former(recipient, notice.current))
        return
    yield from ((one, False) for one in notice.header.recipients if one.wants(type(notice).__name__))


def addressee(recipient: Recipient) -> dict[str, Any]:
    """The recipient as a message names it."""
    return {"recipient_id": recipient.recipient_id, "name": recipient.name, "address": recipient.email}
