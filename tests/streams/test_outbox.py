"""The one way out: what the ledger holds to be sent reaches its topic in order, by one publisher per partition."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg
import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.codec import decode, encode
from streams.adoption import adopt, open_lanes
from streams.embedded.topics import ensure_topics
from streams.ledger.connection import connect
from streams.ledger.errors import LogChangedError
from streams.ledger.identity import partition_of
from streams.ledger.queries import SQL
from streams.logs import Logs
from streams.outbox import LEASE, Publisher
from streams.runs import Run
from tests.builders import BUYER, a_header, a_judgment, a_recipient, some_recipients
from tests.streams.ledger.bench import SITE, Ledger

POLICIES = [f"P-{n}" for n in range(6)]
_prefixes = itertools.count(1)


class Post:
    """A ledger, the topics that it writes, and publishers between them."""

    def __init__(self, ledger: Ledger, kafka: str) -> None:
        self.ledger, self.kafka = ledger, kafka
        self.site = replace(SITE, prefix=f"post{next(_prefixes)}.")
        self.topics = {self.site.full(name): count for name, count in self.site.partitions.items()}
        ensure_topics(kafka, self.topics)
        self.ledger.insure(*POLICIES)
        self.connect = partial(connect, ledger.uri)

    async def open(self) -> None:
        """As a worker does before it applies anything."""
        with closing(Logs(self.kafka)) as logs:
            async with await self.connect() as connection:
                await open_lanes(connection, self.site, partial(asyncio.to_thread, logs.extents, self.topics))

    async def adopt(self) -> int:
        async with await self.connect() as connection:
            return await adopt(connection, self.site, self.kafka)

    def judge(self, *references: str) -> Run:
        return self.ledger.judgments.append(*(a_judgment(reference) for reference in references))

    def apply(self, *runs: Run) -> None:
        self.ledger.apply(*runs, prefix=self.site.prefix)

    @asynccontextmanager
    async def publishing(self, count: int = 1) -> AsyncIterator[list[Publisher]]:
        """Publishers at work."""
        publishers = [Publisher(self.site, self.connect, self.kafka) for _ in range(count)]
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
        headers = [decode(message.value()).header for message in self.read()]  # type: ignore[attr-defined]
        return [(header.policy_id, header.number) for header in headers]


async def until(true: Callable[[], bool], patience_s: float = 30.0) -> None:
    async with asyncio.timeout(patience_s):
        while not true():  # noqa: ASYNC110 - it is asked over another connection
            await asyncio.sleep(0.02)


@pytest.fixture
def post(ledger: Ledger, kafka: str) -> Post:
    """Six policies with a cover on the walk's buyer, and topics that nobody has written to."""
    return Post(ledger, kafka)


def test_notices_are_published_in_order(post: Post) -> None:
    """Each policy's notices stand on its own partition, under its key, in the order of their numbers, each once."""
    post.apply(*(post.judge(f"A{n}", f"B{n}") for n in range(10)))
    post.publish_all()
    for message in post.read():
        assert message.partition() == partition_of(message.key(), 4)
        assert message.key().decode() == decode(message.value()).header.policy_id  # type: ignore[attr-defined]
    sent = post.sent()
    for policy_id in POLICIES:
        assert [number for of, number in sent if of == policy_id] == [*range(1, 21)]
    assert post.ledger.rows("SELECT sum(published_offset)::int FROM lane") == [120]


def test_a_commit_wakes_the_publisher(post: Post) -> None:
    """A notice is sent soon after its commit, whichever worker made it: NOTIFY wakes whoever holds the partition."""

    async def scene() -> float:
        await post.open()
        async with post.publishing():
            await until(lambda: len(post.ledger.rows("SELECT 1 FROM lane WHERE fence = 1")) == 6)
            await asyncio.sleep(0.3)  # it listens
            await asyncio.to_thread(post.apply, post.judge("A1"))
            began = asyncio.get_running_loop().time()
            await post.until_empty()
            return asyncio.get_running_loop().time() - began

    assert asyncio.run(scene()) < 0.9  # by itself it looks once a second


def test_dead_letters_keep_key_and_headers(post: Post) -> None:
    """The original bytes under the original key, or none, with the place and the reason in headers."""
    post.apply(post.ledger.judgments.put(BUYER.encode(), b"\x00\x01"), post.ledger.judgments.put(None, b""))
    post.publish_all()
    found = {message.key(): (message.value(), dict(message.headers() or [])) for message in post.read("dead-letters")}
    assert {key: value for key, (value, _) in found.items()} == {BUYER.encode(): b"\x00\x01", None: b""}
    headers = found[BUYER.encode()][1]
    assert (headers["topic"], headers["offset"], headers["reason"]) == (
        b"court-judgments", b"0", b"not_confluent_framed",
    )  # fmt: skip


