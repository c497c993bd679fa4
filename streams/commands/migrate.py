"""`vigie migrate`: make the topics, the ledger and the sinks' stores, or bring them up to date."""

import asyncio
from typing import Annotated

import typer

from schemas.catalog import TOPICS
from streams.cluster import cluster_of
from streams.embedded.topics import PARTITIONS, ensure_topics
from streams.ledger.connection import migrate as migrate_schema
from streams.ledger.connection import open_schema
from streams.parts import SINKS, make_sink, open_database
from streams.settings import Settings


def migrate(
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of the topics that are made now.")] = PARTITIONS,
) -> None:
    """Make the topics, the ledger and the sinks' stores, or bring them up to date. Running it again changes nothing."""
    settings = Settings()
    ensure_topics(cluster_of(settings), {settings.topic_prefix + name: partitions for name in TOPICS})
    typer.echo(f"topics   {', '.join(settings.topic_prefix + name for name in TOPICS)} at {settings.kafka}")
    applied = prepare(settings)
    typer.echo(f"database {', '.join(applied) or 'is up to date'}")


def prepare(settings: Settings) -> list[str]:
    """Bring the database up to date; returns the names of the migrations applied now."""
    return asyncio.run(_migrate(settings))


async def _migrate(settings: Settings) -> list[str]:
    async with await open_database(settings) as connection:
        applied = await migrate_schema(connection)
        applied += await migrate_schema(connection, "connectors", "feeds", reads_topics=False)
        applied += await migrate_schema(connection, "connectors.intake", "intake", reads_topics=False)
    for name in SINKS:
        async with await open_database(settings, name) as connection:
            await open_schema(connection, name)
            await make_sink(name, settings).migrate(connection)
    return applied
