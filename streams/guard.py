"""The guard: looks now and then whether logs and ledger are still those that this worker began with."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import partial

import psycopg
import structlog
from psycopg import AsyncConnection

from schemas.errors import UnavailableError
from streams.ledger.gaps import Seek
from streams.ledger.positions import Partition, check_all, start_of
from streams.ledger.queries import load
from streams.logs import Logs

log = structlog.get_logger()

EVERY_S = 5.0
SQL = load("streams", "guard.sql")


class Guard:
    """Stops the worker when a log has changed, reads again what a restored ledger forgot, frees what the dead hold."""

    def __init__(
        self,
        group: str,
        topics: Sequence[str],
        logs: Logs,
        open_store: Callable[[], Awaitable[AsyncConnection]],
        acknowledged: Callable[[], MutableMapping[Partition, int]],
        seek: Seek,
        also: Callable[[AsyncConnection], Awaitable[None]] | None = None,
    ) -> None:
        """Take where to look.

        Args:
            group: consumer group of the positions.
            topics: what it reads.
            logs: asks the broker.
            open_store: opens a connection to the positions.
            acknowledged: the offset up to which this worker has applied each partition.
            seek: makes the consumer read a partition again.
            also: looks at what else must not change.
        """
        self._group, self._topics, self._logs, self._open_store = group, list(topics), logs, open_store
        self._acknowledged, self._seek, self._also = acknowledged, seek, also
        self._known: set[Partition] = set()

    async def run(self) -> None:
        """Look until cancelled.

        Raises:
            LogChangedError: a log was recreated, cut short or repartitioned: records would be skipped without a word.
        """
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self._look()
            except (UnavailableError, psycopg.OperationalError, OSError) as error:
                log.warning("guard could not look", error=f"{type(error).__name__}: {error}".strip())

    async def _look(self) -> None:
        applied = dict(self._acknowledged())  # before the positions are read, which can only be further then
        look = partial(asyncio.to_thread, self._logs.extents, self._topics)
        async with await self._open_store() as connection:
            await _end_stopped(connection)
            if self._also is not None:
                await self._also(connection)
            stands = {**await check_all(connection, self._group, look, set(self._topics))}
            if forgotten := (self._known | applied.keys()) - stands.keys():
                log.warning("ledger forgot positions", partitions=len(forgotten), why="its copy is older than they are")
                stands |= await start_of(connection, self._group, look, forgotten)
        self._known = set(stands)
        for (topic, partition), offset in applied.items():
            stand = stands.get((topic, partition), offset)
            if stand < offset:
                log.warning("ledger went back", topic=topic, partition=partition, applied=offset, stands=stand)
                self._acknowledged().pop((topic, partition), None)
                await self._seek(topic, partition, stand)


async def _end_stopped(connection: AsyncConnection) -> None:
    """Free the locks of workers that were stopped inside a transaction, where its time-outs do not."""
    for pid, _ in await (await connection.execute(SQL["end_stopped"])).fetchall():
        log.warning("ended the session of a worker that has stopped", backend=pid)
