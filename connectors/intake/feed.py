"""The intake's way to the topics: whole batches, acknowledged by all in-sync replicas, in the order given."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from connectors.intake.lanes import ACKNOWLEDGED_S, Lanes, Taken
from connectors.intake.reading import Event
from schemas.errors import UnavailableError
from streams.cluster import Cluster
from streams.ledger.identity import partition_of

_CONNECTED_S = 5.0
_BATCH_BYTES = 1_040_000
"""Topics take 1 MiB a batch; any record that we take fits."""


class Feed:
    """One producer, made anew after each failure: the numbers of an idempotent one have a gap then."""

    def __init__(self, cluster: Cluster, topic_prefix: str) -> None:
        """Take the cluster; nothing is opened yet."""
        self._cluster = cluster
        self._prefix = topic_prefix
        self._lanes: Lanes | None = None
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Be connected.

        Raises:
            UnavailableError: no broker answers.
        """
        await self._opened()

    async def check(self) -> None:
        """Be answered by a broker now; a connection of before says nothing of that.

        Raises:
            UnavailableError: none answers.
        """
        lanes = await self._opened()
        try:
            async with asyncio.timeout(_CONNECTED_S):
                await lanes.producer.client.fetch_all_metadata()
        except (KafkaError, OSError, TimeoutError) as error:
            raise self._away(repr(error)) from error

    async def send(self, events: Sequence[Event]) -> tuple[Taken, Exception | None]:
        """Send events of one topic, those of a key in their order: what the broker took, and why not all of it."""
        lanes = await self._opened()
        topic = self._prefix + events[0].topic
        try:
            async with asyncio.timeout(ACKNOWLEDGED_S):
                partitions = len(await lanes.producer.partitions_for(topic))
        except (KafkaError, OSError, TimeoutError) as error:
            self._discard(lanes)
            raise self._away(f"topic {topic}: {error!r}") from error
        due = sorted(((partition_of(event.key, partitions), event) for event in events), key=lambda pair: pair[0])
        taken: Taken = {}
        sending = [
            lanes.to(topic, partition).send([event for _, event in lane], taken)
            for partition, lane in groupby(due, key=lambda pair: pair[0])
        ]
        ended = await asyncio.gather(*sending, return_exceptions=True)
        failure = next((error for error in ended if error is not None), None)
        if failure is None:
            return taken, None
        self._discard(lanes)
        if not isinstance(failure, KafkaError | OSError | TimeoutError):
            raise failure
        return taken, self._away(f"topic {topic}: {failure!r}")

    async def close(self) -> None:
        """Let go of the broker."""
        if self._lanes is not None:
            self._discard(self._lanes)
        if self._closing:
            await asyncio.wait(self._closing)

    async def _opened(self) -> Lanes:
        """Those of a connected producer; who waits for it waits no longer for being one of many."""
        try:
            async with asyncio.timeout(_CONNECTED_S), self._opening:
                self._lanes = self._lanes or Lanes(await self._started())
                return self._lanes
        except (KafkaError, OSError, TimeoutError) as error:
            raise self._away(repr(error)) from error

    async def _started(self) -> Any:
        producer = AIOKafkaProducer(
            **self._cluster.options(),
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=int(ACKNOWLEDGED_S * 1000 / 2),
            max_batch_size=_BATCH_BYTES,
        )
        try:
            await producer.start()
        except BaseException:
            self._stop(producer)
            raise
        return producer

    def _discard(self, lanes: Lanes) -> None:
        if self._lanes is lanes:
            self._lanes = None
            self._stop(lanes.producer)

    def _stop(self, producer: Any) -> None:
        closing = asyncio.create_task(_stop(producer))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _away(self, why: str) -> UnavailableError:
        return UnavailableError(f"Kafka at {self._cluster} did not take the events ({why})")


async def _stop(producer: Any) -> None:
    """Its end, which waits for a broker that may never come back: not longer than this."""
    with suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(_CONNECTED_S):
            await producer.stop()
