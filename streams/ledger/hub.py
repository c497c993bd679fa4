"""A run becomes a commit: apply it, whatever the database or another worker does meanwhile, exactly once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

import psycopg
import structlog
from psycopg import AsyncConnection, AsyncCursor

from schemas.errors import UnavailableError
from streams.commitments.keys import Keys, keys_of
from streams.ledger.batch import Batch, Decider, DecisionError
from streams.ledger.errors import Fault, GapError, QuarantinesInARowError, StaleFactsError, fault_of, took_too_long
from streams.ledger.gaps import Gaps, Seek
from streams.ledger.positions import Position, check_moved, move
from streams.ledger.queries import SQL
from streams.ledger.reading import read
from streams.ledger.site import Site
from streams.ledger.sources import Sources
from streams.ledger.telling import TooLargeError, number, tell
from streams.ledger.writing import write
from streams.patience import backoff_s, pause
from streams.runs import Run

log = structlog.get_logger()

MOST_QUARANTINED_IN_A_ROW = 20
"""More than this is no longer a record's own error."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one transaction did."""

    next_offset: int
    batch: Batch | None = None
    sends: bool = False


class Hub:
    """Applies runs, one after the other, on a connection of its own."""

    def __init__(
        self,
        site: Site,
        connect: Callable[[], Awaitable[AsyncConnection]],
        *,
        prepare: Callable[[AsyncConnection], Awaitable[None]],
        seek: Seek,
        committed: Callable[[], None],
        standing: Sources,
    ) -> None:
        """Take what the hub leans on.

        Args:
            site: names, rules, versions.
            connect: opens a connection to the ledger.
            prepare: runs on each new connection before anything is applied (adoption of what `notices` already holds).
            seek: makes the consumer read a partition again from an offset.
            committed: called after each commit that left something to send.
            standing: how providers fare, as all hubs of a worker see it.
        """
        self.site, self._connect, self._prepare, self._committed = site, connect, prepare, committed
        self._gaps, self._sources = Gaps(seek), standing
        self._connection: AsyncConnection | None = None
        self._in_a_row = 0

    async def apply(self, run: Run) -> bool:
        """Commit everything that `run` makes owed. False: what is missing before it is being read."""
        try:
            await self._apply(run)
        except GapError as gap:
            await self._gaps.read_again(gap)
            return False
        self._gaps.closed(run)
        return True

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _apply(self, run: Run) -> None:
        """The whole run; its halves where that takes too long, or a record cannot be committed: down to that alone."""
        try:
            await self._until_committed(run, {})
            self._in_a_row = 0
        except _RecordFailedError as failed:
            if len(run.records) == 1:
                await self._quarantine(run, failed)
            else:
                await self._apply_halves(run)
        except _TooLongError:
            await self._apply_halves(run)

    async def _apply_halves(self, run: Run) -> None:
        middle = len(run.records) // 2
        for half in (run.records[:middle], run.records[middle:]):
            await self._apply(Run(run.topic, run.partition, half))

    async def _quarantine(self, run: Run, failed: "_RecordFailedError") -> None:
        """The record fails a second time: keep it with its error, let its key wait, go on with everything else."""
        try:
            await self._until_committed(run, {})
        except _RecordFailedError:
            self._in_a_row += 1
            if self._in_a_row > MOST_QUARANTINED_IN_A_ROW:
                raise QuarantinesInARowError(
                    f"{self._in_a_row} records in a row failed, the last with: {failed}. Mend what they have in common"
                    " and start again; those before it are kept: vigie holds"
                ) from failed
            log.warning(
                "quarantined", topic=run.topic, partition=run.partition, offset=run.first_offset, error=str(failed)
            )
            await self._until_committed(run, {run.first_offset: str(failed)})

    async def _until_committed(self, run: Run, quarantine: Mapping[int, str]) -> None:
        """Slice after slice until the position is past the run; waits while the database is away."""
        attempt, since = 0, run.first_offset
        keys = _keys(run, since)
        while True:
            try:
                progress = await self._commit(run, keys, quarantine)
            except (DecisionError, TooLargeError) as error:
                raise _RecordFailedError(str(error)) from error
            except _TooLongError as error:
                attempt += 1
                await self._try_once_more(run, error, attempt)
                continue
            except (psycopg.Error, OSError, UnavailableError) as error:
                attempt += 1
                await self._wait_out(run, error, attempt)
                continue
            attempt = 0
            if progress.batch is not None:
                self._sources.committed(progress.batch)
            if progress.sends:
                self._committed()
            if progress.next_offset >= run.next_offset:
                return
            # What a record met while its first policies were told, it meets again; the policies are others.
            keys = replace(keys, policies=set()) if progress.next_offset == since else _keys(run, progress.next_offset)
            since = progress.next_offset

    async def _wait_out(self, run: Run, error: Exception, attempt: int) -> None:
        """Wait with back-off where nothing is wrong with the records; raise otherwise."""
        # Two workers may meet on one event or notice: the second look finds it. Met again, it is the record's own.
        met = isinstance(error, psycopg.errors.UniqueViolation) and attempt == 1
        match Fault.NOBODYS if met else fault_of(error):
            case Fault.A_RECORDS:
                raise _RecordFailedError(f"{type(error).__name__}: {error}".strip()) from error
            case Fault.OURS:
                raise error
        if met:
            return
        await self.close()
        await pause(backoff_s(attempt, first_s=0.1, longest_s=5.0), f"ledger, for {run.topic}", error)

    async def _try_once_more(self, run: Run, error: "_TooLongError", attempt: int) -> None:
        """It may have been held up; what takes too long again is raised, but for a record that stands alone."""
        place = {"topic": run.topic, "partition": run.partition, "offset": run.first_offset}
        log.warning("too long", **place, records=len(run.records), error=str(error))
        await self.close()
        if attempt > 1 and len(run.records) > 1:
            raise error
        await asyncio.sleep(backoff_s(attempt, first_s=0.1, longest_s=5.0))

    async def _commit(self, run: Run, keys: Keys, quarantine: Mapping[int, str]) -> Progress:
        """One transaction; once more with all keys locked where the facts brought keys out of order."""
        connection = await self._connected()
        while True:
            began_s = monotonic()
            try:
                # Nothing is written yet where facts are stale: at a rollback psycopg forgets all that it has prepared.
                async with connection.transaction():
                    with suppress(StaleFactsError):
                        return await self._transact(connection, run, keys, quarantine)
            except psycopg.Error as error:
                if took_too_long(error, monotonic() - began_s):
                    raise _TooLongError(f"{type(error).__name__}: {error}".strip()) from error
                raise

    async def _transact(
        self, connection: AsyncConnection, run: Run, keys: Keys, quarantine: Mapping[int, str]
    ) -> Progress:
        place = self.site.group, run.topic, run.partition
        held = await read(connection, place, run.records, keys, self.site.slice_notices)
        position = held.position
        if position is None:
            raise UnavailableError(
                f"no position for {run.topic}/{run.partition}: the worker opens it within seconds, also if the ledger"
                " was brought back from before its first record"
            )
        self._gaps.refuse(run, position.next_offset)
        records = run.since(position.next_offset)
        if not records:
            return Progress(run.next_offset)
        decider = Decider(self.site, held.facts, held.known, position.partitions, quarantine)
        batch = decider.decide(records, held.whom, position.now_at)
        await write(connection, batch, held)
        await self._sources.count(connection, batch)
        numbered = await number(connection, batch, held.numbers)
        async with connection.pipeline():  # one round trip
            sends = await tell(connection, batch, numbered, held.seq, self.site)
            await self._log(connection, run, held.seq, position, batch)
            moved = await self._move(connection, run, position, batch)
        check_moved(moved, run)
        return Progress(batch.next_offset, batch, sends=sends)

    async def _log(self, connection: AsyncConnection, run: Run, seq: int, was: Position, batch: Batch) -> None:
        place = (run.topic, run.partition, was.next_offset, batch.next_offset, batch.slice_after)
        await connection.execute(SQL["log_commit"], (seq, "run", batch.now, *place, *self.site.versions))

    async def _move(self, connection: AsyncConnection, run: Run, was: Position, batch: Batch) -> AsyncCursor:
        return await move(connection, self.site.group, run, was, batch.next_offset, batch.slice_after, batch.now)

    async def _connected(self) -> AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
            await self._prepare(self._connection)
        return self._connection


def _keys(run: Run, since: int) -> Keys:
    """What the records that are due join on."""
    return keys_of(record.event for record in run.since(since) if record.event is not None)


class _RecordFailedError(Exception):
    """Some record of the run cannot be committed."""


class _TooLongError(Exception):
    """The run takes longer than a transaction may."""
