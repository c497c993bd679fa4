"""The messages that are to be sent: taken under a lease, frozen, and settled by whoever holds the fence."""

import datetime as dt
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError
from psycopg.rows import namedtuple_row

from schemas.codec import decode
from schemas.errors import RefusedError
from schemas.events.policies import Recipient
from sinks.deliveries import Connection, delivery_changed, record_delivery
from sinks.email.addressing import Envelope, Held, To, Withdrawn, address
from sinks.email.render import Letterhead, render
from sinks.email.store import SQL, addressee
from sinks.smtp import Answer, said
from streams.commitments.deliveries import HELD

CHANNEL = "email"
_UNWRITTEN = (
    *(TemplateError, RefusedError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    AssertionError,  # babel's way to say that something is no date
)
"""What comes of a template that does not fit its notice: filters raise errors of their own."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is ours to send until its lease ends."""

    notice_id: uuid.UUID
    recipient_id: str
    former: bool
    policy_id: str
    address: str
    attempts: int
    """This one included."""
    fence: int
    template: str
    mime: bytes


async def take(
    connection: Connection,
    letterhead: Letterhead,
    now: dt.datetime,
    *,
    limit: int,
    freezing_s: float,
    lease_s: float,
    others: bool,
) -> Sequence[Taken]:
    """The next messages that are due, frozen; what must not be sent is set aside on the way, visibly.

    `others`: also those whose lease has ended, which somebody may have sent and not recorded.
    """
    taken: list[Taken] = []
    until = time.monotonic() + freezing_s
    async with connection.transaction(), connection.cursor(row_factory=namedtuple_row) as cursor:
        for row in await (await cursor.execute(SQL["lock_due"], {"limit": limit, "others": others})).fetchall():
            if taken and time.monotonic() > until:
                break  # the rest stays due
            match address(_envelope(row), now):
                case To() as to:
                    taken += await _lease(connection, row, to, letterhead, now, lease_s)
                case Held(reason):
                    await _hold(connection, row, reason, now)
                case Withdrawn(instead):
                    await _replace(connection, row, instead)
    return taken


async def write_again(connection: Connection) -> None:
    """What could not be written is due again."""
    await connection.execute(SQL["write_again"])


async def settle(connection: Connection, one: Taken, answer: Answer, at: dt.datetime, wait_s: float) -> bool:
    """Record what became of it, and tell it; False where somebody else has taken the message over meanwhile."""
    async with connection.transaction():
        row = _key(one) | {
            "fence": one.fence,
            "state": answer.state,
            "reason": answer.detail,
            "at": at,
            "wait_s": wait_s,
        }
        if (await connection.execute(SQL["settle"], row)).rowcount == 0:
            return False
        change = delivery_changed(
            channel=CHANNEL, notice_id=one.notice_id, policy_id=one.policy_id, recipient_id=one.recipient_id,
            address=one.address, state=answer.state, at=at, detail=answer.detail, template=one.template,
        )  # fmt: skip
        await record_delivery(connection, change)
    return True


async def renew(connection: Connection, one: Taken, lease_s: float) -> None:
    """It is still being sent: nobody else's yet."""
    await connection.execute(SQL["renew_message"], _key(one) | {"fence": one.fence, "lease_s": lease_s})


async def give_back(connection: Connection, taken: Iterable[Taken]) -> None:
    """These were not tried: whoever comes next may take them at once."""
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.executemany(SQL["give_back"], [_key(one) | {"fence": one.fence} for one in taken])


async def say_why_waiting(connection: Connection, reason: str, at: dt.datetime) -> None:
    """The mail server is away: every message that waits for it says so, once."""
    async with connection.transaction():
        rows = await (await connection.execute(SQL["say_why_waiting"], {"reason": reason})).fetchall()
        changes = [
            delivery_changed(
                channel=CHANNEL, notice_id=notice_id, policy_id=policy_id, recipient_id=recipient_id,
                address=to, state="deferred", at=at, detail=reason,
            )
            for notice_id, policy_id, recipient_id, to in rows
        ]  # fmt: skip
        await record_delivery(connection, *changes)


def _key(message: Any) -> dict[str, Any]:
    return {"notice_id": message.notice_id, "recipient_id": message.recipient_id, "former": message.former}


def _envelope(row: Any) -> Envelope:
    is_newer = row.newest_number is not None and row.newest_number > row.number
    return Envelope(
        recipient_id=row.recipient_id,
        former=row.former,
        name=row.name,
        address=row.address,
        kind=row.kind,
        send_until=row.send_until,
        newer=[Recipient.model_validate(one) for one in row.newest] if is_newer else None,
    )


async def _lease(
    connection: Connection, row: Any, to: To, letterhead: Letterhead, now: dt.datetime, lease_s: float
) -> list[Taken]:
    """The message, ours; none where it cannot be written: it waits, with its corrections, for a better template."""
    try:
        template, mime = _freeze(row, to, letterhead, now)
    except _UNWRITTEN as error:
        await _hold(connection, row, said(f"cannot be written: {type(error).__name__}: {error}"), now)
        return []
    frozen = {
        "name": to.name,
        "address": to.address,
        "frozen_on": now.astimezone(letterhead.zone).date(),
        "template": template,
        "mime": mime,
    }
    await connection.execute(SQL["lease_message"], _key(row) | frozen | {"lease_s": lease_s})
    return [Taken(**_key(row), policy_id=row.policy_id, address=to.address, attempts=row.attempts + 1,
                  fence=row.fence + 1, template=template, mime=mime)]  # fmt: skip


def _freeze(row: Any, to: To, letterhead: Letterhead, now: dt.datetime) -> tuple[str, bytes]:
    """A retry repeats the bytes; on another day, or for another address, what is to be said may be another."""
    today = now.astimezone(letterhead.zone).date()
    if row.mime is not None and (row.frozen_on, row.frozen_for) == (today, to.address):
        return row.template, bytes(row.mime)
    mail = render(decode(bytes(row.record)), to, row.recipient_id, letterhead, now, former=row.former)
    return mail.template, mail.mime


async def _hold(connection: Connection, row: Any, reason: str, now: dt.datetime) -> None:
    await connection.execute(SQL["set_aside"], _key(row) | {"state": "held", "reason": reason})
    change = delivery_changed(
        channel=CHANNEL, notice_id=row.notice_id, policy_id=row.policy_id, recipient_id=row.recipient_id or None,
        address=row.address or None, state="deferred", at=now, detail=f"{HELD}{reason}", held=reason,
    )  # fmt: skip
    await record_delivery(connection, change)


async def _replace(connection: Connection, row: Any, instead: Sequence[Recipient]) -> None:
    aside = {"state": "withdrawn", "reason": "no longer a recipient"}
    await connection.execute(SQL["set_aside"], _key(row) | aside)
    message = {"notice_id": row.notice_id, "former": False, "urgent": row.urgent}
    async with connection.cursor() as cursor:
        await cursor.executemany(SQL["address_message"], [message | addressee(recipient) for recipient in instead])
