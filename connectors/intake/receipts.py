"""Receipts: each event has one for ever, and nobody gets one for what is not on its topic.

An event is claimed before it is sent, and given its place once the broker has it. Where we die in between, the claim
stays without a place: the same event sent again takes it over (its place is read from the ledger where the hub has
applied it meanwhile, else it is published again, which the hub recognises), and another content under the same id is
refused, since the first may lie on the topic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from connectors.intake.keys import SQL
from connectors.intake.reading import Event
from schemas.codec import same_content
from streams.ledger.feedback import RecordPosition
from streams.ledger.identity import pair_key

Place = tuple[int, int]
"""Partition and offset."""


class ConflictError(Exception):
    """Events whose id came before with another content."""

    def __init__(self, events: Sequence[Event]) -> None:
        """Take those of the batch that cannot stand."""
        super().__init__(f"{len(events)} conflicting events")
        self.events = events


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an event."""

    digest: bytes
    place: Place | None


class Receipts:
    """The receipts of one deployment."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection]) -> None:
        """Take connections in autocommit mode."""
        self._pool = pool

    async def look(self, events: Sequence[Event]) -> Mapping[bytes, Place]:
        """The places of those that are known, changing nothing.

        Raises:
            ConflictError: one is known with another content, or twice in the batch with two.
        """
        _check_among_themselves(events)
        async with self._pool.connection() as connection:
            return await _known_places(connection, events)

    async def claim(self, events: Sequence[Event]) -> Mapping[bytes, Place]:
        """The same, and claim the others; where one conflicts, none is claimed.

        Raises:
            ConflictError: as `look` does.
        """
        _check_among_themselves(events)
        keys, digests = [e.event_key for e in events], [e.digest for e in events]
        topic = events[0].topic
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(SQL["claim"], {"keys": keys, "digests": digests, "topic": topic}, binary=True)
            return await _known_places(connection, events)

    async def give(self, placed: Mapping[bytes, tuple[Event, Place]]) -> Mapping[bytes, Place]:
        """Record where the broker put events; where somebody was faster, his places stand. The places that do."""
        keys = list(placed)
        given = {
            "keys": keys,
            "digests": [event.digest for event, _ in placed.values()],
            "partitions": [partition for _, (partition, _) in placed.values()],
            "offsets": [offset for _, (_, offset) in placed.values()],
        }
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(SQL["lock_claims"], {"keys": keys})
            await connection.execute(SQL["give_places"], given)
            rows = await (await connection.execute(SQL["read_places"], {"keys": keys}, binary=True)).fetchall()
        return {key: (partition, offset) for key, partition, offset in rows}


async def receipt_of(connection: AsyncConnection, source: str, event_id: str) -> RecordPosition | None:
    """Where an event lies by its receipt; None where it has none."""
    asked = {"event_key": pair_key(source, event_id)}
    row = await (await connection.execute(SQL["read_receipt"], asked)).fetchone()
    return RecordPosition(*row) if row is not None else None


def _check_among_themselves(events: Sequence[Event]) -> None:
    first: dict[bytes, bytes] = {}
    against = [e for e in events if not _is_said(first.setdefault(e.event_key, e.digest), e)]
    if against:
        raise ConflictError(against)


def _is_said(digest: bytes, event: Event) -> bool:
    return digest == event.digest or same_content(digest, event.raw)


async def _known_places(connection: AsyncConnection, events: Sequence[Event]) -> dict[bytes, Place]:
    keys = [event.event_key for event in events]
    rows = await (await connection.execute(SQL["standing"], {"keys": keys}, binary=True)).fetchall()
    known = {row[0]: _known(*row[1:]) for row in rows}
    against = [e for e in events if e.event_key in known and not _is_said(known[e.event_key].digest, e)]
    if against:
        raise ConflictError(against)
    return {key: one.place for key, one in known.items() if one.place is not None}


def _known(
    digest: bytes | None,
    partition: int | None,
    offset: int | None,
    applied: bytes | None,
    applied_partition: int,
    applied_offset: int,
) -> Known:
    """What the hub has applied decides over a claim; a place once given stays the event's place."""
    ours = (partition, offset) if partition is not None and offset is not None else None
    if applied is not None:
        return Known(applied, ours or (applied_partition, applied_offset))
    assert digest is not None  # the query leaves out what neither knows
    return Known(digest, ours)
