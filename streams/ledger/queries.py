"""Named SQL: statements stand in `.sql` files, each under its name; what only one module asks, in a file beside it."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any


def load(package: str, name: str) -> dict[str, str]:
    """The statements of an `.sql` resource: each stands under a line `-- name: <name>`."""
    statements: dict[str, str] = {}
    for block in files(package).joinpath(name).read_text("utf-8").split("-- name: ")[1:]:
        title, _, body = block.partition("\n")
        statements[title.strip()] = body.strip().removesuffix(";")
    return statements


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows, at least one, as `unnest` takes them: a list for each column."""
    return [list(column) for column in zip(*rows, strict=True)]


SQL = load("streams.ledger", "queries.sql")
