"""How commands show what they found: a table for a person, JSON lines for a program."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table

from streams.ledger.queries import SQL
from streams.parts import open_database
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
    """A table for a person (the first line of each text, times in the own zone), or a JSON object a line, whole.

    Times are in JSON as the intake has them: `2026-03-14T08:00:00Z`.
    """
    rows = list(rows)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(dict(zip(columns, row, strict=True)), default=to_jsonable_python, ensure_ascii=False))
        return
    if not rows:
        typer.echo(nothing)
        return
    cells = [[cell(value) for value in row] for row in rows]
    console = Console(highlight=False, markup=False)
    widths = {name: max(map(len, column)) for name, *column in zip(columns, columns, *cells, strict=True)}
    room = console.width - sum(2 + width for name, width in widths.items() if name != _MAY_BE_CUT) - 2
    table = Table(box=None, header_style="bold")
    for name in columns:
        is_cut = name == _MAY_BE_CUT and console.is_terminal
        table.add_column(name, no_wrap=True, max_width=max(room, _LEAST) if is_cut else None)
    for line in cells:
        table.add_row(*line)
    console.width = _WHOLE  # a line that is longer than the terminal's runs over to its next
    console.print(table, crop=False)


_MAY_BE_CUT = "detail"
"""The column that gives way where the terminal is narrow."""
_LEAST = 20
"""Characters that are left of it."""
_WHOLE = 10_000


def cell(value: Any) -> str:
    """A value in a line for a person: a time in the own zone, the first line of a text."""
    if isinstance(value, dt.datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    return "" if value is None else printable(str(value).partition("\n")[0])


def printable(text: str) -> str:
    """What others chose, as a terminal may show it: whatever it would obey is written out."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
