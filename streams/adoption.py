"""What `notices` already holds is told, whatever the ledger remembers.

A ledger that came back from a backup has forgotten its last notices, but the topic has not: before anything is applied,
each of them is taken in again under its own number, so that none is told twice and no number is used twice; and each
policy's newest recipients, so that nobody is told who was taken off the list.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from psycopg import AsyncConnection

from schemas.catalog import TOPICS
from schemas.codec import decode
from schemas.errors import RefusedError, UnavailableError
from schemas.notices.recipients import RecipientsChanged
from streams.cluster import Cluster
from streams.commitments.defaults import TELL_WITHIN
from streams.ledger.errors import LogChangedError
from streams.ledger.identity import pair_key
from streams.ledger.positions import Extent, Look, Partition
from streams.ledger.queries import SQL, columns, load
from streams.ledger.rows import RECIPIENTS
from streams.ledger.site import Site

log = structlog.get_logger()

OWN_SQL = load("streams", "adoption.sql")

ADOPTED = 0
"""In place of a commit's number."""
AT_ONCE = 1_000
"""Notices adopted in one transaction: many would take longer than a transaction may."""


async def open_lanes(connection: AsyncConnection, site: Site, look: Look) -> None:
    """Know every partition that we write; refuse topics that are not those which we wrote to before.

    Raises:
        LogChangedError: as `check_lanes` does.
    """
    extents = await check_lanes(connection, site, look)
    known = {topic for topic, *_ in await _lanes(connection, site)}
    new = {site.full(name) for name in site.partitions} - known
    async with connection.transaction():  # all of a topic's, for whoever counts them
        for (topic, partition), extent in extents.items():
            if topic in new:
                await connection.execute(SQL["open_lane"], (topic, partition, extent.topic_id))


async def check_lanes(connection: AsyncConnection, site: Site, look: Look) -> Mapping[Partition, Extent]:
    """Refuse topics that were changed under us; returns them as they are.

    Raises:
        LogChangedError: what was published is gone from one, and consumers would miss it; or its keys have moved.
    """
    lanes = await _lanes(connection, site)
    extents = await look()
    for topic, partition, topic_id, published in lanes:
        now = extents.get((topic, partition))
        if now is None or now.topic_id != topic_id or now.following < published:
            raise LogChangedError(
                f"{topic}/{partition} no longer holds the {published} records that were published to it: it was"
                f" recreated or cut short. Bring it back, or, if its consumers are to start afresh without them:"
                f" vigie positions accept {topic}"
            )
    for topic, count in Counter(topic for topic, *_ in lanes).items():
        if count != (has := extents[topic, 0].partitions):
            raise LogChangedError(
                f"{topic} had {count} partitions and has {has}: the order of a policy's notices is not kept. If all"
                f" consumers have read what was published up to now, accept it: vigie positions accept {topic}"
            )
    return extents


async def adopt(connection: AsyncConnection, site: Site, cluster: Cluster) -> int:
    """Take in the notices that the topic holds beyond what the ledger knows; returns how many were unknown."""
    adopted = 0
    for topic, partition, _, published in await _lanes(connection, site):
        if topic == site.full("notices"):
            tail = await read_tail(cluster, topic, partition, published)
            for start in range(0, len(tail), AT_ONCE):
                adopted += await _adopt(connection, [n for r in tail[start : start + AT_ONCE] if (n := _notice(r))])
            if tail:
                known = {"end": tail[-1].offset + 1, "topic": topic, "partition": partition}
                await connection.execute(OWN_SQL["know_tail"], known)
    if adopted:
        log.warning("adopted", notices=adopted, why="the topic held notices that the ledger did not know")
    return adopted


async def read_tail(cluster: Cluster, topic: str, partition: int, start: int) -> list[Any]:
    """The records of a partition from `start` to its present end.

    Raises:
        UnavailableError: the broker is away.
    """
    consumer = AIOKafkaConsumer(**cluster.options(), enable_auto_commit=False, isolation_level="read_committed")
    try:
        await consumer.start()
        return await _read_to_end(consumer, TopicPartition(topic, partition), start)
    except KafkaError as error:
        raise UnavailableError(f"{topic}/{partition} cannot be read from offset {start}: {error}") from error
    finally:
        await consumer.stop()


async def _read_to_end(consumer: AIOKafkaConsumer, place: TopicPartition, start: int) -> list[Any]:
    consumer.assign([place])
    end = (await consumer.end_offsets([place]))[place]
    consumer.seek(place, start)
    records: list[Any] = []
    while start < end and await consumer.position(place) < end:
        fetched = await consumer.getmany(place, timeout_ms=1000)
        records += fetched.get(place, [])
    return records


def entry_id(record: Any) -> str | None:
    """The id of a record that we published: a notice's own, or a dead letter's place."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    if {"topic", "partition", "offset"} <= headers.keys():
        return f"{headers['topic']}/{headers['partition']}/{headers['offset']}"
    notice = _notice(record)
    return str(notice.header.notice_id) if notice else None


def _notice(record: Any) -> Any:
    """The notice of a record; None for what somebody else wrote there.

    Raises:
        UnavailableError: its schema is newer than this hub, whose numbers would then be given twice.
    """
    try:
        notice = decode(record.value)
    except RefusedError as error:
        why = str(error)
        if error.reason == "unknown_schema_id":
            at = f"{record.topic}/{record.partition} @ {record.offset}"
            raise UnavailableError(f"{at}: {why}. This hub is older than the one that wrote it: update it") from error
    else:
        if type(notice) in TOPICS["notices"].records:
            return notice
        why = f"{type(notice).__name__} does not belong on notices"
    log.warning("not a notice", topic=record.topic, partition=record.partition, offset=record.offset, error=why)
    return None


async def _adopt(connection: AsyncConnection, notices: list[Any]) -> int:
    """Insert those that are unknown, with their numbers and the promises to tell them, under their policies' locks."""
    headers = [n.header for n in notices]
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute(SQL["lock_keys"], [[f"policy:{h.policy_id}" for h in headers]])
        await cursor.execute(SQL["known_notices"], [[h.notice_id for h in headers]])
        have = {notice_id for (notice_id,) in await cursor.fetchall()}
        # Of two under one id the first: it is the one that consumers keep.
        new = {n.header.notice_id: n for n in reversed(notices) if n.header.notice_id not in have}.values()
        # Their sources come again, in any order: who was taken off a list must not be told as if still on it.
        lists = sorted((n for n in new if isinstance(n, RecipientsChanged)), key=lambda n: n.header.number)
        await cursor.executemany(OWN_SQL["adopt_list"], [_list(change) for change in lists])
        if new:  # with their promises: what is told already is not decided again
            await cursor.execute(SQL["put_notices"], [*columns([_row(notice) for notice in new]), ADOPTED])
    return len(new)


def _row(notice: Any) -> tuple[Any, ...]:
    h = notice.header
    cause = pair_key(h.cause.source, h.cause.event_id)
    told = (h.notice_id, h.policy_id, h.number, h.case_id, type(notice).__name__)
    return (*told, h.commitment, h.revises, cause, h.decided_at, h.decided_at + TELL_WITHIN)


def _list(change: RecipientsChanged) -> tuple[Any, ...]:
    h = change.header
    return h.policy_id, RECIPIENTS.dump_json(tuple(change.current)).decode(), h.cause.offset


async def _lanes(connection: AsyncConnection, site: Site) -> list[tuple[str, int, str, int]]:
    topics = [site.full(name) for name in site.partitions]
    return await (await connection.execute(SQL["read_lanes"], [topics])).fetchall()
