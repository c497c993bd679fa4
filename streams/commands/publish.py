"""`vigie publish`: a provider's file becomes events on its topic."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from connectors import bodacc as bodacc_source
from connectors.publisher import Acknowledgements, Publisher
from connectors.refusal import Refusal, refusal
from schemas.errors import RefusedError
from schemas.events.court_judgments import JudgmentPublished
from streams.commands.sources import Files, opened, say_refused
from streams.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Publish providers' files as events.")

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@app.callback()
def _publish() -> None:
    """Publish providers' files as events."""


@app.command()
def bodacc(
    files: Files,
    kafka: Annotated[str | None, typer.Option(help="Brokers, `host:port`. [default: VIGIE_KAFKA]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Publish BODACC files (XML archive or Opendatasoft JSON) on `court-judgments`, refusals on standard error.

    A damaged archive publishes nothing. Publishing a file again is safe: an event is known by its id. Exits with 1
    where something was refused.
    """
    settings = Settings()
    with (
        _progress() as advance,
        Publisher(kafka or settings.kafka, settings.topic_prefix, progress=advance) as publisher,
    ):
        refused = sum(_publish_file(path, publisher) for path in files)
        acknowledged = publisher.flush()
    typer.echo(_summary_json(acknowledged, refused) if as_json else _summary(acknowledged, refused))
    raise typer.Exit(1 if refused else 0)


def _publish_file(path: Path, publisher: Publisher) -> int:
    """Publish what the file holds; how many of its notices and events were refused."""
    refused = 0
    with opened(path) as file:
        for outcome in bodacc_source.parse(file, dt.datetime.now(dt.UTC)):
            rejected = outcome if isinstance(outcome, Refusal) else _rejected(outcome, publisher)
            if rejected is not None:
                refused += 1
                say_refused(path, rejected)
    return refused


def _rejected(event: JudgmentPublished, publisher: Publisher) -> Refusal | None:
    """Publish the event; why not, where no topic takes it."""
    try:
        publisher.publish(event)
    except RefusedError as error:
        return refusal(event.reference, f"event {event.header.event_id}", error)
    return None


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """A count of what the broker has taken, on standard error, where a person watches; it is gone when all is done."""
    console = Console(stderr=True)
    with Progress(*_COLUMNS, console=console, transient=True, disable=not console.is_terminal) as progress:
        events = progress.add_task("published", total=None)
        yield lambda more: progress.advance(events, more)


def _summary(acknowledged: Acknowledgements, refused: int) -> str:
    count = sum(part.count for part in acknowledged.values())
    return f"{count} event{'' if count == 1 else 's'} published, {refused} refused"


def _summary_json(acknowledged: Acknowledgements, refused: int) -> str:
    partitions = [
        {"topic": topic, "partition": partition, "count": part.count, "last_offset": part.last_offset}
        for (topic, partition), part in sorted(acknowledged.items())
    ]
    return json.dumps({"published": sum(p["count"] for p in partitions), "refused": refused, "partitions": partitions})
