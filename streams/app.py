"""The composition root: the only place where settings are read and parts are put together.

`faust -A streams.app worker` runs the hub as `vigie worker` does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from functools import partial
from importlib.metadata import version
from pkgutil import resolve_name
from typing import Any

import faust
import psycopg
from faust.types import TP
from psycopg import AsyncConnection

from schemas.catalog import INPUTS
from schemas.errors import RefusedError, UnavailableError
from sinks.consumer import Sink, SinkConsumer
from streams import agents
from streams.adoption import adopt, check_lanes, open_lanes
from streams.cluster import cluster_of
from streams.commitments import rules
from streams.commitments.catalog import RULES_VERSION
from streams.guard import Guard
from streams.ledger.connection import connect
from streams.ledger.errors import LogChangedError
from streams.ledger.hub import Hub
from streams.ledger.positions import Extent, Partition, start_of
from streams.ledger.site import Rule, Site
from streams.ledger.sources import Sources
from streams.logs import Logs
from streams.outbox import Publisher
from streams.patience import keep_trying
from streams.settings import Settings
from streams.transport import faust_app

RULES: Mapping[str, Rule] = {
    "court-judgments": rules.on_judgment,
    "buyer-updates": rules.on_buyer_update,
    "limits": rules.on_limit,
    "payments": rules.on_payment,
    "claims": rules.on_claim,
    "policies": rules.on_policy,
    "deliveries": rules.on_delivery,
}
AWAY = (UnavailableError, psycopg.OperationalError, OSError)
"""What a broker or a database that is away raises."""
SINKS: Mapping[str, str] = {"email": "sinks.email.sink:EmailSink", "portal": "sinks.portal.sink:PortalSink"}
"""By name: each sink's class, loaded by the process that runs it."""

Connect = Callable[[], Awaitable[AsyncConnection]]


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


async def open_database(settings: Settings, schema: str = "ledger") -> AsyncConnection:
    """A connection to the deployment's database, with its names looked up in `schema`."""
    return await connect(settings.database_url.get_secret_value(), schema=schema)


def make_sink(name: str, settings: Settings) -> Sink:
    """A sink with its own connections, not yet reading anything."""
    make: Callable[[Connect, Settings], Sink] = resolve_name(SINKS[name])
    return make(partial(open_database, settings, name), settings)


def make_site(settings: Settings) -> Site:
    """What this deployment is to its ledger; asks the broker how many partitions we write to."""
    names = ("notices", "dead-letters")
    with closing(Logs(cluster_of(settings))) as logs:
        extents = logs.extents([settings.topic_prefix + name for name in names])
    partitions = {name: sum(topic == settings.topic_prefix + name for topic, _ in extents) for name in names}
    missing = [name for name, count in partitions.items() if not count]
    if missing:
        raise UnavailableError(f"no topic {', '.join(missing)} at {settings.kafka}. Make the topics: vigie migrate")
    return Site(
        settings.group,
        settings.topic_prefix,
        partitions,
        RULES,
        settings.zone,
        settings.slice_notices,
        RULES_VERSION,
        f"holidays {version('holidays')}",
        settings.fingerprint(),
        _sources(settings.sources),
    )


def _sources(said: Mapping[str, list[str]]) -> Mapping[str, frozenset[str]]:
    """What each source may write; a topic misspelled would refuse everything that the source says."""
    known = {topic.name for topic in INPUTS}
    unknown = {topic for topics in said.values() for topic in topics} - known
    if unknown:
        expected = ", ".join(sorted(known))
        raise RefusedError("sources", f"VIGIE_SOURCES: expected topics of {expected}; got {', '.join(sorted(unknown))}")
    return {source: frozenset(topics) for source, topics in said.items()}


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
