"""`vigie parse`: what a provider's file would publish, line by line, touching nothing."""

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, BinaryIO

import typer

from connectors.generic import reader_of
from connectors.refusal import Refusal
from connectors.registry import Connector, View
from schemas.base import Record
from schemas.catalog import key_of, topic_of
from streams.commands.by_connector import one_for_each_connector
from streams.commands.by_topic import MappingFile, TypeName, add_one_for_each_topic, reader
from streams.commands.sources import Files, opened, say_refused

Lines = Callable[[BinaryIO], Iterator[Mapping[str, Any] | Refusal]]


def _command(connector: Connector) -> Callable[..., None]:
    def parse(files: Files) -> None:
        _print(files, _events(connector))

    parse.__doc__ = _help(connector)
    return parse if connector.view is None else _with_view(connector, connector.view, parse.__doc__)


def _topic_command(topic: str) -> Callable[..., None]:
    def parse(files: Files, mapping: MappingFile = None, type_name: TypeName = None) -> None:
        _print(files, _events(reader(topic, mapping, type_name)))

    parse.__doc__ = _help(reader_of(topic))
    return parse


def _help(connector: Connector) -> str:
    return f"""Print each event of {connector.reads} as a JSON line, refusals on standard error.

    Exits with 1 where something was refused.
    """


def _with_view(connector: Connector, view: View, doc: str) -> Callable[..., None]:
    option = typer.Option(f"--{view.name}", help=view.shows)

    def parse(files: Files, shown: Annotated[bool, option] = False) -> None:
        _print(files, view.read if shown else _events(connector), indent=2 if shown and sys.stdout.isatty() else None)

    parse.__doc__ = doc
    return parse


def _events(connector: Connector) -> Lines:
    def lines(file: BinaryIO) -> Iterator[Mapping[str, Any] | Refusal]:
        for outcome in connector.parse(file, dt.datetime.now(dt.UTC)):
            yield outcome if isinstance(outcome, Refusal) else _line(outcome)

    return lines


def _print(files: Files, lines: Lines, indent: int | None = None) -> None:
    refused = 0
    for path in files:
        with opened(path) as file:
            for line in lines(file):
                if isinstance(line, Refusal):
                    refused += 1
                    say_refused(path, line)
                else:
                    # bytes: JSON is UTF-8 whatever the terminal speaks
                    typer.echo(json.dumps(line, ensure_ascii=False, indent=indent).encode())
    raise typer.Exit(1 if refused else 0)


def _line(event: Record) -> dict[str, Any]:
    return {
        "topic": topic_of(event).name,
        "key": key_of(event),
        "type": type(event).__name__,
        "value": event.model_dump(mode="json"),
    }


app = one_for_each_connector("Print what files would publish: touches nothing, needs nothing.", _command)
add_one_for_each_topic(app, _topic_command)
