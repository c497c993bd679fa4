"""Let records go that wait behind a paused source or a quarantined key, in the order in which they came."""

from contextlib import suppress
from dataclasses import dataclass, replace

import psycopg
from psycopg import AsyncConnection

from schemas.errors import RefusedError
from streams.commitments.rules import Keys, keys_of
from streams.ledger.batch import Decider, DecisionError
from streams.ledger.errors import Meaning, StaleFactsError, meaning
from streams.ledger.queries import SQL, load
from streams.ledger.reading import UNBOUNDED, parked_record, read
from streams.ledger.site import Site
from streams.ledger.telling import TooLargeError, number, tell
from streams.ledger.writing import write
from streams.runs import Received

OWN_SQL = load("streams.ledger", "release.sql")


@dataclass(frozen=True, slots=True)
class Released:
    """What came of it."""

    applied: int
    notices: int


async def release(connection: AsyncConnection, site: Site, waits_for: str) -> Released:
    """Apply everything that waits for `waits_for`, each record in a transaction, then lift the hold.

    A record that is being parked at this moment is waited for; one that comes later is applied by the workers.

    Args:
        connection: in autocommit mode.
        site: whose rules decide, now.
        waits_for: as `source:bodacc` or `key:court-judgments:FR:912345675`.

    Raises:
        RefusedError: nothing is held under that name, or a record fails again: it and those behind it go on waiting.
    """
    applied = notices = 0
    while True:
        async with connection.transaction():
            lifted = await connection.execute(OWN_SQL["lift_hold"], [waits_for])
            if not lifted.rowcount:
                raise RefusedError("not_held", f"nothing is held under {waits_for!r}. What is: vigie holds")
            waiting = await (await connection.execute(OWN_SQL["next_waiting"], (waits_for, 1))).fetchall()
            if not waiting:
                await connection.execute(OWN_SQL["forget_source"], [waits_for])
                return Released(applied, notices)
            raise psycopg.Rollback
        _, record = parked_record(waiting[0])
        owed = await _apply_again(connection, site, waits_for, record)
        if owed is not None:
            applied, notices = applied + 1, notices + owed


async def _apply_again(connection: AsyncConnection, site: Site, waits_for: str, record: Received) -> int | None:
    """One record, as if it came now; returns how many notices it made owed, None where somebody else let it go."""
    keys = keys_of(() if record.event is None else (record.event,))
    while True:
        try:
            async with connection.transaction():
                with suppress(StaleFactsError):
                    return await _transact(connection, site, waits_for, record, keys)
        except (DecisionError, TooLargeError, psycopg.Error) as error:
            if isinstance(error, psycopg.Error) and meaning(error) is not Meaning.RECORD:
                raise
            place = f"{record.topic}/{record.partition} @ {record.offset}"
            raise RefusedError("fails_again", f"{place} fails as before, and waits on: {error}") from error


async def _transact(
    connection: AsyncConnection, site: Site, waits_for: str, record: Received, keys: Keys
) -> int | None:
    # The fence: two may let go at once, and what one of them has applied must not be applied by the other.
    still = await connection.execute(OWN_SQL["lock_waiting"], (*record.place, waits_for))
    if not still.rowcount:
        return None
    held = await read(connection, None, [record], keys, UNBOUNDED)
    row = await (await connection.execute(SQL["clock"])).fetchone()
    assert row is not None
    known = replace(held.known, holds=held.known.holds - {waits_for})
    decider = Decider(replace(site, slice_notices=UNBOUNDED), held.facts, known, None, {})
    batch = decider.decide([record], held.share, row[0])
    batch.released.append(record)
    await write(connection, batch, held)
    await tell(connection, batch, await number(connection, batch, held.numbers), held.seq, site)
    place = (*record.place, record.offset + 1, None)
    await connection.execute(SQL["log_commit"], (held.seq, "resume", batch.now, *place, *site.versions))
    return len(batch.drafts)
