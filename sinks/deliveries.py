"""What became of each notice: recorded with the sink's own work, then published on `deliveries`.

A sink records a change in the transaction that makes it true. The publisher tells it at least once, in the order in
which the changes were recorded, always under the same event id: a repeat is recognised by it.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import psycopg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from psycopg.rows import TupleRow

from schemas.base import EventHeader
from schemas.codec import encode
from schemas.events.deliveries import DeliveryChanged
from streams.cluster import cluster_of
from streams.commitments.decision import derive
from streams.ledger.queries import load
from streams.notified import notified
from streams.patience import keep_trying
from streams.settings import Settings

Connection: TypeAlias = psycopg.AsyncConnection[TupleRow]
Connect: TypeAlias = Callable[[], Awaitable[Connection]]
"""Opens a connection whose search_path is the sink's own schema."""

DATABASE_AWAY = (
    psycopg.OperationalError,
    # PostgreSQL's answer to a process that was stopped in the middle of a transaction, and goes on.
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
)
AWAY = (*DATABASE_AWAY, KafkaError, OSError)
CHANNEL = "deliveries"
BATCH = 500
SQL = load("sinks", "deliveries.sql")
TABLES = SQL["create_delivery_tables"]
"""For each sink's migration: creates the outbox in the schema that is first in the search_path; idempotent."""


def delivery_changed(
    *,
    channel: str,
    notice_id: uuid.UUID,
    policy_id: str,
    state: str,
    at: dt.datetime,
    recipient_id: str | None = None,
    address: str | None = None,
    detail: str = "",
    template: str | None = None,
    held: str | None = None,
) -> DeliveryChanged:
    """A change under the id that it has for ever: channel, notice, recipient, address and state make it.

    What is `held` is told as deferred, like what a server puts off: the reason makes it another event.
    """
    whom = channel, str(notice_id), recipient_id or "", address or ""
    event_id = derive("delivery", *whom, state, *([] if held is None else [held]))
    header = EventHeader(event_id=str(event_id), source=channel, occurred_at=at, published_at=at)
    return DeliveryChanged(
        header=header, notice_id=notice_id, policy_id=policy_id, channel=channel, recipient_id=recipient_id,
        address=address, state=state, detail=detail, template=template,
    )  # fmt: skip


async def record_delivery(connection: Connection, *changes: DeliveryChanged) -> None:
    """Record the changes in the caller's transaction: they are published if and only if it commits."""
    if not changes:
        return
    rows = [
        {"event_id": change.header.event_id, "policy_id": change.policy_id, "record": encode(change)}
        for change in changes
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(SQL["record"], rows)
        await cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


class DeliveryPublisher:
    """Empties the outbox of one sink into `deliveries`, one process at a time.

    A process that was frozen for longer than its lease may repeat what its successor has published: the same records
    under the same event ids. It can mark nothing: the fence has moved.
    """

    def __init__(self, connect: Connect, settings: Settings, *, lease_s: float = 60.0, poll_s: float = 5.0) -> None:
        """Publish what is found by `connect`; `poll_s` bounds the wait where no NOTIFY comes."""
        self._connect = connect
        self._cluster = cluster_of(settings)
        self._topic = settings.topic_prefix + "deliveries"
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._holder = uuid.uuid4()

    async def run(self) -> None:
        """Publish until cancelled. A broker or database that is away is waited for."""
        await keep_trying(self._session, AWAY, "deliveries")

    async def _session(self) -> None:
        async with await self._connect() as connection:
            await connection.set_autocommit(True)
            await connection.execute(f"LISTEN {CHANNEL}")
            try:
                async with self._producer() as producer:
                    await self._publish(connection, producer)
            finally:  # not before the producer has stopped: nothing of ours is under way then
                if not connection.closed:
                    await connection.execute(SQL["free_lease"], {"holder": self._holder})

    async def _publish(self, connection: Connection, producer: Any) -> None:
        while True:
            if not await self._publish_some(connection, producer):
                await notified(connection, self._poll_s)

    async def _publish_some(self, connection: Connection, producer: Any) -> bool:
        """Publish the next changes and mark them; False if there is nothing to do, or it is somebody else's turn."""
        mine = {"holder": self._holder, "lease_s": self._lease_s}
        lease = await (await connection.execute(SQL["take_lease"], mine)).fetchone()
        if lease is None:
            return False
        rows = await (await connection.execute(SQL["waiting"], {"limit": BATCH})).fetchall()
        await self._send(producer, rows)
        marked = {"ids": [id_ for id_, _, _ in rows], "holder": self._holder, "fence": lease[0]}
        return (await connection.execute(SQL["mark_published"], marked)).rowcount > 0

    async def _send(self, producer: Any, rows: Sequence[tuple[Any, ...]]) -> None:
        sent = [await producer.send(self._topic, bytes(record), policy_id.encode()) for _, policy_id, record in rows]
        await asyncio.gather(*sent)

    @asynccontextmanager
    async def _producer(self) -> Any:
        # A send fails within twice this time: well before the lease ends.
        producer = AIOKafkaProducer(
            **self._cluster.options(),
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=int(self._lease_s * 1000 / 4),
        )
        try:
            await producer.start()
            yield producer
        finally:
            await producer.stop()
