"""What every request to the intake needs."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from connectors.intake.desk import Desk
from connectors.intake.feed import Feed
from connectors.intake.rates import Rates
from connectors.intake.receipts import Receipts
from streams.cluster import cluster_of
from streams.ledger.connection import SESSION
from streams.settings import Settings

CONNECTIONS = 4
"""To PostgreSQL; a request needs one at a time, for some milliseconds."""

PATIENCE_S = 2.0
"""For a connection: a request is answered soon, also with no."""

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once, opened and closed with the application."""

    settings: Settings
    clock: Clock
    pool: AsyncConnectionPool[AsyncConnection]
    desk: Desk
    feed: Feed
    rates: Rates


def make(settings: Settings, clock: Clock) -> Parts:
    """The parts of one insurer's intake; nothing is opened yet."""
    pool: AsyncConnectionPool[AsyncConnection] = AsyncConnectionPool(
        settings.database_url.get_secret_value(),
        min_size=1,
        max_size=CONNECTIONS,
        timeout=PATIENCE_S,
        open=False,
        kwargs={
            "autocommit": True,
            "application_name": "vigie intake",
            "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
        },
        check=AsyncConnectionPool.check_connection,
    )
    feed = Feed(cluster_of(settings), settings.topic_prefix)
    return Parts(settings, clock, pool, Desk(Receipts(pool), feed), feed, Rates(settings.intake_rate))
