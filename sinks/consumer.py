"""A sink's consumer of `notices`: the same runs and the same kind of position as the hub's, in the sink's own store."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import psycopg
import structlog
from psycopg import AsyncConnection

from schemas.base import Record
from schemas.catalog import TOPICS
from schemas.errors import RefusedError, UnavailableError
from streams.ledger.errors import Fault, GapError, fault_of
from streams.ledger.gaps import Gaps, Seek
from streams.ledger.positions import Position, check_moved, move
from streams.ledger.queries import SQL
from streams.patience import backoff_s, pause
from streams.runs import Received, Run

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Notice:
    """One record of `notices`, decoded."""

    record: Record
    raw: bytes
    topic: str
    partition: int
    offset: int
    broker_at: dt.datetime
    """When the broker appended it."""


class Sink(Protocol):
    """What a sink is to its consumer."""

    name: str
    """Schema of its tables, and the end of its consumer group's name."""

    async def migrate(self, connection: AsyncConnection) -> None:
        """Make the tables; nothing where they are there."""

    async def store(self, connection: AsyncConnection, received: Sequence[Notice]) -> None:
        """Take in notices, in the transaction that moves the position."""

    def tasks(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What runs beside the consumer until it is cancelled."""


class SinkConsumer:
    """Applies runs of notices to one sink's store, each exactly once."""

    def __init__(self, sink: Sink, group: str, connect: Callable[[], Awaitable[AsyncConnection]], seek: Seek) -> None:
        """Take the sink, its consumer group, what opens connections to its schema, and what reads a partition again."""
        self._sink, self._group, self._connect = sink, group, connect
        self._gaps = Gaps(seek)
        self._connection: AsyncConnection | None = None

    async def apply(self, run: Run) -> bool:
        """Store a run; waits while the store is away. False: what is missing before it is being read."""
        failures = 0
        while True:
            try:
                await self._store(run)
            except GapError as gap:
                await self._gaps.read_again(gap)
                return False
            except (psycopg.Error, UnavailableError, OSError) as error:
                if fault_of(error) is not Fault.NOBODYS:
                    raise
                failures += 1
                await self.close()
                await pause(backoff_s(failures, first_s=0.1, longest_s=5.0), f"store of {self._sink.name}", error)
            else:
                self._gaps.closed(run)
                return True

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _store(self, run: Run) -> None:
        if self._connection is None:
            self._connection = await self._connect()
        async with self._connection.transaction():
            place = (self._group, run.topic, run.partition)
            row = await (await self._connection.execute(SQL["lock_position"], place)).fetchone()
            if row is None:
                raise UnavailableError(
                    f"no position yet for {run.topic}/{run.partition}: it is opened when it is assigned"
                )
            position = Position(*row)
            self._gaps.refuse(run, position.next_offset)
            records = run.since(position.next_offset)
            if records:
                await self._sink.store(self._connection, [n for n in map(as_notice, records) if n is not None])
                at = records[-1].broker_at
                check_moved(await move(self._connection, self._group, run, position, run.next_offset, None, at), run)


def as_notice(received: Received) -> Notice | None:
    """The notice of a record; None, and a loud word, for what the hub cannot have written.

    Raises:
        UnavailableError: its schema is newer than this sink: it is not to be passed over.
    """
    refusal = received.refusal or _misfit(received.event)
    if refusal is None:
        assert received.event is not None
        return Notice(
            received.event, received.raw or b"", received.topic, received.partition, received.offset, received.broker_at
        )
    at = f"{received.topic}/{received.partition} @ {received.offset}"
    if refusal.reason == "unknown_schema_id":
        raise UnavailableError(f"{at}: {refusal.detail}. This sink is older than the hub: bring it up to date")
    log.error("not a notice", place=at, reason=refusal.reason, detail=refusal.detail)
    return None


def _misfit(record: Record | None) -> RefusedError | None:
    if type(record) in TOPICS["notices"].records:
        return None
    return RefusedError("wrong_topic", f"{type(record).__name__} does not belong on notices")
