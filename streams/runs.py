"""Runs: consecutive records of one partition, which are committed together."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas.base import EventHeader, Record
from schemas.codec import decode
from schemas.errors import RefusedError

Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(slots=True)
class Received:
    """One record as the broker holds it, and what its bytes say: an event, or why they say nothing."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    raw: bytes | None
    event: Record | None = None
    refusal: RefusedError | None = None
    header: EventHeader = field(init=False)
    """Of the event; only a record that could be read has one."""

    @property
    def broker_at(self) -> dt.datetime:
        """When the broker appended it."""
        return dt.datetime.fromtimestamp(self.timestamp_ms / 1000, dt.UTC)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.topic, self.partition, self.offset

    def read(self) -> "Received":
        """Decode; a record that cannot be becomes one that says so. Never raises."""
        try:
            event: Any = decode(self.raw)
        except RefusedError as error:
            self.refusal = error
        else:
            self.event, self.header = event, event.header
        return self


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive records of one partition, at least one, in order of offset (there may be holes between them)."""

    topic: str
    partition: int
    records: list[Received]
    next_offset: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "next_offset", self.records[-1].offset + 1)

    @property
    def first_offset(self) -> int:
        """Offset of the first record."""
        return self.records[0].offset

    def since(self, offset: int) -> list[Received]:
        """The records from `offset` on."""
        return [r for r in self.records if r.offset >= offset] if self.first_offset < offset else self.records


@dataclass(frozen=True, slots=True)
class Fetched:
    """A run as the broker sent it: it waits its turn as bytes, which are no work for the garbage collector."""

    topic: str
    partition: int
    records: list[Any]

    def read(self) -> Run:
        """The run, its records decoded in order."""
        topic, partition = self.topic, self.partition
        return Run(
            topic,
            partition,
            [Received(topic, partition, r.offset, r.timestamp, r.key, r.value).read() for r in self.records],
        )


def in_runs(records: list[Any], most: int, most_bytes: int) -> Iterator[list[Any]]:
    """Cut `records` into runs of at most `most` records and about `most_bytes` bytes; never an empty one."""
    run: list[Any] = []
    size = 0
    for record in records:
        length = len(record.value or b"")
        if run and (len(run) >= most or size + length > most_bytes):
            yield run
            run, size = [], 0
        run.append(record)
        size += length
    if run:
        yield run
