"""The one way out: what the ledger holds to be sent is sent, in order, by one publisher per partition at a time.

A publisher holds a partition by a lease with a fence. It sends what waits there in the order of the commits, so each
policy's notices in the order of their numbers, and records how far it got. One that was stopped in between, and comes
back when another has taken over, sends no more than the rest of a request that had begun to leave: a repeat.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from psycopg import AsyncConnection

from schemas.errors import UnavailableError
from streams.adoption import entry_id, read_tail
from streams.cluster import Cluster
from streams.ledger.queries import load
from streams.ledger.site import Site
from streams.notified import notified
from streams.patience import heed_cancellation, keep_trying

SQL = load("streams", "outbox.sql")
log = structlog.get_logger()

LEASE = dt.timedelta(seconds=6)
RENEW_S = 2.0
BATCH_BYTES = 262_144
ROWS = 8
"""Commits sent together: each may hold as many notices as one transaction may."""
Row = tuple[Any, ...]
"""A commit in the outbox."""
AWAY = (UnavailableError, psycopg.Error, KafkaError, OSError)


@dataclass(slots=True, eq=False)
class Lane:
    """A partition that we hold."""

    topic: str
    partition: int
    fence: int
    sent: set[str]
    """Ids that the topic held already when we took over: not to be sent again."""
    renewed: float
    end: int = 0
    """Offset behind the last record that the broker acknowledged to us."""


class Publisher:
    """Empties the outbox of one deployment, in those partitions that no other worker holds."""

    def __init__(self, site: Site, connect: Callable[[], Awaitable[AsyncConnection]], cluster: Cluster) -> None:
        """Take a way to open connections, and the cluster; nothing is opened before `run`."""
        self._topics = [site.full(name) for name in site.partitions]
        self._connect, self._cluster = connect, cluster
        self._lanes: dict[tuple[str, int], Lane] = {}
        self._work = asyncio.Event()

    def wake(self) -> None:
        """There is something to send."""
        self._work.set()

    async def run(self) -> None:
        """Publish until cancelled; a broker or ledger that is away is waited for."""
        await keep_trying(self._session, AWAY, "outbox", first_s=0.2, longest_s=5.0)

    async def _session(self) -> None:
        """One connection and one producer, until either breaks."""
        self._lanes.clear()
        connection = await self._connect()
        producer = AIOKafkaProducer(
            **self._cluster.options(),
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=2_000_000,
            request_timeout_ms=20_000,
        )
        listener = None
        try:
            await producer.start()
            listener = asyncio.create_task(self._listen())
            while True:
                await self._claim(connection)
                if not await self._publish(connection, producer, listener):
                    await self._rest(listener)
        finally:
            if listener is not None:
                listener.cancel()
            try:
                await producer.stop()  # first: what it still sends, it sends under our lease
            finally:
                await self._leave(connection)

    def _held(self) -> list[Lane]:
        return list(self._lanes.values())

    async def _rest(self, listener: "asyncio.Task[None]") -> None:
        """Wait for work, at most until the leases want renewing."""
        _heed(listener)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._work.wait(), RENEW_S / 2)
        heed_cancellation()
        self._work.clear()

    async def _listen(self) -> None:
        """Be woken by commits of other workers."""
        async with await self._connect() as connection:
            await connection.execute("LISTEN vigie_outbox")
            while True:
                await notified(connection)
                self.wake()

    async def _claim(self, connection: AsyncConnection) -> None:
        """Renew what we hold, and take what nobody does; look first at what its topic already holds."""
        if not await self._renew(connection) and self._lanes:
            return
        now = time.monotonic()
        claimed = await connection.execute(SQL["claim_lanes"], {"lease": LEASE, "topics": self._topics})
        for topic, partition, fence, published in await claimed.fetchall():
            tail = await read_tail(self._cluster, topic, partition, published)
            sent = {known for record in tail if (known := entry_id(record)) is not None}
            self._lanes[topic, partition] = Lane(topic, partition, fence, sent, now)

    async def _renew(self, connection: AsyncConnection) -> bool:
        """Renew the leases that want it, and let go what another has taken; False if none wanted it."""
        now = time.monotonic()
        stale = [lane for lane in self._held() if now - lane.renewed > RENEW_S]
        for lane in stale:
            renewed = await connection.execute(SQL["renew_lane"], (LEASE, lane.topic, lane.partition, lane.fence))
            if renewed.rowcount:
                lane.renewed = now
            else:
                self._lose(lane)
        return bool(stale)

    async def _publish(
        self, connection: AsyncConnection, producer: AIOKafkaProducer, listener: "asyncio.Task[None]"
    ) -> bool:
        """Send the next commits of each partition, batch by batch, then forget them; False if nothing waits.

        The next batches are handed over once these are acknowledged, and we know that their partitions are still ours:
        nothing lies in the producer that would leave after we were stopped and another took over.
        """
        waiting = await self._waiting(connection)
        parcels = [(lane, _batches(producer, lane, rows)) for lane, rows in waiting]
        for nth in range(max((len(batches) for _, batches in parcels), default=0)):
            _heed(listener)
            await self._renew(connection)
            held = self._held()
            await _send(producer, [(lane, batches[nth]) for lane, batches in parcels if batches[nth:] and lane in held])
        for lane, rows in waiting:
            await self._record(connection, lane, [seq for seq, *_ in rows])
        return bool(waiting)

    async def _waiting(self, connection: AsyncConnection) -> list[tuple[Lane, list[Row]]]:
        """The next commits of each partition where there are any, asked for in one round trip."""
        asked = []
        async with connection.pipeline():
            for lane in self._held():
                cursor = connection.cursor(binary=True)
                await cursor.execute(SQL["read_outbox"], (lane.topic, lane.partition, ROWS))
                asked.append((lane, cursor))
        found = [(lane, await cursor.fetchall()) for lane, cursor in asked]
        return [(lane, rows) for lane, rows in found if rows]

    async def _record(self, connection: AsyncConnection, lane: Lane, seqs: list[int]) -> None:
        """The topic holds these commits: forget them, if the partition is still ours."""
        now = time.monotonic()
        done = {"end": lane.end, "lease": LEASE, "topic": lane.topic, "partition": lane.partition, "fence": lane.fence}
        cleared = await connection.execute(SQL["record_published"], {**done, "seqs": seqs})
        if cleared.rowcount:
            lane.renewed = now
        else:
            self._lose(lane)

    def _lose(self, lane: Lane) -> None:
        if self._lanes.pop((lane.topic, lane.partition), None):
            log.warning("lane lost", topic=lane.topic, partition=lane.partition)

    async def _leave(self, connection: AsyncConnection) -> None:
        """Let the next one begin at once; where that fails, it begins when it finds our session gone."""
        with suppress(psycopg.Error):
            for lane in self._held():
                await connection.execute(SQL["free_lane"], (lane.topic, lane.partition, lane.fence))
        await connection.close()


def _heed(listener: "asyncio.Task[None]") -> None:
    """Raise what ended the listener: the ledger went away."""
    if listener.done():
        listener.result()


def _batches(producer: AIOKafkaProducer, lane: Lane, rows: list[Row]) -> list[Any]:
    """What `rows` hold but for what the topic has."""
    batches: list[Any] = []
    for _, ids, keys, payloads, headers in rows:
        for index, (entry, key, payload) in enumerate(zip(ids, keys, payloads, strict=True)):
            if entry in lane.sent:
                continue
            named = [(name, value.encode()) for name, value in headers[index]] if headers else []
            if not batches or batches[-1].append(key=key, value=payload, timestamp=None, headers=named) is None:
                batches.append(producer.create_batch())
                taken = batches[-1].append(key=key, value=payload, timestamp=None, headers=named)
                assert taken is not None, f"{entry} fits no batch, though the ledger checked its size"
    return batches


async def _send(producer: AIOKafkaProducer, batches: list[tuple[Lane, Any]]) -> None:
    """Have a batch of each partition acknowledged; handed over together, they leave as one request."""
    futures = []
    for lane, batch in batches:
        batch.close()
        futures.append(await producer.send_batch(batch, lane.topic, partition=lane.partition))
    for (lane, batch), placed in zip(batches, await asyncio.gather(*futures), strict=True):
        lane.end = placed.offset + batch.record_count()
