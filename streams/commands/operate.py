"""What an operator sees and does: what waits for a person, what is held back, where the hub stands."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from schemas.errors import RefusedError
from streams.app import SINKS, make_site, open_database
from streams.ledger.positions import Extent, Partition
from streams.ledger.positions import accept as accept_log
from streams.ledger.queries import SQL
from streams.ledger.release import release
from streams.logs import Logs
from streams.settings import Settings

Limit = Annotated[int, typer.Option(min=1, help="Rows at most.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")]
Place = Annotated[str, typer.Argument(metavar="NAME", help="A source, or a name that `vigie holds` shows.")]

positions_app = typer.Typer(no_args_is_help=True, help="Where the hub stands in each log.")


def reviews(limit: Limit = 50, *, as_json: AsJson = False) -> None:
    """Show what a person must look at: what could not be told as it stands is held here, verbatim."""
    columns = ("reason", "opened_at", "policy_id", "buyer_id", "record", "detail")
    _show("No review is open.", columns, _rows("list_reviews", [limit]), as_json=as_json)


def refusals(limit: Limit = 50, *, as_json: AsJson = False) -> None:
    """Show what was refused, the newest first: each is on `dead-letters` too, with its bytes."""
    columns = ("reason", "refused_at", "source", "record", "detail")
    _show("Nothing was refused.", columns, _rows("list_refusals", [limit]), as_json=as_json)


def holds(limit: Limit = 50, *, as_json: AsJson = False) -> None:
    """Show what holds records back: paused sources, keys behind a record that failed twice, policies not known yet."""
    held = _rows("list_holds", [limit])
    unknown = [
        (name, since, "the policy's terms are not known yet", count)
        for name, count, since in _rows("list_waiting", [limit])
    ]
    _show("Nothing is held back.", ("name", "since", "reason", "records"), [*held, *unknown], as_json=as_json)


def resume(name: Place) -> None:
    """Apply what waits for a source or a key, in order, then let its new records through.

    A record that fails again stops it: that record and those behind it go on waiting.
    """
    waits_for = name if ":" in name else f"source:{name}"
    settings = Settings()
    done = asyncio.run(_release(settings, waits_for))
    typer.echo(f"{waits_for}: {done[0]} records applied, {done[1]} notices owed")


async def _release(settings: Settings, waits_for: str) -> tuple[int, int]:
    async with await open_database(settings) as connection:
        released = await release(connection, make_site(settings), waits_for)
    return released.applied, released.notices


@positions_app.command("show")
def show_positions(*, as_json: AsJson = False) -> None:
    """Show the offset that is due in each partition, for the hub and each sink, and the last record's broker time."""
    columns = ("group", "topic", "partition", "next_offset", "slice_after", "now_at")
    rows = [(group, *row) for schema, group in _readers(Settings()) for row in _rows("list_positions", [group], schema)]
    _show("Nothing has been read yet.", columns, rows, as_json=as_json)


@positions_app.command("accept")
def accept_positions(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="The topic, with its prefix if it has one.")],
) -> None:
    """Accept that a topic was recreated, cut short or given more partitions, with the workers stopped.

    A log that no longer holds the position is then read from its start: events already applied are known by their ids.
    """
    settings = Settings()
    extents = {place: extent for place, extent in Logs(settings.kafka).extents([topic]).items() if place[0] == topic}
    if not extents:
        raise RefusedError("no_topic", f"there is no topic {topic!r} at {settings.kafka}")
    changed = asyncio.run(_accept(settings, extents))
    typer.echo(f"{topic}: {changed} positions accepted as the broker has them now")


async def _accept(settings: Settings, extents: Mapping[Partition, Extent]) -> int:
    changed = 0
    for schema, group in _readers(settings):
        async with await open_database(settings, schema) as connection:
            changed += await accept_log(connection, group, extents)
    return changed


def _readers(settings: Settings) -> list[tuple[str, str]]:
    """Schema and consumer group of the hub and of each sink."""
    return [("ledger", settings.group), *((name, f"{settings.group}-{name}") for name in SINKS)]


def _rows(query: str, parameters: Sequence[Any], schema: str = "ledger") -> list[tuple[Any, ...]]:
    return asyncio.run(_ask(Settings(), query, parameters, schema))


async def _ask(settings: Settings, query: str, parameters: Sequence[Any], schema: str) -> list[tuple[Any, ...]]:
    async with await open_database(settings, schema) as connection:
        return await (await connection.execute(SQL[query], parameters)).fetchall()


def _show(nothing: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], *, as_json: bool) -> None:
    """A table for a person (the first line of each text, times in the own zone), or a JSON object a line, whole."""
    rows = list(rows)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(dict(zip(columns, row, strict=True)), default=str, ensure_ascii=False))
        return
    if not rows:
        typer.echo(nothing)
        return
    cells = [[_cell(value) for value in row] for row in rows]
    table = Table(box=None, header_style="bold")
    for index, column in enumerate(columns):
        widest = max(len(column), *(len(row[index]) for row in cells))
        table.add_column(column, no_wrap=True, min_width=None if column in _MAY_BE_CUT else widest)
    for line in cells:
        table.add_row(*line)
    Console(highlight=False, markup=False).print(table)


_MAY_BE_CUT = ("detail",)
"""Columns that give way where the terminal is narrow."""


def _cell(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value).partition("\n")[0]
