"""`vigie publish`: a provider's file becomes events on its topic."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from connectors.generic import reader_of
from connectors.publisher import Acknowledgements, Publisher
from connectors.refusal import Refusal, refusal
from connectors.registry import Connector
from schemas.errors import RefusedError
from streams.cluster import cluster_of
from streams.commands.by_connector import one_for_each_connector
from streams.commands.by_topic import MappingFile, TypeName, add_one_for_each_topic, reader
from streams.commands.sources import Files, opened, say_refused
from streams.settings import Settings

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())

Kafka = Annotated[str | None, typer.Option(help="Brokers, `host:port`.", show_default="VIGIE_KAFKA")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


def _command(connector: Connector) -> Callable[..., None]:
    def publish(files: Files, kafka: Kafka = None, as_json: AsJson = False) -> None:
        _publish(files, connector, kafka, as_json=as_json)

    publish.__doc__ = _help(connector)
    return publish


def _topic_command(topic: str) -> Callable[..., None]:
    def publish(
        files: Files,
        mapping: MappingFile = None,
        type_name: TypeName = None,
        kafka: Kafka = None,
        as_json: AsJson = False,
    ) -> None:
        _publish(files, reader(topic, mapping, type_name), kafka, as_json=as_json)

    publish.__doc__ = _help(reader_of(topic))
    return publish


def _help(connector: Connector) -> str:
    topics = ", ".join(f"`{topic}`" for topic in connector.topics)
    return f"""Publish {connector.reads} on {topics}, refusals on standard error.

    A damaged file publishes nothing. Publishing a file again is safe: an event is known by its id.

    Exits with 1 where something was refused.
    """


def _publish(files: Iterable[Path], connector: Connector, kafka: str | None, *, as_json: bool) -> None:
    settings = Settings()
    with (
        progress() as advance,
        Publisher(cluster_of(settings, kafka), settings.topic_prefix, progress=advance) as publisher,
    ):
        refused = sum(_publish_file(path, connector, publisher) for path in files)
        acknowledged = publisher.flush()
    typer.echo(summary_json(acknowledged, refused) if as_json else summary(acknowledged, refused))
    raise typer.Exit(1 if refused else 0)


def _publish_file(path: Path, connector: Connector, publisher: Publisher) -> int:
    with opened(path) as file:
        return publish_content(file, path, connector, publisher)


def publish_content(file: BinaryIO, place: Path, connector: Connector, publisher: Publisher) -> int:
    """Publish what was read from a place; how many of its pieces and events were refused, each said."""
    refused = 0
    for each in refusals_of(file, connector, publisher):
        refused += 1
        say_refused(place, each)
    return refused


def refusals_of(file: BinaryIO, connector: Connector, publisher: Publisher) -> Iterator[Refusal]:
    """Publish what a file holds, on the way to each piece or event of it that is refused."""
    for outcome in connector.parse(file, dt.datetime.now(dt.UTC)):
        rejected = outcome if isinstance(outcome, Refusal) else _rejected(outcome, publisher)
        if rejected is not None:
            yield rejected


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
    partitions = receipts(acknowledged)
    return json.dumps({"published": sum(p["count"] for p in partitions), "refused": refused, "partitions": partitions})


def receipts(acknowledged: Acknowledgements) -> list[dict[str, Any]]:
    """What the broker has taken, by topic and partition."""
    return [
        {"topic": topic, "partition": partition, "count": part.count, "last_offset": part.last_offset}
        for (topic, partition), part in sorted(acknowledged.items())
    ]


app = one_for_each_connector("Publish providers' files as events.", _command)
add_one_for_each_topic(app, _topic_command)
