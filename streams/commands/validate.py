"""`vigie validate`: whether the intake would take a file, with nothing needed and nothing touched."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from connectors.intake.reading import TOPICS, Event, FaultsError, read_avro, read_json, read_lines
from streams.commands.sources import Files, opened


def validate(
    files: Files,
    topic: Annotated[str | None, typer.Option(help="Take only records of this topic.")] = None,
) -> None:
    """Check files of records, a JSON object each or one a line, or one record's Avro bytes, as the intake does.

    Each line is `{"type": "LimitDecided", "value": {…}}`, as `vigie parse` prints it. Every error is a JSON line on
    standard error. Exits with 1 where there is one.
    """
    if topic is not None and topic not in TOPICS:
        raise typer.BadParameter(f"expected one of {', '.join(TOPICS)}, got {topic!r}", param_hint="--topic")
    valid = invalid = 0
    for path in files:
        with opened(path) as file:
            for outcome in _outcomes(file.read(), topic):
                if isinstance(outcome, Event):
                    valid += 1
                    continue
                invalid += 1
                for fault in outcome.faults:
                    typer.echo(json.dumps({"file": str(path), **asdict(fault)}, ensure_ascii=False), err=True)
    typer.echo(f"{valid} valid, {invalid} not")
    raise typer.Exit(1 if invalid else 0)


def _outcomes(body: bytes, topic: str | None) -> Iterator[Event | FaultsError]:
    """One object over several lines is one record."""
    now = dt.datetime.now(dt.UTC)
    try:
        if body.startswith(b"\x00"):
            yield read_avro(body, topic)
        elif body.lstrip()[:2].strip() == b"{":
            yield read_json(body, topic, now)
        else:
            yield from read_lines(body, topic, now)
    except FaultsError as error:
        yield error
