"""How commands show what they found: a table for a person, JSON lines for a program."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from streams.app import open_database
from streams.ledger.queries import SQL
from streams.settings import Settings

Limit = Annotated[int, typer.Option(min=1, help="Rows at most.")]
Parameters = Sequence[Any] | Mapping[str, Any]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")]


def rows(query: str, parameters: Parameters, schema: str = "ledger") -> list[tuple[Any, ...]]:
    """What a named query of the ledger finds."""
    return asyncio.run(_ask(Settings(), query, parameters, schema))


async def _ask(settings: Settings, query: str, parameters: Parameters, schema: str) -> list[tuple[Any, ...]]:
    async with await open_database(settings, schema) as connection:
        return await (await connection.execute(SQL[query], parameters)).fetchall()


def show(nothing: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], *, as_json: bool) -> None:
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
