"""The parts of a deployment, made from its settings: what commands share with the applications, and needs no Faust."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from functools import partial
from importlib.metadata import version
from pkgutil import resolve_name

from psycopg import AsyncConnection

from schemas.catalog import INPUTS
from schemas.errors import RefusedError, UnavailableError
from sinks.consumer import Sink
from streams.cluster import cluster_of
from streams.commitments.catalog import RULES_VERSION
from streams.commitments.rules import RULES
from streams.ledger.connection import connect
from streams.ledger.site import Site
from streams.logs import Logs
from streams.settings import Settings

SINKS: Mapping[str, str] = {"email": "sinks.email.sink:EmailSink", "portal": "sinks.portal.sink:PortalSink"}
"""By name: each sink's class, loaded by the process that runs it."""

Connect = Callable[[], Awaitable[AsyncConnection]]


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
