"""`vigie validate`: whether the intake would take a file, with nothing needed and nothing touched."""

import codecs
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from connectors.intake.reading import TOPICS, Event, Fault, FaultsError, read_avro, read_json, read_lines
from streams.commands.sources import Files, opened

_MOST_TOLD = 100
_TYPES = [record.__name__ for topic in TOPICS.values() for record in topic.records]


def validate(
    files: Files,
    topic: Annotated[str | None, typer.Option(help="Take only records of this topic.")] = None,
    type_name: Annotated[
        str | None, typer.Option("--type", help="The record, as `LimitDecided`, where a line is its value alone.")
    ] = None,
) -> None:
    """Check files of records, a JSON object each or one a line, or one record's Avro bytes, as the intake does.

    Each line is `{"type": "LimitDecided", "value": {…}}`, as `vigie parse` prints it, or with --type the value alone.
    The first 100 errors are JSON lines on standard error. Exits with 1 where there is one.
    """
    _check_known("--topic", topic, list(TOPICS))
    _check_known("--type", type_name, _TYPES)
    checked = _Checked()
    for path in files:
        with opened(path) as file:
            for outcome in _outcomes(file.read(), topic, type_name):
                checked.add(path, outcome)
    if checked.errors > _MOST_TOLD:
        typer.echo(json.dumps({"errors_left_off": checked.errors - _MOST_TOLD}), err=True)
    typer.echo(f"{checked.valid} valid, {checked.invalid} not")
    raise typer.Exit(1 if checked.invalid else 0)


def _check_known(option: str, name: str | None, known: list[str]) -> None:
    if name is not None and name not in known:
        raise typer.BadParameter(f"expected one of {', '.join(known)}, got {name!r}", param_hint=option)


class _Checked:
    """What was found so far, in all files."""

    def __init__(self) -> None:
        self.valid = self.invalid = self.errors = 0
        self._digests: dict[bytes, bytes] = {}

    def add(self, path: Path, outcome: Event | FaultsError) -> None:
        """Count the record, and say what is wrong with it."""
        faults = outcome.faults if isinstance(outcome, FaultsError) else self._conflict(outcome)
        self.valid, self.invalid = self.valid + (not faults), self.invalid + bool(faults)
        for fault in islice(faults, max(0, _MOST_TOLD - self.errors)):
            typer.echo(json.dumps({"file": str(path), **asdict(fault)}, ensure_ascii=False), err=True)
        self.errors += len(faults)

    def _conflict(self, event: Event) -> tuple[Fault, ...]:
        """What the intake answers with 409: two contents under one id."""
        if self._digests.setdefault(event.event_key, event.digest) == event.digest:
            return ()
        expected = "expected the content that came first under this id, or a new id"
        return (Fault(event.line, "value.header.event_id", "conflicting_repeat", expected),)


def _outcomes(body: bytes, topic: str | None, type_name: str | None) -> Iterator[Event | FaultsError]:
    now = dt.datetime.now(dt.UTC)
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        if body.startswith(b"\x00"):
            yield read_avro(body, topic)
        elif _is_one(body):
            yield read_json(body, topic, now, type_name=type_name)
        else:
            yield from read_lines(body, topic, now, type_name)
    except FaultsError as error:
        yield error


def _is_one(body: bytes) -> bool:
    """Whether it is one object over several lines, be there an error in it, and not an object a line."""
    first, _, more = body.strip().partition(b"\n")
    return first.strip() == b"{" or bool(more and not _is_json(first) and _is_json(body))


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
