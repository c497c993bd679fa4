"""The one way out: what the ledger holds to be sent is sent, in order, by one publisher per partition at a time.

A publisher holds a partition by a lease with a fence. It sends what waits there in the order of the commits, so each
policy's notices in the order of their numbers, and records how far it got. A publisher that was stopped in between may
send again what its successor has sent: the same notices under the same ids.
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
from streams.ledger.queries import SQL
from streams.ledger.site import Site
from streams.patience import heed_cancellation, keep_trying

log = structlog.get_logger()

LEASE = dt.timedelta(seconds=6)
RENEW_S = 2.0
BATCH_BYTES = 262_144
ROWS = 8
"""Commits sent together: each may hold as many notices as one transaction may."""
AWAY = (UnavailableError, psycopg.Error, KafkaError, OSError)


@dataclass(slots=True)
class Lane:
    """A partition that we hold."""

    topic: str
    partition: int
    fence: int
    sent: set[str]
    """Ids that the topic held already when we took over: not to be sent again."""
    renewed: float


class Publisher:
    """Empties the outbox of one deployment, in those partitions that no other worker holds."""

    def __init__(self, site: Site, connect: Callable[[], Awaitable[AsyncConnection]], bootstrap: str) -> None:
        """Take a way to open connections and the bootstrap servers; nothing is opened before `run`."""
        self._topics = [site.full(name) for name in site.partitions]
        self._connect, self._bootstrap = connect, bootstrap
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
            bootstrap_servers=self._bootstrap.split(","),
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
                sent = await asyncio.gather(*(self._publish(connection, producer, lane) for lane in self._held()))
                if not any(sent):
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
        if listener.done():
            listener.result()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._work.wait(), RENEW_S / 2)
        heed_cancellation()
        self._work.clear()

    async def _listen(self) -> None:
        """Be woken by commits of other workers."""
        async with await self._connect() as connection:
            await connection.execute("LISTEN vigie_outbox")
            async for _ in connection.notifies():
                self.wake()

    async def _claim(self, connection: AsyncConnection) -> None:
        """Renew what we hold, and take what nobody does; look first at what its topic already holds."""
        now = time.monotonic()
        stale = [lane for lane in self._held() if now - lane.renewed > RENEW_S]
        if self._lanes and not stale:
            return
        for lane in stale:
            renewed = await connection.execute(SQL["renew_lane"], (LEASE, lane.topic, lane.partition, lane.fence))
            if renewed.rowcount:
                lane.renewed = now
            else:
                self._lose(lane)
        claimed = await connection.execute(SQL["claim_lanes"], {"lease": LEASE, "topics": self._topics})
        for topic, partition, fence, published in await claimed.fetchall():
            tail = await read_tail(self._bootstrap, topic, partition, published)
            sent = {known for record in tail if (known := entry_id(record)) is not None}
            self._lanes[topic, partition] = Lane(topic, partition, fence, sent, now)

    async def _publish(self, connection: AsyncConnection, producer: AIOKafkaProducer, lane: Lane) -> bool:
        """Send the next commits of a partition, then forget them; False if nothing waits there."""
        rows = await self._waiting(connection, lane)
        if not rows:
            return False
        if time.monotonic() - lane.renewed > LEASE.total_seconds() / 2:
            # We were held up: whether the lane is still ours is the ledger's to say.
            lane.renewed = 0
            return False
        end = await _send(producer, lane, rows)
        done = {"end": end, "lease": LEASE, "topic": lane.topic, "partition": lane.partition, "fence": lane.fence}
        cleared = await connection.execute(SQL["record_published"], {**done, "seqs": [row[0] for row in rows]})
        if not cleared.rowcount:
            self._lose(lane)
        lane.renewed = time.monotonic()
        return True

    async def _waiting(self, connection: AsyncConnection, lane: Lane) -> list[tuple[Any, ...]]:
        cursor = connection.cursor(binary=True)
        await cursor.execute(SQL["read_outbox"], (lane.topic, lane.partition, ROWS))
        return await cursor.fetchall()

    def _lose(self, lane: Lane) -> None:
        log.warning("lane lost", topic=lane.topic, partition=lane.partition)
        self._lanes.pop((lane.topic, lane.partition), None)

    async def _leave(self, connection: AsyncConnection) -> None:
        """Let the next one begin at once; where that fails, it begins when it finds our session gone."""
        with suppress(psycopg.Error):
            for lane in self._held():
                await connection.execute(SQL["free_lane"], (lane.topic, lane.partition, lane.fence))
        await connection.close()


async def _send(producer: AIOKafkaProducer, lane: Lane, rows: list[tuple[Any, ...]]) -> int:
    """Send what `rows` hold but for what the topic has; returns the offset behind the last acknowledged, 0 for none."""
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
    acknowledged = []
    for batch in batches:
        count = batch.record_count()
        batch.close()
        acknowledged.append((await producer.send_batch(batch, lane.topic, partition=lane.partition), count))
    return max([(await future).offset + count for future, count in acknowledged], default=0)
