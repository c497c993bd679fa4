"""`vigie keys`: who may publish by HTTP, and what."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from psycopg import AsyncConnection

from connectors.intake import keys
from schemas.errors import RefusedError
from streams.commands.options import Topics
from streams.commands.showing import AsJson, show
from streams.parts import open_database
from streams.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Keys of the providers that publish by HTTP.")
Answer = TypeVar("Answer")


@app.command("create")
def create_key(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="The `source` of its records, and the only one.")],
    topics: Topics,
) -> None:
    """Print a new key for a provider, which may write these topics. It is kept as a hash: nobody can print it again."""
    typer.echo(_with_database(lambda connection: keys.create(connection, provider, topics or [])))  # none is None


@app.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """Show who has keys, for what, and which are revoked; no key itself."""
    columns = ("key_id", "provider", "topics", "created_at", "revoked_at")
    rows = [(*row[:2], ", ".join(row[2]), *row[3:]) for row in _with_database(keys.listed)]
    show("Nobody has a key.", columns, rows, as_json=as_json)


@app.command("revoke")
def revoke_key(
    name: Annotated[str, typer.Argument(metavar="KEY_OR_PROVIDER", help="A key's id, or a provider for all of his.")],
) -> None:
    """Revoke a key, or all of a provider: from the next request on it is nobody's."""
    revoked = _with_database(lambda connection: keys.revoke(connection, name))
    if not revoked:
        raise RefusedError(
            "no_key", f"expected a key in force or a provider that has one, got {name!r}: vigie keys list"
        )
    typer.echo(f"revoked: {', '.join(revoked)}")


def _with_database(ask: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    async def answer() -> Answer:
        async with await open_database(Settings(), "intake") as connection:
            return await ask(connection)

    return asyncio.run(answer())
