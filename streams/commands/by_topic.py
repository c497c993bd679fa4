"""Commands that exist once for each topic that others than the hub write: files of anybody's, with a mapping."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from connectors.generic import reader_of, topics
from connectors.mapping import NONE, read_mapping
from connectors.registry import Connector
from schemas.errors import RefusedError

MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", help="TOML file that says what the columns mean.", exists=True, dir_okay=False),
]
TypeName = Annotated[
    str | None, typer.Option("--type", help="The record, as `LimitDecided`, where neither file nor mapping says it.")
]


def add_one_for_each_topic(app: typer.Typer, command_of: Callable[[str], Callable[..., None]]) -> None:
    """Give the group a command per topic, beside those for connectors: no connector is called as a topic is."""
    for topic in topics():
        app.command(topic, rich_help_panel="Files for a topic")(command_of(topic))


def reader(topic: str, mapping: Path | None, type_name: str | None) -> Connector:
    """What reads files for the topic; RefusedError says what is wrong with the mapping."""
    if mapping is None:
        return reader_of(topic, NONE, type_name)
    try:
        text = mapping.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError("bad_mapping", f"{mapping}: expected UTF-8, got another encoding: {error.reason}") from error
    try:
        return reader_of(topic, read_mapping(text), type_name)
    except RefusedError as error:
        raise RefusedError(error.reason, f"{mapping}: {error.detail}") from error
