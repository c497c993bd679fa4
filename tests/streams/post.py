"""What publishes and adopts notices, over a real broker, and whatever a test asks of it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial

from confluent_kafka import Consumer, Message, TopicPartition

from schemas.codec import decode
from streams.adoption import adopt, open_lanes
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from streams.ledger.connection import connect
from streams.logs import Logs
from streams.outbox import Publisher
from streams.runs import Run
from tests.builders import a_judgment
from tests.streams.ledger.bench import SITE, Ledger

POLICIES = [f"P-{n}" for n in range(6)]
_prefixes = itertools.count(1)


class Post:
    """A ledger, the topics that it writes, and publishers between them."""

    def __init__(self, ledger: Ledger, kafka: str) -> None:
        self.ledger, self.kafka = ledger, kafka
        self.site = replace(SITE, prefix=f"post{next(_prefixes)}.")
        self.topics = {self.site.full(name): count for name, count in self.site.partitions.items()}
        ensure_topics(Cluster(kafka), self.topics)
        self.ledger.insure(*POLICIES)
        self.connect = partial(connect, ledger.uri)

    async def open(self) -> None:
        """As a worker does before it applies anything."""
        with closing(Logs(Cluster(self.kafka))) as logs:
            async with await self.connect() as connection:
                await open_lanes(connection, self.site, partial(asyncio.to_thread, logs.extents, self.topics))

    async def adopt(self) -> int:
        async with await self.connect() as connection:
            return await adopt(connection, self.site, Cluster(self.kafka))

    def judge(self, *references: str) -> Run:
        return self.ledger.judgments.append(*(a_judgment(reference) for reference in references))

    def apply(self, *runs: Run) -> None:
        self.ledger.apply(*runs, prefix=self.site.prefix)

    @asynccontextmanager
    async def publishing(self, count: int = 1) -> AsyncIterator[list[Publisher]]:
        """Publishers at work."""
        publishers = [Publisher(self.site, self.connect, Cluster(self.kafka)) for _ in range(count)]
        tasks = [asyncio.create_task(publisher.run()) for publisher in publishers]
        try:
            yield publishers
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def waiting(self) -> int:
        return int(self.ledger.rows("SELECT count(*) FROM outbox")[0])

    async def until_empty(self) -> None:
        await until(lambda: not self.waiting())

    def publish_all(self) -> None:
        """Let one publisher send everything, and end."""

        async def scene() -> None:
            await self.open()
            async with self.publishing():
                await self.until_empty()

        asyncio.run(scene())

    def read(self, name: str = "notices") -> list[Message]:
        """Every record of a topic, by partition and offset, by a client that is not ours."""
        topic = self.site.full(name)
        consumer = Consumer({"bootstrap.servers": self.kafka, "group.id": "test", "fetch.wait.max.ms": 10})
        try:
            places = [TopicPartition(topic, partition, 0) for partition in range(self.topics[topic])]
            count = sum(consumer.get_watermark_offsets(place, timeout=10)[1] for place in places)
            consumer.assign(places)
            found = [message for _ in range(count) if (message := consumer.poll(10)) is not None]
        finally:
            consumer.close()
        assert len(found) == count
        assert not any(message.error() for message in found)
        return sorted(found, key=lambda message: (message.partition(), message.offset()))

    def sent(self) -> list[tuple[str, int]]:
        """Policies and numbers of the notices on the topic, as they stand there."""
        headers = [decode(message.value()).header for message in self.read()]
        return [(header.policy_id, header.number) for header in headers]


async def until(true: Callable[[], bool], patience_s: float = 30.0) -> None:
    async with asyncio.timeout(patience_s):
        while not true():  # noqa: ASYNC110 - it is asked over another connection
            await asyncio.sleep(0.02)
