"""Hubs over a real database, fed with runs made by hand: no broker is needed to see what a commit changes."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from schemas.base import Record
from schemas.catalog import key_of
from schemas.codec import decode, encode
from streams.commitments.rules import RULES
from streams.ledger.connection import connect, migrate
from streams.ledger.hub import Hub
from streams.ledger.positions import Extent, Look, Partition, start_of
from streams.ledger.site import Site
from streams.ledger.sources import Sources
from streams.runs import Received, Run
from tests.builders import BUYER, NOW, a_limit, some_terms

GROUP = "hub"
SITE = Site(
    group=GROUP,
    prefix="",
    partitions={"notices": 4, "dead-letters": 2},
    rules=RULES,
    zone=ZoneInfo("Europe/Paris"),
    slice_notices=2000,
    rules_version="rules 1",
    calendar_version="holidays 1",
    settings_hash="settings 1",
)


class Log:
    """One partition as a broker would hold it: each record gets its offset and its time there."""

    def __init__(self, topic: str, partition: int = 0) -> None:
        self.topic, self.partition = topic, partition
        self._records: list[tuple[bytes | None, bytes | None, dt.datetime]] = []

    def append(self, *events: Record, at: dt.datetime = NOW) -> Run:
        """Add events under their own keys; the run of what was added."""
        first = len(self._records)
        for event in events:
            self.put(key_of(event).encode(), encode(event), at)
        return self.run(first)

    def put(self, key: bytes | None, value: bytes | None, at: dt.datetime = NOW) -> Run:
        """Add any bytes; the run of this one record."""
        self._records.append((key, value, at))
        return self.run(len(self._records) - 1)

    def run(self, first: int = 0, end: int | None = None) -> Run:
        """The records from `first` up to `end`, decoded afresh, as after a redelivery."""
        found = enumerate(self._records[first:end], start=first)
        return Run(self.topic, self.partition, [self._received(offset, *record) for offset, record in found])

    def _received(self, offset: int, key: bytes | None, value: bytes | None, at: dt.datetime) -> Received:
        return Received(self.topic, self.partition, offset, int(at.timestamp() * 1000), key, value).read()


class Seeks:
    """Remembers what it was asked to read again."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []

    async def __call__(self, topic: str, partition: int, offset: int) -> None:
        self.asked.append((topic, partition, offset))


class Killed(BaseException):
    """The worker dies right after a commit."""


class DiesAfter:
    """Called after each commit: it ends the worker after so many."""

    def __init__(self, commits: int) -> None:
        self.left = commits

    def __call__(self) -> None:
        self.left -= 1
        if not self.left:
            raise Killed


class Ledger:
    """A ledger of one's own, a log for each topic that the hub reads, and hubs over them."""

    def __init__(self, uri: str, isolation: str = "read committed") -> None:
        self.uri, self.isolation = uri, isolation
        self.policies, self.limits = Log("policies"), Log("limits")
        self.judgments, self.deliveries = Log("court-judgments"), Log("deliveries")
        self.payments, self.claims, self.buyers = Log("payments"), Log("claims"), Log("buyer-updates")
        empty_ledger(uri)
        asyncio.run(self._assign())

    @asynccontextmanager
    async def hub(
        self, seek: Callable[[str, int, int], Awaitable[None]] | None = None, **options: Any
    ) -> AsyncIterator[Hub]:
        """One worker's hub; `options` are a Hub's own, or in place of what `SITE` has."""
        of_hub = {name: options.pop(name) for name in ("prepare", "committed", "standing") if name in options}
        hub = Hub(
            replace(SITE, **options),
            partial(connect, self.uri, isolation=self.isolation),
            seek=seek or Seeks(),
            **{"prepare": _nothing_to_prepare, "committed": lambda: None, "standing": Sources(), **of_hub},
        )
        try:
            yield hub
        finally:
            await hub.close()

    def apply(self, *runs: Run, **options: Any) -> list[bool]:
        """Apply runs one after the other by a worker that has just started."""
        return asyncio.run(self._apply(runs, options))

    def insure(self, *policy_ids: str, buyer_id: str = BUYER) -> None:
        """Policies, each with terms and a cover on the buyer."""
        self.apply(
            self.policies.append(*(some_terms(policy_id) for policy_id in policy_ids)),
            self.limits.append(*(a_limit(policy_id, buyer_id) for policy_id in policy_ids)),
        )

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        """What the ledger answers; a single column as plain values."""
        with psycopg.connect(self.uri, autocommit=True, options="-c search_path=ledger") as connection:
            rows = connection.execute(query, parameters).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    def run_sql(self, statement: str) -> None:
        """Change something behind the hub's back."""
        with psycopg.connect(self.uri, autocommit=True, options="-c search_path=ledger") as connection:
            connection.execute(statement)

    def notices(self) -> list[Any]:
        """What waits to be published on `notices`, in the order of the commits."""
        payloads = self.rows("SELECT payloads FROM outbox WHERE topic = 'notices' ORDER BY seq, partition")
        return [decode(payload) for row in payloads for payload in row]

    def told(self) -> list[tuple[str, int]]:
        """Policies and numbers of what was told, sorted."""
        return self.rows("SELECT policy_id, number FROM notice ORDER BY 1, 2")

    def position(self, topic: str = "court-judgments") -> int:
        """The offset that is due."""
        return int(self.rows("SELECT next_offset FROM position WHERE topic = %s", topic)[0])

    async def _apply(self, runs: tuple[Run, ...], options: dict[str, Any]) -> list[bool]:
        async with self.hub(**options) as hub:
            return [await hub.apply(run) for run in runs]

    async def _assign(self) -> None:
        async with await connect(self.uri) as connection:
            logs = (
                self.policies,
                self.limits,
                self.judgments,
                self.deliveries,
                self.payments,
                self.claims,
                self.buyers,
            )
            extents = {(log.topic, log.partition): Extent("id", 1, 0, 0) for log in logs}
            await start_of(connection, GROUP, seen(extents), set(extents))


def seen(extents: Mapping[Partition, Extent]) -> Look:
    """A broker that answers so."""

    async def look() -> Mapping[Partition, Extent]:
        return extents

    return look


def make_ledger(uri: str) -> None:
    """Make the ledger's tables in an empty database."""

    async def scene() -> None:
        async with await connect(uri) as connection:
            await migrate(connection)

    asyncio.run(scene())


def empty_ledger(uri: str) -> None:
    """Forget everything that a ledger holds."""
    with psycopg.connect(uri, autocommit=True) as connection:
        names = connection.execute("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = 'ledger'")
        tables = ", ".join(name for (name,) in names)
        connection.execute(f"TRUNCATE {tables}")


async def _nothing_to_prepare(_: Any) -> None:
    """No topic to adopt from."""
