"""`vigie fetch`: a public feed becomes events on its topic, from where the last fetch ended."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from connectors.cursors import Cursor, claimed
from connectors.overlap import Ends, ends_of, published_since
from connectors.publisher import Publisher
from connectors.registry import Connector, Fetched
from schemas.errors import UnavailableError
from streams import log_lines
from streams.cluster import cluster_of
from streams.commands.by_connector import one_for_each_connector
from streams.commands.publish import AsJson, Kafka, progress, publish_content, summary, summary_json
from streams.logs import Logs
from streams.patience import backoff_s
from streams.settings import Settings

log = structlog.get_logger()

Since = Annotated[
    str | None,
    typer.Option(
        metavar="CURSOR",
        help="Begin here, at a date or a timepoint of the feed, instead of where the last fetch ended.",
    ),
]
Follow = Annotated[bool, typer.Option("--follow/--once", help="Go on until Ctrl-C, or end when nothing more is there.")]
Every = Annotated[float, typer.Option(min=1, help="Seconds between two looks at the feed, with --follow.")]

_LONGEST_S = 900.0
_LOOKS = 6
"""At the topics' ends, each with a patience of its own."""


def _command(connector: Connector) -> Callable[..., None] | None:
    if connector.fetch is None:
        return None

    def fetch(
        since: Since = None,
        follow: Follow = False,
        every: Every = 3600.0,
        kafka: Kafka = None,
        as_json: AsJson = False,
    ) -> None:
        log_lines.configure()
        settings = Settings()
        cluster = cluster_of(settings, kafka)
        own = connector.settings() if connector.settings else None
        with (
            claimed(settings.database_url.get_secret_value(), connector.feed_of(own)) as cursor,
            progress() as advance,
            Publisher(cluster, settings.topic_prefix, progress=advance) as publisher,
            closing(Logs(cluster)) as logs,
        ):
            topics = [settings.topic_prefix + topic for topic in connector.topics]
            begun = {topic: ends for topic, ends in cursor.begun().items() if topic in topics}
            publisher.already = published_since(cluster, logs, begun) if begun else {}
            pieces = _begun(_pieces(connector, own, since, cursor, every if follow else None), cursor, logs, topics)
            refused = _publish(pieces, connector, publisher, cursor)
            acknowledged = publisher.flush()
        typer.echo(summary_json(acknowledged, refused) if as_json else summary(acknowledged, refused))
        raise typer.Exit(1 if refused else 0)

    topics = ", ".join(f"`{topic}`" for topic in connector.topics)
    fetch.__doc__ = f"""Fetch what is new in the public feed of {connector.name}, and publish it on {topics}.

    Refusals go to standard error. The feed's cursor moves in the database once Kafka has acknowledged all before it:
    a fetch that is stopped, or killed, leaves no hole, and the next one passes over what lies on the topic already.

    Exits with 1 where something was refused, with 69 where the feed, Kafka or the database is away.
    """
    return fetch


def _publish(pieces: Iterator[Fetched], connector: Connector, publisher: Publisher, cursor: Cursor) -> int:
    """Publish piece after piece until there is none or Ctrl-C; how much was refused.

    What was begun ends where the feed has no more, if all that lay on the topics was passed over or something new was
    published, which comes behind it: a heartbeat may also come amid what is passed over, or before.
    """
    refused = 0
    place = Path(f"feed of {connector.name}")
    try:
        for piece in pieces:
            refused += publish_content(io.BytesIO(piece.content), place, connector, publisher) if piece.content else 0
            published = publisher.flush()
            if piece.cursor:
                cursor.move(piece.cursor)
            if not piece.content and (published or not publisher.already):
                cursor.end()
    except KeyboardInterrupt:
        typer.echo("stopped: the next fetch goes on where this one ended", err=True)
    return refused


def _begun(pieces: Iterator[Fetched], cursor: Cursor, logs: Logs, topics: list[str]) -> Iterator[Fetched]:
    """Each piece, once it is remembered where the topics ended before it."""
    for piece in pieces:
        if piece.content:
            cursor.begin(_ends(logs, topics))
        yield piece


def _ends(logs: Logs, topics: list[str]) -> Ends:
    """Where the topics end, with the patience that a broker wants to restart."""
    for _ in range(_LOOKS - 1):
        with suppress(UnavailableError):
            return ends_of(logs, topics)
    return ends_of(logs, topics)


def _pieces(
    connector: Connector, own: Any, since: str | None, cursor: Cursor, every_s: float | None
) -> Iterator[Fetched]:
    """What the feed has, then an empty piece; with ``every_s`` again and again, however long it is away."""
    assert connector.fetch is not None
    failures = 0
    start = since or cursor.read()
    while True:
        try:
            for piece in connector.fetch(own, start):
                failures, start = 0, piece.cursor or start
                yield piece
                if not piece.content and every_s is None:
                    return
            yield Fetched(b"", "")
        except UnavailableError as error:
            if every_s is None:
                raise
            failures += 1
            log.warning("away", what=connector.name, error=str(error))
        if every_s is None:
            return
        time.sleep(backoff_s(failures, longest_s=_LONGEST_S) if failures else every_s)


app = one_for_each_connector("Fetch what is new in public feeds, and publish it as events.", _command)
