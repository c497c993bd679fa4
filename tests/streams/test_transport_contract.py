"""What the transport relies on in Faust and aiokafka: one test per part that is not public.

When one of these fails after an upgrade, the override that it names has lost its meaning. It is not the test's fault.
"""

import asyncio
import inspect
import itertools
import tomllib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiokafka
import faust
import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED
from confluent_kafka import Consumer as ForeignConsumer
from confluent_kafka import Producer, TopicPartition
from faust.transport import consumer as upstream
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams import agents
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from streams.runs import Run
from streams.transport import RunConsumer, RunConsumerThread, faust_app

PINNED = ("faust-streaming", "mode-streaming", "aiokafka")
_numbers = itertools.count(1)


@pytest.mark.parametrize("package", PINNED)
def test_the_versions_are_pinned(package: str) -> None:
    """What has private parts overridden is pinned exactly, and that version is installed."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert f"{package}=={version(package)}" in project["dependencies"]


def test_the_consumer_still_asks_for_each_override() -> None:
    """The parts of Faust that call what we override call it still, and as we answer it."""
    draining = inspect.getsource(upstream.Consumer._drain_messages)
    assert "getmany = self.getmany" in draining
    assert "ait = cast(AsyncIterator, getmany(timeout=1.0))" in draining
    assert "get_read_offset = self._read_offset.__getitem__" in draining
    assert "if r_offset is None or offset >= r_offset:" in draining
    assert "await self._add_gap(tp, r_offset + 1, offset)" in draining
    assert "offset = self._new_offset(tp)" in inspect.getsource(upstream.Consumer._filter_committable_offsets)
    assert "await self.seek_to_committed()" in inspect.getsource(upstream.Consumer.perform_seek)
    assert "self._thread = self._new_consumer_thread()" in inspect.getsource(upstream.ThreadDelegateConsumer.__init__)
    assert "self._create_worker_consumer(transport)" in inspect.getsource(
        driver.AIOKafkaConsumerThread._create_consumer
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (RunConsumer.getmany, upstream.Consumer.getmany),
        (RunConsumer._add_gap, upstream.Consumer._add_gap),
        (RunConsumer._new_offset, upstream.Consumer._new_offset),
        (RunConsumer.seek_to_committed, upstream.ThreadDelegateConsumer.seek_to_committed),
        (RunConsumer._new_consumer_thread, driver.Consumer._new_consumer_thread),
        (RunConsumerThread._create_worker_consumer, driver.AIOKafkaConsumerThread._create_worker_consumer),
    ],
)
def test_each_override_takes_what_it_is_given(ours: Callable[..., Any], theirs: Callable[..., Any]) -> None:
    """The arguments are the same by name and order."""
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


@asynccontextmanager
async def a_consumer(kind: type[upstream.Consumer] = RunConsumer) -> AsyncIterator[Any]:
    """A consumer that has not been started: none of its own parts needs a broker."""
    app = faust_app("contract", Cluster("127.0.0.1:9"), _nowhere, run_records=3, run_bytes=1000)
    app.transport.Consumer = kind
    yield app.consumer
    app.consumer._thread.thread_loop.close()


async def _nowhere(_: set[TP]) -> Mapping[TP, int]:
    return {}


def committable(kind: type[upstream.Consumer], *acked: int) -> tuple[dict[TP, int], int]:
    """What a consumer would commit, and how much of what was acknowledged it still remembers then."""
    tp = TP("t", 0)

    async def scene() -> tuple[dict[TP, int], int]:
        async with a_consumer(kind) as consumer:
            consumer._acked[tp] += acked
            consumer._acked_index[tp].update(acked)
            return consumer._filter_committable_offsets([tp]), len(consumer._acked_index[tp])

    return asyncio.run(scene())


def test_a_run_acknowledges_every_record_before_it() -> None:
    """`_new_offset`: ours commits past the last run and forgets the rest; Faust's own would wait for the holes."""
    assert committable(RunConsumer, 4, 9) == ({TP("t", 0): 10}, 0)
    assert committable(RunConsumer) == ({}, 0)
    assert committable(driver.Consumer, 4, 9) == ({TP("t", 0): 5}, 1)


@pytest.mark.parametrize(("kind", "offset"), [(RunConsumer, None), (driver.Consumer, 7)])
def test_what_was_read_before_may_be_read_again(kind: type[upstream.Consumer], offset: int | None) -> None:
    """`_read_offset`: Faust's own remembers where it was, and would pass over what comes again after a seek back."""

    async def scene() -> None:
        async with a_consumer(kind) as consumer:
            assert isinstance(consumer._read_offset, defaultdict)
            consumer._read_offset[TP("t", 0)] = 7
            assert consumer._read_offset[TP("t", 0)] == offset

    asyncio.run(scene())


@pytest.mark.parametrize(("kind", "gaps"), [(RunConsumer, 0), (driver.Consumer, 1)])
def test_holes_are_not_remembered(kind: type[upstream.Consumer], gaps: int) -> None:
    """`_add_gap`: Faust's own would keep each hole of the log in memory, for `_new_offset`."""

    async def scene() -> None:
        async with a_consumer(kind) as consumer:
            await consumer._add_gap(TP("t", 0), 1, 5)
            assert len(consumer._gap[TP("t", 0)]) == gaps

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("kind", "isolation"),
    [(RunConsumerThread, "read_committed"), (driver.AIOKafkaConsumerThread, "read_uncommitted")],
)
def test_only_committed_records_are_asked_for(kind: type[Any], isolation: str) -> None:
    """`_create_worker_consumer`: without ours Faust reads what transactions have not committed, and may abort."""

    async def scene() -> None:
        async with a_consumer() as consumer:
            thread = kind(consumer)
            created = thread._create_worker_consumer(consumer.transport)
            await created.stop()
            thread.thread_loop.close()
            assert created._isolation_level == isolation

    asyncio.run(scene())


