"""Let records go that wait behind a paused source or a quarantined key, in the order in which they came."""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass, replace

import psycopg
import structlog
from psycopg import AsyncConnection

from schemas.errors import RefusedError
from streams.commitments.keys import Keys, keys_of
from streams.ledger.batch import Batch, Decider, DecisionError
from streams.ledger.errors import Fault, StaleFactsError, fault_of
from streams.ledger.queries import SQL, load
from streams.ledger.reading import UNBOUNDED, Held, read
from streams.ledger.rows import parked_record
from streams.ledger.site import Site
from streams.ledger.telling import TooLargeError, number, tell
from streams.ledger.writing import write
from streams.runs import Place, Received

log = structlog.get_logger()

OWN_SQL = load("streams.ledger", "release.sql")
DISCARDED = RefusedError("discarded", "it failed again and again, and a person let go of it (vigie resume --discard)")


class FailsAgainError(RefusedError):
    """A record that waits fails as it did before: it and those behind it go on waiting."""

    def __init__(self, place: Place, error: Exception) -> None:
        """Name the place and what went wrong."""
        super().__init__("fails_again", f"{named(place)} fails as before, and waits on: {error}")


def named(place: Place) -> str:
    """A record's place, in words."""
    topic, partition, offset = place
    return f"{topic}/{partition} @ {offset}"


@dataclass(frozen=True, slots=True)
class Released:
    """What came of it."""

    applied: int
    notices: int
    discarded: bool = False


async def release(connection: AsyncConnection, site: Site, waits_for: str, discard: Place | None = None) -> Released:
    """Apply everything that waits for `waits_for`, each record in a transaction, then lift the hold.

    A record that is being parked at this moment is waited for; one that comes later is applied by the workers.

    Args:
        connection: in autocommit mode.
        site: whose rules decide, now.
        waits_for: as `source:bodacc` or `key:court-judgments:FR:912345675`.
        discard: where the first of them stands, if it may be refused where it fails again.

    Raises:
        RefusedError: nothing is held under that name, or a record fails again: it and those behind it go on waiting.
    """
    first = Released(0, 0) if discard is None else await _apply_or_discard(connection, site, waits_for, discard)
    applied, notices = first.applied, first.notices
    while True:
        async with connection.transaction():
            lifted = await connection.execute(OWN_SQL["lift_hold"], [waits_for])
            if not lifted.rowcount:
                raise RefusedError("not_held", f"nothing is held under {waits_for!r}. What is: vigie holds")
            record = await first_waiting(connection, waits_for)
            if record is None:
                await connection.execute(OWN_SQL["forget_source"], [waits_for])
                return Released(applied, notices, first.discarded)
            raise psycopg.Rollback
        owed = await _apply_again(connection, site, waits_for, record)
        if owed is not None:
            applied, notices = applied + 1, notices + owed


async def first_waiting(connection: AsyncConnection, waits_for: str) -> Received | None:
    """The record that is the next to be let go, if any waits."""
    rows = await (await connection.execute(OWN_SQL["next_waiting"], (waits_for, 1))).fetchall()
    return parked_record(rows[0])[1] if rows else None


async def _apply_or_discard(connection: AsyncConnection, site: Site, waits_for: str, place: Place) -> Released:
    """The first record, which must be the one at `place`: applied, or refused where it fails again.

    Raises:
        RefusedError: somebody else has let it go meanwhile.
    """
    record = await first_waiting(connection, waits_for)
    if record is not None and record.place == place:
        try:
            owed = await _apply_again(connection, site, waits_for, record)
        except FailsAgainError:
            if await _discard(connection, site, waits_for, record):
                return Released(0, 0, discarded=True)
        else:
            if owed is not None:
                return Released(1, owed)
    raise RefusedError("not_held", f"{named(place)} waits no longer under {waits_for!r}: nothing was discarded")


async def _discard(connection: AsyncConnection, site: Site, waits_for: str, record: Received) -> bool:
    """Refuse a record that waits, as one that a person decided about; False where somebody else let it go."""
    async with connection.transaction():
        if not await _still_waits(connection, waits_for, record):
            return False
        held = await read(connection, None, [], Keys(), UNBOUNDED)
        batch = Batch(record.offset + 1, await _clock(connection))
        batch.refused.append((record, DISCARDED))
        await _commit(connection, site, held, batch, record, "discard")
    log.warning("discarded", topic=record.topic, partition=record.partition, offset=record.offset, held=waits_for)
    return True


async def _apply_again(connection: AsyncConnection, site: Site, waits_for: str, record: Received) -> int | None:
    """One record, as if it came now; returns how many notices it made owed, None where somebody else let it go."""
    keys = keys_of(() if record.event is None else (record.event,))
    while True:
        try:
            async with connection.transaction():
                with suppress(StaleFactsError):
                    return await _transact(connection, site, waits_for, record, keys)
        except (DecisionError, TooLargeError, psycopg.Error) as error:
            if isinstance(error, psycopg.Error) and fault_of(error) is not Fault.A_RECORDS:
                raise
            raise FailsAgainError(record.place, error) from error


async def _transact(
    connection: AsyncConnection, site: Site, waits_for: str, record: Received, keys: Keys
) -> int | None:
    if not await _still_waits(connection, waits_for, record):
        return None
    held = await read(connection, None, [record], keys, UNBOUNDED)
    known = replace(held.known, holds=held.known.holds - {waits_for})
    decider = Decider(replace(site, slice_notices=UNBOUNDED), held.facts, known, None, {})
    batch = decider.decide([record], held.whom, await _clock(connection))
    await _commit(connection, site, held, batch, record, "resume")
    return len(batch.drafts)


async def _still_waits(connection: AsyncConnection, waits_for: str, record: Received) -> bool:
    """The fence: two may let go at once, and what one of them has let go must not be let go by the other."""
    still = await connection.execute(OWN_SQL["lock_waiting"], (*record.place, waits_for))
    return bool(still.rowcount)


async def _clock(connection: AsyncConnection) -> dt.datetime:
    row = await (await connection.execute(SQL["clock"])).fetchone()
    assert row is not None
    now: dt.datetime = row[0]
    return now


async def _commit(
    connection: AsyncConnection, site: Site, held: Held, batch: Batch, record: Received, kind: str
) -> None:
    """Write what becomes of the record; it waits no more, and nobody has to look why it failed."""
    batch.released.append(record)
    await write(connection, batch, held)
    await connection.execute(OWN_SQL["close_quarantined"], (batch.now, *record.place))
    await tell(connection, batch, await number(connection, batch, held.numbers), held.seq, site)
    place = (*record.place, record.offset + 1, None)
    await connection.execute(SQL["log_commit"], (held.seq, kind, batch.now, *place, *site.versions))