def test_publishers_share_the_partitions(post: Post) -> None:
    """Of two publishers each partition has one: nothing is sent twice, nothing is left."""

    async def scene() -> None:
        await post.open()
        async with post.publishing(2):
            for n in range(10):
                await asyncio.to_thread(post.apply, post.judge(f"A{n}"))
            await post.until_empty()

    asyncio.run(scene())
    assert sorted(post.sent()) == [(policy_id, n + 1) for policy_id in POLICIES for n in range(10)]


STEAL = SQL["claim_lanes"].replace("leased_until < clock_timestamp()", "true")


async def steal(post: Post) -> psycopg.AsyncConnection:
    """Take every partition from whoever has it, as a successor does that found the lease expired."""
    thief = await post.connect()
    await thief.execute(STEAL, {"lease": LEASE * 100, "topics": list(post.topics)})  # type: ignore[arg-type]
    return thief


def test_a_publisher_that_lost_its_partitions_changes_nothing(post: Post) -> None:
    """What it sends late is a repeat under the same ids; what waits goes on waiting, for its successor alone."""

    async def scene() -> None:
        await post.open()
        async with post.publishing() as (publisher,):
            await until(lambda: len(post.ledger.rows("SELECT 1 FROM lane WHERE fence = 1")) == 6)
            thief = await steal(post)
            await asyncio.to_thread(post.apply, post.judge("A1"))
            await until(lambda: len(post.read()) == len(POLICIES))
            await until(lambda: not publisher._lanes)
            assert post.waiting() > 0
            assert post.ledger.rows("SELECT max(published_offset), max(fence) FROM lane") == [(0, 2)]
            # The successor's connection ends, and with it its lease of ten minutes: somebody takes over at once.
            await thief.close()
            await until(lambda: not post.waiting(), 5)

    asyncio.run(scene())
    # The topic held them already: they were looked at, and not sent again.
    assert sorted(post.sent()) == [(policy_id, 1) for policy_id in POLICIES]


def test_a_lease_is_kept_while_its_owner_lives(post: Post) -> None:
    """Nobody publishes on a partition that another holds, however long something waits there."""

    async def scene() -> None:
        await post.open()
        thief = await steal(post)
        await asyncio.to_thread(post.apply, post.judge("A1"))
        async with post.publishing():
            await asyncio.sleep(1.5)
            assert post.waiting() > 0
            assert post.read() == []
        await thief.close()

    asyncio.run(scene())


def test_a_publisher_that_ends_leaves_its_partitions(post: Post) -> None:
    """The next one begins at once, not when the lease has run out."""
    post.publish_all()
    post.apply(post.judge("A1"))

    async def scene() -> None:
        async with post.publishing():
            await until(lambda: not post.waiting(), LEASE.total_seconds() / 2)

    asyncio.run(scene())
    assert len(post.sent()) == len(POLICIES)


def test_a_topic_that_was_recreated_stops_the_hub(post: Post) -> None:
    """What was published is gone from it, and its consumers would miss it without a word."""
    post.apply(post.judge("A1"))
    post.publish_all()
    topic = post.site.full("notices")
    admin = AdminClient({"bootstrap.servers": post.kafka})
    admin.delete_topics([topic])[topic].result(10)
    ensure_topics(post.kafka, post.topics)
    partition, published = post.ledger.rows("SELECT partition, published_offset FROM lane ORDER BY topic DESC, 1")[0]
    with pytest.raises(LogChangedError) as raised:
        asyncio.run(post.open())
    assert str(raised.value) == (
        f"{topic}/{partition} no longer holds the {published} records that were published to it: it was recreated"
        " or cut short. Bring it back, or, if its consumers are to start afresh without them:"
        f" vigie positions accept {topic}"
    )


def forget_the_judgments(ledger: Ledger) -> None:
    """Restore the ledger as it was before any judgment came."""
    ledger.run_sql("""
        TRUNCATE ledger.notice, ledger.policy_number, ledger.promise, ledger.judgment, ledger.outbox;
        DELETE FROM ledger.event WHERE topic = 'court-judgments';
        UPDATE ledger.position SET next_offset = 0 WHERE topic = 'court-judgments';
        UPDATE ledger.lane SET published_offset = 0;
    """)


