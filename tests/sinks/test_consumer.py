"""A sink takes in each notice exactly once, in the transaction that moves its position."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from schemas.codec import encode
from schemas.notices.header import Cause
from schemas.notices.recipients import RecipientsChanged
from sinks.consumer import Notice, SinkConsumer, as_notice
from streams.commitments.decision import Owed
from streams.commitments.envelope import seal
from streams.ledger.connection import connect, open_schema
from streams.ledger.positions import Extent, start_of
from streams.runs import Run
from tests.builders import NOW, POLICY, a_judgment, a_policy, a_recipient
from tests.streams.ledger.bench import SITE, Log, Seeks, seen

GROUP = "hub-shelf"


def a_notice(number: int = 1) -> RecipientsChanged:
    """A notice of the policy, told apart by its number."""
    cause = Cause(topic="policies", partition=0, offset=number, source="policies", event_id=f"E-{number}")
    fields = {"previous": [], "current": [a_recipient()]}
    owed = Owed(uuid.UUID(int=number), RecipientsChanged, 27, POLICY, uuid.UUID(int=0), fields)
    return seal(owed, a_policy(), number, cause, now=NOW, zone=SITE.zone)


class Shelf:
    """A small real sink: it writes each notice's number down, and may be away or ill."""

    name = "shelf"

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)

    async def migrate(self, connection: AsyncConnection) -> None:
        await open_schema(connection, self.name)
        # No key: what is stored twice is there twice.
        await connection.execute("CREATE TABLE IF NOT EXISTS shelf.notice (number bigint, place bigint)")

    async def store(self, connection: AsyncConnection, received: Sequence[Notice]) -> None:
        for notice in received:
            header = notice.record.header
            await connection.execute("INSERT INTO notice VALUES (%s, %s)", (header.number, notice.offset))
        if self.failures:
            raise self.failures.pop(0)

    def tasks(self) -> Sequence[Callable[[], Awaitable[None]]]:
        return ()


class Store:
    """The sink's schema, a log of `notices`, and consumers over both."""

    def __init__(self, uri: str) -> None:
        self.uri, self.log, self.seek = uri, Log("notices"), Seeks()
        asyncio.run(self._make())

    async def _make(self) -> None:
        async with await self.connect() as connection:
            await Shelf().migrate(connection)
            await start_of(connection, GROUP, seen({("notices", 0): Extent("id", 1, 0, 0)}), {("notices", 0)})

    async def connect(self) -> AsyncConnection:
        return await connect(self.uri, schema="shelf")

    def apply(self, *runs: Run, sink: Shelf | None = None) -> list[bool]:
        """Apply runs one after the other by a process that has just started."""
        return asyncio.run(self._apply(runs, sink or Shelf()))

    async def _apply(self, runs: tuple[Run, ...], sink: Shelf) -> list[bool]:
        consumer = SinkConsumer(sink, GROUP, self.connect, self.seek)
        try:
            return [await consumer.apply(run) for run in runs]
        finally:
            await consumer.close()

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.uri, options="-c search_path=shelf") as connection:
            return connection.execute(query).fetchall()

    def kept(self) -> list[int]:
        return [number for (number,) in self.rows("SELECT number FROM notice ORDER BY 1")]

    def position(self) -> int:
        return int(self.rows("SELECT next_offset FROM position")[0][0])


@pytest.fixture
def store(postgres: str) -> Store:
    """A store that has just been given the topic's one partition."""
    return Store(postgres)


def test_each_notice_is_stored_once(store: Store) -> None:
    """Runs delivered again, whole or in part, are stored from the position on."""
    store.log.append(*(a_notice(n) for n in range(1, 6)))
    log = store.log
    assert store.apply(log.run(0, 3), log.run(0, 3), log.run(1, 4), log.run(0, 5)) == [True] * 4
    assert (store.kept(), store.position()) == ([1, 2, 3, 4, 5], 5)


def test_a_notice_comes_whole(store: Store) -> None:
    """The sink gets the record, its bytes and its place."""
    received = store.log.append(a_notice()).records[0]
    notice = as_notice(received)
    assert notice is not None
    assert (notice.record, notice.raw, notice.topic, notice.partition, notice.offset) == (
        a_notice(), encode(a_notice()), "notices", 0, 0,
    )  # fmt: skip


def test_a_store_that_is_away_is_waited_for(store: Store) -> None:
    """What the sink had written when its store went away is rolled back, and written once when it is back."""
    run = store.log.append(a_notice(1), a_notice(2))
    gone = psycopg.OperationalError("gone"), psycopg.errors.SerializationFailure("met")
    assert store.apply(run, sink=Shelf(*gone)) == [True]
    assert store.kept() == [1, 2]


def test_a_bug_of_the_sink_stops_it(store: Store) -> None:
    """An error that waiting does not help comes out, and nothing of the run is stored."""
    run = store.log.append(a_notice())
    with pytest.raises(psycopg.errors.UniqueViolation):
        store.apply(run, sink=Shelf(psycopg.errors.UniqueViolation("twice")))
    with pytest.raises(ZeroDivisionError):
        store.apply(run, sink=Shelf(ZeroDivisionError()))
    assert (store.kept(), store.position()) == ([], 0)


def test_two_processes_with_one_run_store_it_once(store: Store) -> None:
    """The fence: of two consumers that apply the same run at the same moment exactly one stores it."""

    async def scene() -> None:
        consumers = [SinkConsumer(Shelf(), GROUP, store.connect, store.seek) for _ in range(2)]
        for n in range(10):
            store.log.append(a_notice(n + 1))
            await asyncio.gather(*(consumer.apply(store.log.run(n)) for consumer in consumers))
        for consumer in consumers:
            await consumer.close()

    asyncio.run(scene())
    assert store.kept() == [*range(1, 11)]


def test_a_gap_is_read_again_then_believed(store: Store) -> None:
    """As in the hub: the partition is read again from the position; what comes first then is believed."""
    store.log.append(*(a_notice(n) for n in range(1, 5)))
    log = store.log
    assert store.apply(log.run(2, 3), log.run(3, 4), log.run(2, 3), log.run(3, 4)) == [False, False, True, True]
    assert store.seek.asked == [("notices", 0, 0)]
    assert store.kept() == [3, 4]


def test_what_is_no_notice_is_passed_over(store: Store) -> None:
    """Bytes that the hub cannot have written, and events on the wrong topic, change nothing, and stop nothing."""
    log = store.log
    runs = [log.put(b"P", b"garbage"), log.put(b"P", None), log.append(a_judgment()), log.append(a_notice())]
    store.apply(*runs)
    assert (store.kept(), store.position()) == ([1], 4)


def test_a_notice_of_a_newer_hub_is_not_passed_over(store: Store) -> None:
    """An unknown schema waits for a newer sink: the position stays, and nothing behind it is stored."""
    log = store.log
    log.append(a_notice(1))
    log.put(POLICY.encode(), b"\x00\x7f\xff\xff\xff" + b"newer")
    log.append(a_notice(2))

    async def scene() -> None:
        async with asyncio.timeout(0.5):
            await store._apply((log.run(),), Shelf())

    with pytest.raises(TimeoutError):
        asyncio.run(scene())
    assert (store.kept(), store.position()) == ([], 0)


def test_a_run_without_a_position_waits(store: Store) -> None:
    """A partition that was never assigned has no position: nothing of it is stored."""
    run = Log("notices", 7).append(a_notice())

    async def scene() -> None:
        async with asyncio.timeout(0.5):
            await store._apply((run,), Shelf())

    with pytest.raises(TimeoutError):
        asyncio.run(scene())
    assert store.kept() == []
