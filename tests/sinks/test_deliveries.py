"""What became of a notice reaches `deliveries`: once recorded, always, in order, under one id."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.codec import decode
from schemas.events.deliveries import DeliveryChanged
from sinks.deliveries import SQL, TABLES, Connection, DeliveryPublisher, delivery_changed, record_delivery
from streams.settings import Settings

AT = dt.datetime(2026, 3, 14, 8, tzinfo=dt.UTC)


def a_change(state: str = "accepted", *, policy_id: str = "P-1", notice: int = 1) -> DeliveryChanged:
    return delivery_changed(
        channel="portal", notice_id=uuid.UUID(int=notice), policy_id=policy_id, state=state, at=AT
    )  # fmt: skip


class Outbox:
    """A sink's outbox in a real database, and the topic it is emptied into."""

    def __init__(self, uri: str, kafka: str, prefix: str) -> None:
        self.uri = uri
        self.settings = Settings(kafka=kafka, topic_prefix=prefix)

    async def connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(self.uri)

    async def set_up(self) -> None:
        async with await self.connect() as connection:
            await connection.execute(TABLES)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka)
        await admin.start()
        await admin.create_topics([NewTopic(self.settings.topic_prefix + "deliveries", 2, 1)])
        await admin.close()

    async def record(self, *changes: DeliveryChanged) -> None:
        async with await self.connect() as connection:
            await record_delivery(connection, *changes)

    def publisher(self, **values: Any) -> DeliveryPublisher:
        return DeliveryPublisher(self.connect, self.settings, **{"lease_s": 8.0, "poll_s": 0.1} | values)

    async def waiting(self) -> int:
        async with await self.connect() as connection:
            found = await connection.execute("SELECT count(*) FROM delivery_outbox WHERE published_at IS NULL")
            return int((await found.fetchone() or (0,))[0])

    async def until_empty(self) -> None:
        async with asyncio.timeout(30):
            while await self.waiting():  # noqa: ASYNC110 (it is emptied over another connection)
                await asyncio.sleep(0.02)

    async def publish_all(self, publishers: Sequence[DeliveryPublisher]) -> None:
        tasks = [asyncio.create_task(publisher.run()) for publisher in publishers]
        await self.until_empty()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def published(self) -> list[tuple[str, DeliveryChanged]]:
        consumer = AIOKafkaConsumer(
            self.settings.topic_prefix + "deliveries",
            bootstrap_servers=self.settings.kafka,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        found = []
        while batch := await consumer.getmany(timeout_ms=1500):
            found += [(record.key.decode(), decode(record.value)) for records in batch.values() for record in records]
        await consumer.stop()
        return found


@pytest.fixture
def outbox(postgres: str, kafka: str) -> Outbox:
    outbox = Outbox(postgres, kafka, f"d{uuid.uuid4().hex[:8]}.")
    asyncio.run(outbox.set_up())
    return outbox


def test_changes_are_published_in_order_per_policy(outbox: Outbox) -> None:
    """Keyed by policy, in the order in which they were recorded."""
    changes = [a_change(policy_id=f"P-{n % 7}", notice=n) for n in range(700)]

    async def scene() -> list[tuple[str, DeliveryChanged]]:
        await outbox.record(*changes)
        await outbox.publish_all([outbox.publisher()])
        return await outbox.published()

    published = asyncio.run(scene())
    assert all(key == change.policy_id for key, change in published)
    for policy_id in {change.policy_id for change in changes}:
        assert [c for key, c in published if key == policy_id] == [c for c in changes if c.policy_id == policy_id]


def test_two_publishers_do_not_publish_twice(outbox: Outbox) -> None:
    """The lease: one of two publishes, the other waits for its turn."""

    async def scene() -> list[tuple[str, DeliveryChanged]]:
        await outbox.record(*(a_change(notice=n) for n in range(1200)))
        await outbox.publish_all([outbox.publisher(), outbox.publisher()])
        return await outbox.published()

    ids = [change.header.event_id for _, change in asyncio.run(scene())]
    assert len(ids) == len(set(ids)) == 1200


def test_what_is_not_committed_is_not_published(outbox: Outbox) -> None:
    """A sink that rolls back has told nothing."""

    async def scene() -> int:
        async with await outbox.connect() as connection:
            await record_delivery(connection, a_change())
            await connection.rollback()
        return await outbox.waiting()

    assert asyncio.run(scene()) == 0


def test_the_same_change_recorded_again_is_one_event(outbox: Outbox) -> None:
    """Channel, notice, recipient, address and state make the id; the first word stands."""

    async def scene() -> int:
        await outbox.record(a_change("deferred"), a_change("deferred"), a_change("accepted"))
        await outbox.record(a_change("deferred"))
        return await outbox.waiting()

    assert asyncio.run(scene()) == 2


def test_a_change_is_published_soon_after_it_is_recorded(outbox: Outbox) -> None:
    """NOTIFY wakes the publisher: nobody waits for its next look."""

    async def scene() -> float:
        task = asyncio.create_task(outbox.publisher(poll_s=30.0).run())
        await asyncio.sleep(1.5)  # it has started, found nothing and listens
        await outbox.record(a_change())
        began = asyncio.get_running_loop().time()
        await outbox.until_empty()
        took_s = asyncio.get_running_loop().time() - began
        task.cancel()
        await asyncio.wait([task])
        return took_s

    assert asyncio.run(scene()) < 5


def test_a_publisher_that_lost_its_lease_marks_nothing(outbox: Outbox) -> None:
    """The fence: what a frozen process sent meanwhile is published again under the same id, never skipped."""
    frozen, successor = uuid.uuid4(), uuid.uuid4()

    async def scene() -> None:
        await outbox.record(a_change())
        async with await outbox.connect() as connection:
            (fence,) = await _one(connection, "take_lease", holder=frozen, lease_s=0)
            assert await _one(connection, "take_lease", holder=successor, lease_s=60) == (fence + 1,)
            assert await _one(connection, "take_lease", holder=frozen, lease_s=60) is None
            mark = {"ids": [1], "holder": frozen, "fence": fence}
            assert (await connection.execute(SQL["mark_published"], mark)).rowcount == 0

    asyncio.run(scene())


async def _one(connection: Connection, name: str, **values: Any) -> Any:
    return await (await connection.execute(SQL[name], values)).fetchone()