def test_aiokafka_fetches_with_the_isolation_it_holds() -> None:
    """`_isolation_level` is read when the consumer starts, and handed to the fetcher."""
    assert "isolation_level=self._isolation_level" in inspect.getsource(aiokafka.AIOKafkaConsumer.start)
    assert READ_COMMITTED == 1


class Applied:
    """Takes in runs; while it has refusals left, it does with a run what a gap does, and has it read again."""

    def __init__(self, refusals: int = 0) -> None:
        self.runs: list[Run] = []
        self.app: faust.App | None = None
        self._refusals = refusals

    async def apply(self, run: Run) -> bool:
        self.runs.append(run)
        if not self._refusals:
            return True
        self._refusals -= 1
        await self.app.consumer.seek(TP(run.topic, run.partition), 0)
        return False

    def offsets(self) -> list[int]:
        return [record.offset for run in self.runs for record in run.records]


@pytest.fixture
def topic(kafka: str) -> str:
    name = f"contract{next(_numbers)}"
    ensure_topics(Cluster(kafka), {name: 1})
    return name


def produce(kafka: str, topic: str, *steps: str) -> None:
    """Three records a step, of that name; `commit` and `abort` in a transaction, which takes one more offset."""
    for step in steps:
        settings = {"transactional.id": f"{topic}-{step}"} if step != "three" else {}
        producer = Producer({"bootstrap.servers": kafka, **settings})
        if settings:
            producer.init_transactions(30)
            producer.begin_transaction()
        for n in range(3):
            producer.produce(topic, f"{step} {n}".encode(), b"FR:1")
        producer.flush(30)
        if step == "commit":
            producer.commit_transaction(30)
        if step == "abort":
            producer.abort_transaction(30)


@asynccontextmanager
async def running(app: faust.App) -> AsyncIterator[None]:
    await app.start()
    try:
        yield
    finally:
        await app.stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - Faust tells nobody
            await asyncio.sleep(0.02)


def committed(kafka: str, group: str, topic: str) -> int:
    """Kafka's own committed offset, by a client that is not ours."""
    consumer = ForeignConsumer({"bootstrap.servers": kafka, "group.id": group})
    try:
        return int(consumer.committed([TopicPartition(topic, 0)], 10)[0].offset)
    finally:
        consumer.close()


def play(kafka: str, topic: str, applied: Applied, done: Callable[[], bool], start: int = 0) -> None:
    """Run an application on the topic until it is done; it tells Kafka how far it got when it stops."""

    async def start_of(assigned: set[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(assigned, start)

    async def scene() -> None:
        applied.app = faust_app(f"{topic}-group", Cluster(kafka), start_of, run_records=2, run_bytes=1000)
        agents.register(applied.app, [topic], lambda: applied)
        async with running(applied.app):
            await until(done)

    asyncio.run(scene())


def test_runs_on_a_real_broker(kafka: str, topic: str) -> None:
    """Bounded runs of committed records only, from where the ledger says, past holes; and Kafka is told how far."""
    produce(kafka, topic, "three", "abort", "commit", "three")
    applied = Applied()
    play(kafka, topic, applied, lambda: 13 in applied.offsets(), start=1)
    # 0-2 plain, 3-5 aborted, 6 their marker, 7-9 committed, 10 their marker, 11-13 plain.
    assert applied.offsets() == [1, 2, 7, 8, 9, 11, 12, 13]
    assert max(len(run.records) for run in applied.runs) == 2
    values = [record.raw for run in applied.runs for record in run.records if record.raw]
    assert Counter(value.split()[0] for value in values) == {b"three": 5, b"commit": 3}
    assert committed(kafka, f"{topic}-group", topic) == 14
    # What Kafka was told decides nothing: the ledger may stand elsewhere, as after a restore.
    again = Applied()
    play(kafka, topic, again, lambda: 13 in again.offsets(), start=8)
    assert again.offsets() == [8, 9, 11, 12, 13]


def test_a_partition_is_read_again(kafka: str, topic: str) -> None:
    """After a seek back the same records are handed over again, in order, and nothing before them is passed over."""
    produce(kafka, topic, "three")
    applied = Applied(refusals=1)
    # The prefetch may hand over what comes after before the seek is heard.
    play(kafka, topic, applied, lambda: applied.offsets()[-3:] == [0, 1, 2] and len(applied.runs) > 2)
    assert applied.offsets() in ([0, 1, 0, 1, 2], [0, 1, 2, 0, 1, 2])


class Fails(Applied):
    """An agent that cannot go on."""

    async def apply(self, run: Run) -> bool:
        self.runs.append(run)
        raise LookupError("cannot go on")


def test_an_agent_that_cannot_go_on_stops_the_worker(kafka: str, topic: str) -> None:
    """It never skips: the application crashes with the agent's error, and nothing is acknowledged."""
    produce(kafka, topic, "three")
    failing = Fails()

    async def start_of(assigned: set[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(assigned, 0)

    async def scene() -> BaseException:
        app = faust_app(f"{topic}-group", Cluster(kafka), start_of, run_records=2, run_bytes=1000)
        agents.register(app, [topic], lambda: failing)
        async with running(app):
            await until(lambda: app.crashed)
        return app.crash_reason

    assert isinstance(asyncio.run(scene()), LookupError)
    assert failing.offsets() == [0, 1]
    assert committed(kafka, f"{topic}-group", topic) < 0
