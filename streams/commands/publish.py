"""`vigie publish`: a provider's file becomes events on its topic."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from connectors.publisher import Acknowledgements, Publisher
from connectors.refusal import Refusal, refusal
from connectors.registry import Connector
from schemas.errors import RefusedError
from streams.commands.by_connector import one_for_each_connector
from streams.commands.sources import Files, opened, say_refused
from streams.settings import Settings

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())

Kafka = Annotated[str | None, typer.Option(help="Brokers, `host:port`. [default: VIGIE_KAFKA]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


def _command(connector: Connector) -> Callable[..., None]:
    def publish(files: Files, kafka: Kafka = None, as_json: AsJson = False) -> None:
        settings = Settings()
        with (
            progress() as advance,
            Publisher(kafka or settings.kafka, settings.topic_prefix, progress=advance) as publisher,
        ):
            refused = sum(_publish_file(path, connector, publisher) for path in files)
            acknowledged = publisher.flush()
        typer.echo(summary_json(acknowledged, refused) if as_json else summary(acknowledged, refused))
        raise typer.Exit(1 if refused else 0)

    topics = ", ".join(f"`{topic}`" for topic in connector.topics)
    publish.__doc__ = f"""Publish {connector.reads} on {topics}, refusals on standard error.

    A damaged file publishes nothing. Publishing a file again is safe: an event is known by its id.

    Exits with 1 where something was refused.
    """
    return publish


def _publish_file(path: Path, connector: Connector, publisher: Publisher) -> int:
    with opened(path) as file:
        return publish_content(file, path, connector, publisher)


def publish_content(file: BinaryIO, place: Path, connector: Connector, publisher: Publisher) -> int:
    """Publish what was read from a place; how many of its pieces and events were refused, each said."""
    refused = 0
    for outcome in connector.parse(file, dt.datetime.now(dt.UTC)):
        rejected = outcome if isinstance(outcome, Refusal) else _rejected(outcome, publisher)
        if rejected is not None:
            refused += 1
            say_refused(place, rejected)
    return refused


def _rejected(event: Any, publisher: Publisher) -> Refusal | None:
    """Publish the event; why not, where no topic takes it."""
    try:
        publisher.publish(event)
    except RefusedError as error:
        return refusal(event.header.event_id, f"event {event.header.event_id}", error)
    return None


@contextmanager
def progress() -> Iterator[Callable[[int], None]]:
    """A count of what the broker has taken, on standard error, where a person watches; it is gone when all is done."""
    console = Console(stderr=True)
    with Progress(*_COLUMNS, console=console, transient=True, disable=not console.is_terminal) as shown:
        events = shown.add_task("published", total=None)
        yield lambda more: shown.advance(events, more)


def summary(acknowledged: Acknowledgements, refused: int) -> str:
    """What was published, in a sentence."""
    count = sum(part.count for part in acknowledged.values())
    return f"{count} event{'' if count == 1 else 's'} published, {refused} refused"


def summary_json(acknowledged: Acknowledgements, refused: int) -> str:
    """What was published, as a line of JSON, by topic and partition."""
    partitions = [
        {"topic": topic, "partition": partition, "count": part.count, "last_offset": part.last_offset}
        for (topic, partition), part in sorted(acknowledged.items())
    ]
    return json.dumps({"published": sum(p["count"] for p in partitions), "refused": refused, "partitions": partitions})


app = one_for_each_connector("Publish providers' files as events.", _command)