def test_what_the_topic_holds_is_told_whatever_the_ledger_remembers(post: Post) -> None:
    """After a restore the notices on the topic keep their numbers: none is told again, and the next one follows."""
    post.apply(post.judge("A1", "A2"))
    post.publish_all()
    before = post.ledger.rows("SELECT notice_id, policy_id, number, case_id, kind, cause_key FROM notice ORDER BY 1")
    promised = post.ledger.rows("SELECT * FROM promise ORDER BY notice_id")
    forget_the_judgments(post.ledger)
    assert asyncio.run(post.adopt()) == 2 * len(POLICIES)
    assert asyncio.run(post.adopt()) == 0
    assert post.ledger.rows("SELECT * FROM promise ORDER BY notice_id") == promised
    post.apply(post.ledger.judgments.run(), post.judge("A3"))
    after = post.ledger.rows("SELECT notice_id, policy_id, number, case_id, kind, cause_key FROM notice ORDER BY 1")
    assert [row for row in after if row[2] < 3] == before
    assert post.ledger.rows("SELECT count(*) FROM promise") == [3 * len(POLICIES)]
    post.publish_all()
    assert sorted(post.sent()) == [(policy_id, n + 1) for policy_id in POLICIES for n in range(3)]


@pytest.fixture
def listed_anew(post: Post) -> Post:
    """A list of recipients, an alert and a second list, whose notices are on the topic; the ledger forgot all three."""
    copy = post.ledger.position("policies")
    for recipient_id in ("R-1", "R-2"):
        to = a_recipient(recipient_id)
        post.apply(post.ledger.policies.append(some_recipients(to, policy_id="P-1", event_id=f"RS-{recipient_id}")))
        if recipient_id == "R-1":
            post.apply(post.judge("A1"))
    post.publish_all()
    forget_the_judgments(post.ledger)
    post.ledger.run_sql(f"""
        UPDATE policy SET recipients = '[]'; DELETE FROM event WHERE topic = 'policies' AND record_offset >= {copy};
        UPDATE position SET next_offset = {copy} WHERE topic = 'policies'
    """)
    asyncio.run(post.adopt())
    return post


def test_a_list_that_was_replaced_is_not_told_after_the_one_that_replaced_it(listed_anew: Post) -> None:
    """After a restore the lists come again: none is told again, and the newest one stands."""
    post, before = listed_anew, listed_anew.sent()
    lists = post.ledger.policies.run(post.ledger.position("policies"))
    for record in lists.records:
        post.apply(Run(lists.topic, lists.partition, [record]), post.ledger.judgments.run())
    post.publish_all()
    assert post.sent() == before
    assert '"R-2"' in post.ledger.rows("SELECT recipients FROM policy WHERE policy_id = 'P-1'")[0]


def test_who_was_taken_off_a_list_is_not_told_before_the_list_comes_again(listed_anew: Post) -> None:
    """After a restore a judgment may come before the lists: it is told to whom the newest notice on the topic names."""
    post = listed_anew
    post.apply(post.ledger.judgments.run(), post.judge("A2"))
    post.apply(post.ledger.policies.run(post.ledger.position("policies")))
    newer = some_recipients(a_recipient("R-3"), policy_id="P-1", event_id="RS-R-3")
    post.apply(post.ledger.policies.append(newer))
    post.publish_all()
    told: list[Any] = [decode(message.value()) for message in post.read() if message.key() == b"P-1"]
    assert [(n.header.number, [r.recipient_id for r in n.header.recipients]) for n in told] == [
        (1, ["R-1"]), (2, ["R-2"]), (3, ["R-2"]), (4, ["R-3"]),
    ]  # fmt: skip


def test_what_the_hub_did_not_write_is_not_adopted(post: Post) -> None:
    """Whatever else stands on the topic, bytes or an event, is passed over: it stops neither worker nor publisher."""
    post.apply(post.judge("A1"))
    asyncio.run(post.open())
    producer = Producer({"bootstrap.servers": post.kafka})
    for partition in range(4):
        producer.produce(post.site.full("notices"), b"garbage", b"P-1", partition)
        producer.produce(post.site.full("notices"), encode(a_judgment(header=a_header("X"))), b"P-1", partition)
    producer.flush(10)
    assert asyncio.run(post.adopt()) == 0
    post.publish_all()
    assert len(post.read()) == len(POLICIES) + 8
