"""The composition root: the applications, put together from their parts and the settings.

`faust -A streams.app worker` runs the hub as `vigie worker` does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import faust
import psycopg
from faust.types import TP
from psycopg import AsyncConnection

from schemas.errors import UnavailableError
from sinks.consumer import SinkConsumer
from streams import agents
from streams.adoption import adopt, check_lanes, open_lanes
from streams.cluster import cluster_of
from streams.guard import Guard
from streams.ledger.connection import connect
from streams.ledger.errors import LogChangedError
from streams.ledger.hub import Hub
from streams.ledger.positions import Extent, Partition, start_of
from streams.ledger.sources import Sources
from streams.logs import Logs
from streams.outbox import Publisher
from streams.parts import Connect, make_sink, make_site, open_database
from streams.patience import keep_trying
from streams.settings import Settings
from streams.transport import faust_app

AWAY = (UnavailableError, psycopg.OperationalError, OSError)
"""What a broker or a database that is away raises."""


def compose_hub(settings: Settings) -> faust.App:
    """The hub: an agent per topic, the ledger's transaction, the publishers, and a guard over the logs.

    Raises:
        UnavailableError: the broker cannot be asked for its topics.
        LogChangedError: a topic that the hub writes is missing.
    """
    site = make_site(settings)
    logs = Logs(cluster_of(settings))
    open_ledger = partial(connect, settings.database_url.get_secret_value(), isolation=settings.isolation)
    publisher = Publisher(site, partial(open_database, settings), cluster_of(settings))
    topics = [site.full(name) for name in agents.TOPICS]
    look_at_written = partial(asyncio.to_thread, logs.extents, [site.full(name) for name in site.partitions])

    async def check_written(connection: AsyncConnection) -> None:
        await check_lanes(connection, site, look_at_written)

    app = _reader(settings, settings.group, open_ledger, logs, topics, also=check_written)

    async def prepare(connection: AsyncConnection) -> None:
        await open_lanes(connection, site, look_at_written)
        await adopt(connection, site, cluster_of(settings))

    seek = partial(_seek, app, logs)
    hub = partial(Hub, site, open_ledger, prepare=prepare, seek=seek, committed=publisher.wake, standing=Sources())
    agents.register(app, topics, hub, settings.at_once)
    app.task(publisher.run)
    return app


def compose_sink(name: str, settings: Settings) -> faust.App:
    """A sink: one agent on `notices`, its store, and what it runs beside.

    Raises:
        KeyError: there is no sink of that name.
    """
    open_store = partial(open_database, settings, name)
    sink = make_sink(name, settings)
    group = f"{settings.group}-{name}"
    topic = settings.topic_prefix + "notices"
    logs = Logs(cluster_of(settings))
    app = _reader(settings, group, open_store, logs, [topic])
    consumer = partial(SinkConsumer, sink, group, open_store, partial(_seek, app, logs))
    agents.register(app, [topic], consumer)
    for task in sink.tasks():
        app.task(task)
    return app


def _reader(
    settings: Settings,
    group: str,
    open_store: Connect,
    logs: Logs,
    topics: list[str],
    also: Callable[[AsyncConnection], Awaitable[None]] | None = None,
) -> faust.App:
    """A Faust application that starts where the store says, and stops when a log is no longer what it was."""

    async def starts(assigned: set[TP]) -> Mapping[TP, int]:
        return await keep_trying(partial(look, assigned), AWAY, "where to start", first_s=0.2, longest_s=5.0)

    async def look(assigned: set[TP]) -> Mapping[TP, int]:
        wanted = {(tp.topic, tp.partition): tp for tp in assigned}
        async with await open_store() as connection:
            found = await start_of(connection, group, partial(asyncio.to_thread, logs.extents, topics), set(wanted))
        return {wanted[place]: offset for place, offset in found.items()}

    bounds = {"run_records": settings.run_records, "run_bytes": settings.run_bytes}
    app = faust_app(group, cluster_of(settings), starts, **bounds)
    seek = partial(_seek, app, logs)
    guard = Guard(group, topics, logs, open_store, lambda: app.consumer.acknowledged, seek, also)
    app.task(guard.run)
    return app


async def _seek(app: faust.App, logs: Logs, topic: str, partition: int, offset: int) -> None:
    """Read a partition again from `offset`; a log that no longer holds it would be read from elsewhere.

    Raises:
        LogChangedError: the log starts after `offset`.
    """
    extents: Mapping[Partition, Extent] = await asyncio.to_thread(logs.extents, [topic])
    extent = extents.get((topic, partition))
    if extent is None or extent.first > offset:
        raise LogChangedError(f"{topic}/{partition} no longer holds offset {offset}, which is due")
    await app.consumer.seek(TP(topic, partition), offset)


def __getattr__(name: str) -> Any:
    """`app`, for `faust -A streams.app`: composed from the environment's settings when it is asked for."""
    if name == "app":
        return compose_hub(Settings())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
