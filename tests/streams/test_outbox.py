"""The one way out: what the ledger holds to be sent reaches its topic in order, by one publisher per partition."""

import asyncio

import psycopg
import pytest
from confluent_kafka.admin import AdminClient

from schemas.codec import decode
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from streams.ledger.errors import LogChangedError
from streams.ledger.identity import partition_of
from streams.outbox import LEASE, SQL
from tests.builders import BUYER
from tests.streams.post import POLICIES, Post, until


def test_notices_are_published_in_order(post: Post) -> None:
    """Each policy's notices stand on its own partition, under its key, in the order of their numbers, each once."""
    post.apply(*(post.judge(f"A{n}", f"B{n}") for n in range(10)))
    post.publish_all()
    for message in post.read():
        assert message.partition() == partition_of(message.key(), 4)
        assert message.key().decode() == decode(message.value()).header.policy_id
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
    await thief.execute(STEAL, {"lease": LEASE * 100, "topics": list(post.topics)})
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
    ensure_topics(Cluster(post.kafka), post.topics)
    partition, published = post.ledger.rows("SELECT partition, published_offset FROM lane ORDER BY topic DESC, 1")[0]
    with pytest.raises(LogChangedError) as raised:
        asyncio.run(post.open())
    assert str(raised.value) == (
        f"{topic}/{partition} no longer holds the {published} records that were published to it: it was recreated"
        " or cut short. Bring it back, or, if its consumers are to start afresh without them:"
        f" vigie positions accept {topic}"
    )
