"""However `notices` is cut into runs, repeated and interrupted, a sink stores the same."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.base import Record
from sinks.consumer import Notice, Sink, SinkConsumer
from sinks.deliveries import Connection
from sinks.email.sink import EmailSink
from sinks.portal.sink import PortalSink
from sinks.repeats import header
from streams.ledger.connection import connect
from streams.ledger.positions import Extent, start_of
from streams.settings import Settings
from tests.builders import NOW
from tests.long import LONG
from tests.sinks.portal.made import (
    PETIT,
    ROUX,
    a_change_of_recipients,
    a_recipient,
    a_rectification,
    an_alert,
    an_annulment,
)
from tests.streams.ledger.bench import Log, Seeks, seen

GROUP = "hub-sink"
STORED = {
    "email": {
        "notice": "notice_id, policy_id, number, kind, revises, record",
        "newest_recipients": "policy_id, number, recipients",
        "message": "notice_id, recipient_id, former, name, address, state, reason, urgent",
        "delivery_outbox": "event_id, record",
    },
    "portal": {
        "notices": "notice_id, policy_id, number, kind, revises, payload",
        "reader_lists": "policy_id, number",
        "readers": "policy_id, recipient_id, email, kinds",
        "delivery_outbox": "event_id, record",
    },
}
"""What is the same however it came to be, by sink and table."""


class KilledError(Exception):
    """The sink died before its commit."""


@dataclass
class Mortal:
    """A sink that dies when it has stored, as often as it is told to."""

    sink: Sink
    deaths: list[bool]
    name: str = "mortal"

    async def migrate(self, connection: Connection) -> None:
        await self.sink.migrate(connection)

    async def store(self, connection: Connection, received: Sequence[Notice]) -> None:
        await self.sink.store(connection, received)
        if self.deaths and self.deaths.pop():
            raise KilledError

    def tasks(self) -> Sequence[Callable[[], Awaitable[None]]]:
        return ()


TO = st.lists(st.sampled_from((PETIT, ROUX)), unique=True).flatmap(
    lambda emails: st.tuples(
        *(st.builds(a_recipient, st.just(email), kinds=st.sampled_from(([], ["JudgmentAlert"]))) for email in emails)
    )
)


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    """One policy's notices in order."""
    drawn: list[Record] = [an_alert(1, recipients=list(draw(TO)))]
    for number in range(2, draw(st.integers(2, 8))):
        to = list(draw(TO))
        kinds: tuple[Callable[[int], Record], ...] = (
            partial(an_alert, recipients=to),
            partial(a_rectification, recipients=to),
            partial(an_annulment, recipients=to),
            partial(a_change_of_recipients, current=to),
        )
        drawn.append(draw(st.sampled_from(kinds))(number))
    return drawn


@dataclass(frozen=True)
class Cuts:
    """How the records come."""

    repeats: list[int]
    """After so many records, all of them from the start come again."""
    lengths: list[int]
    """Of runs, in turn."""
    deaths: list[bool]


CUTS = st.builds(
    Cuts, st.lists(st.integers(1, 8), max_size=3), st.lists(st.integers(1, 9), min_size=1), st.lists(st.booleans())
)


def repeated(notices: list[Record], repeats: list[int]) -> list[Record]:
    """Each repeat begins again at the start of what had been published, as a publisher that lost its mark does."""
    told: list[Record] = []
    for place, notice in enumerate(notices, start=1):
        told.append(notice)
        told += notices[:place] * repeats.count(place)
    return told


class Store:
    """A sink's own schema in a real database."""

    def __init__(self, uri: str, name: str) -> None:
        self.uri, self.name = uri, name
        make: Any = {"email": EmailSink, "portal": PortalSink}[name]
        self.sink: Sink = make(self.connect, Settings())
        asyncio.run(self._make())

    async def connect(self) -> Connection:
        return await connect(self.uri, schema=self.name)

    async def _make(self) -> None:
        async with await self.connect() as connection:
            await self.sink.migrate(connection)
            await start_of(connection, GROUP, seen({("notices", 0): Extent("id", 1, 0, 0)}), {("notices", 0)})

    def state_after(self, notices: list[Record], cuts: Cuts) -> dict[str, Any]:
        """What an empty store holds once these have come."""
        with psycopg.connect(self.uri, options=f"-c search_path={self.name}") as connection:
            connection.execute(f"TRUNCATE {', '.join(STORED[self.name])} CASCADE")
            connection.execute("UPDATE position SET next_offset = 0")
        asyncio.run(self._apply(notices, cuts))
        with psycopg.connect(self.uri, options=f"-c search_path={self.name}") as connection:
            return {
                table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}").fetchall()
                for table, columns in STORED[self.name].items()
            }

    async def _apply(self, notices: list[Record], cuts: Cuts) -> None:
        log, deaths = Log("notices"), list(cuts.deaths)
        for place, notice in enumerate(notices):
            comes_again = notice in notices[:place]
            log.append(notice, at=NOW + dt.timedelta(minutes=header(notice).number, days=comes_again))
        first, turn = 0, 0
        while first < len(notices):
            end = min(first + cuts.lengths[turn % len(cuts.lengths)], len(notices))
            consumer = SinkConsumer(Mortal(self.sink, deaths), GROUP, self.connect, Seeks())
            try:
                assert await consumer.apply(log.run(first, end))
                first = end
            except KilledError:
                first = max(0, first - 1)  # handed over again, and what was before it too
            finally:
                turn += 1
                await consumer.close()


@pytest.mark.parametrize("name", ["email", "portal"])
def test_any_cut(postgres: str, name: str) -> None:
    """Runs of any length, repeats, and sinks that die before they commit: as if each notice had come alone, once."""
    store = Store(postgres, name)

    @given(notices=logs(), cuts=CUTS)
    @settings(max_examples=300 if LONG else 12, suppress_health_check=list(HealthCheck))
    def same(notices: list[Record], cuts: Cuts) -> None:
        expected = store.state_after(notices, Cuts([], [1], []))
        assert store.state_after(repeated(notices, cuts.repeats), cuts) == expected

    same()
