"""The ways to the partitions: those who send at once to the same one share its batches."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from connectors.intake.reading import Event
from connectors.intake.receipts import Place

ACKNOWLEDGED_S = 10.0
"""Seconds in which the broker acknowledges, or is away."""

Taken = dict[bytes, tuple[Event, Place]]
"""What the broker took of a request, by the events' keys, and where it put it."""


class Lanes:
    """Those of one producer."""

    def __init__(self, producer: Any) -> None:
        """Take a producer that is connected."""
        self.producer = producer
        self._lanes: dict[tuple[str, int], Lane] = {}

    def to(self, topic: str, partition: int) -> "Lane":
        """The only one to a partition."""
        return self._lanes.setdefault((topic, partition), Lane(self.producer, topic, partition))


class Lane:
    """The way to one partition: each batch after the one before is acknowledged, none after one that is not.

    So order survives failure. Handed to aiokafka one by each request, batches would fail without one: it takes the time
    since a request came off its patience whenever another's batch leaves, all of it each time, and with sixty waiting
    gives up after a sixth of a second.
    """

    def __init__(self, producer: Any, topic: str, partition: int) -> None:
        """Take where it leads."""
        self._producer, self._topic, self._partition = producer, topic, partition
        self._waiting: deque[tuple[Event, Taken]] = deque()
        self._turn = asyncio.Lock()
        self._broken = False

    async def send(self, events: Sequence[Event], taken: Taken) -> None:
        """Send events in their order, behind those that wait, and enter into ``taken`` what the broker took."""
        self._waiting.extend((event, taken) for event in events)
        async with self._turn:
            while events[-1].event_key not in taken:  # else they left with somebody else's
                await self._send_batch()

    async def _send_batch(self) -> None:
        """Send what waits, as far as a batch holds it, whoever's it is."""
        if self._broken:
            raise ConnectionError("the batch before was not acknowledged")
        batch, loaded = self._producer.create_batch(), []
        while self._waiting and _appended(batch, self._waiting[0][0]):
            loaded.append(self._waiting.popleft())
        self._broken = True  # unless it is acknowledged
        async with asyncio.timeout(ACKNOWLEDGED_S):
            placed = await (await self._producer.send_batch(batch, self._topic, partition=self._partition))
        self._broken = False
        for index, (event, taken) in enumerate(loaded):
            taken[event.event_key] = (event, (self._partition, placed.offset + index))


def _appended(batch: Any, event: Event) -> bool:
    return batch.append(timestamp=None, key=event.key, value=event.raw) is not None
