"""Positions that know their topic: where a consumer starts, and when it must not start at all."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from psycopg import AsyncConnection, AsyncCursor

from schemas.errors import UnavailableError
from streams.ledger.errors import LogChangedError
from streams.ledger.queries import SQL
from streams.runs import Run

Partition = tuple[str, int]
"""Topic, partition."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A partition's log as the broker has it."""

    topic_id: str
    partitions: int
    """Of the topic."""
    first: int
    """Offset of its first record."""
    following: int
    """Offset that the next record will get."""


Look = Callable[[], Awaitable[Mapping[Partition, Extent]]]
"""Asks the broker. Positions are read first: a log only grows, so one that is asked later holds what they say."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a consumer stands, locked until the transaction ends."""

    next_offset: int
    slice_after: str | None
    now_at: dt.datetime
    partitions: int


async def move(
    connection: AsyncConnection,
    group: str,
    run: Run,
    was: Position,
    next_offset: int,
    slice_after: str | None,
    now: dt.datetime,
) -> AsyncCursor:
    """Move the position from where it was locked; in the same transaction as what the records changed."""
    return await connection.execute(
        SQL["move_position"],
        {
            "group": group,
            "topic": run.topic,
            "partition": run.partition,
            "was": was.next_offset,
            "was_after": was.slice_after,
            "next_offset": next_offset,
            "slice_after": slice_after,
            "now_at": now,
        },
    )


def check_moved(moved: AsyncCursor, run: Run) -> None:
    """Make sure, once the answer of `move` is there, that nobody else has moved the position."""
    if moved.rowcount != 1:
        raise UnavailableError(f"the position of {run.topic}/{run.partition} moved under its lock")


@dataclass(frozen=True, slots=True)
class Stand:
    """A position as the ledger has it."""

    topic_id: str
    partitions: int
    next_offset: int


def check(place: Partition, stand: Stand, extent: Extent | None) -> None:
    """Refuse a log that is not the one which the position is about: some records would be skipped without a word.

    Raises:
        LogChangedError: with what changed and what to do.
    """
    topic = place[0]
    at = f"{topic}/{place[1]}"
    if extent is None:
        raise LogChangedError(
            f"{at} is gone, and the ledger stands at offset {stand.next_offset}. {_NEXT.format(topic)}"
        )
    if extent.topic_id != stand.topic_id:
        raise LogChangedError(
            f"{topic} was recreated: its id was {stand.topic_id}, it is {extent.topic_id}. The ledger has applied"
            f" {stand.next_offset} records of the old log of {at}. {_NEXT.format(topic)}"
        )
    if extent.partitions != stand.partitions:
        raise LogChangedError(
            f"{topic} had {stand.partitions} partitions and has {extent.partitions}: keys have moved, their order is"
            f" not kept. Recreate the topic with {stand.partitions} partitions and publish it again, or, if every key's"
            f" records up to now are applied, accept it: vigie positions accept {topic}"
        )
    if not extent.first <= stand.next_offset <= extent.following:
        raise LogChangedError(
            f"{at} was cut short: the ledger stands at offset {stand.next_offset}, the log holds {extent.first} to"
            f" {extent.following}. {_NEXT.format(topic)}"
        )


_NEXT = (
    "Bring the topic back (retention.ms=-1), or, if what is on it now is to be applied from its start and events"
    " already applied are to be recognised by their ids, accept it: vigie positions accept {}"
)


async def start_of(
    connection: AsyncConnection, group: str, look: Look, wanted: set[Partition]
) -> Mapping[Partition, int]:
    """Where `group` starts in each partition wanted. No row means the start of the log, and opens one.

    Raises:
        LogChangedError: a log is not the one that its position is about.
    """
    stands = await _stands(connection, group, {topic for topic, _ in wanted})
    extents = await look()
    for place in sorted(wanted - stands.keys()):
        if (extent := extents.get(place)) is None:
            raise LogChangedError(f"{place[0]}/{place[1]} does not exist. Make the topics: vigie migrate")
        stands[place] = Stand(extent.topic_id, extent.partitions, extent.first)
        row = (group, *place, extent.topic_id, extent.partitions, extent.first)
        await connection.execute(SQL["open_position"], row)
    for place, stand in stands.items():
        check(place, stand, extents.get(place))
    return {place: stands[place].next_offset for place in wanted}


async def check_all(connection: AsyncConnection, group: str, look: Look, topics: set[str]) -> Mapping[Partition, int]:
    """Where `group` stands in each partition of `topics`, each checked against its log.

    Raises:
        LogChangedError: a log is not the one that its position is about.
    """
    stands = await _stands(connection, group, topics)
    extents = await look()
    for place, stand in stands.items():
        check(place, stand, extents.get(place))
    return {place: stand.next_offset for place, stand in stands.items()}


async def _stands(connection: AsyncConnection, group: str, topics: set[str]) -> dict[Partition, Stand]:
    rows = await (await connection.execute(SQL["read_positions"], (group, sorted(topics)))).fetchall()
    return {(t, p): Stand(topic_id, partitions, following) for t, p, topic_id, partitions, following in rows}


async def accept(connection: AsyncConnection, group: str, extents: Mapping[Partition, Extent]) -> int:
    """Take the logs for what they are now; returns how many positions and lanes were changed."""
    changed = 0
    await connection.execute(SQL["forget_lists"])
    for (topic, partition), extent in extents.items():
        values = {
            "group": group,
            "topic": topic,
            "partition": partition,
            "topic_id": extent.topic_id,
            "partitions": extent.partitions,
            "first": extent.first,
            "following": extent.following,
        }
        for statement in ("accept_position", "accept_lane"):
            changed += (await connection.execute(SQL[statement], values)).rowcount
    return changed
