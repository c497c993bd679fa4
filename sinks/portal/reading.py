"""What the web process asks of the database: always as `vigie_portal`, always in the name of one session.

Nothing here names a reader or his policies: row level security does, from the proof that `signed` sets.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from schemas.errors import UnavailableError
from sinks.portal.store import searchable
from streams.ledger.queries import load
from streams.settings import Settings

SQL = load("sinks.portal", "reading.sql")
ROLE = "vigie_portal"
A_PAGE = 20
LOOK_AGAIN_S = 0.2
PATIENCE_S = 30
"""With a database, or a sink that makes the tables, that is about to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as its reader sees it."""

    notice_id: uuid.UUID
    policy_id: str
    number: int
    kind: str
    title: str
    decided_at: dt.datetime
    language: str
    urgency: str
    revises: uuid.UUID | None
    case_id: uuid.UUID
    payload: Mapping[str, Any]
    search: str
    stored_at: dt.datetime
    opened: bool
    revised: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What the reader looks for; empty: everything."""

    text: str = ""
    kind: str = ""
    policy: str = ""
    unread: bool = False
    page: int = 1

    def parameters(self) -> dict[str, Any]:
        """As the queries bind them."""
        wanted = {"text": searchable(self.text.strip()), "kind": self.kind, "policy": self.policy}
        return {**wanted, "unread": self.unread, "limit": A_PAGE, "offset": (self.page - 1) * A_PAGE}


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from in the filter, and how much is unread."""

    policies: list[str]
    kinds: list[str]
    unread: int
    total: int


class Reading:
    """One reader's eyes, for the length of one transaction."""

    def __init__(self, connection: psycopg.AsyncConnection, email: str) -> None:
        """Come from `signed`: the transaction already carries the session."""
        self.email = email
        self._connection = connection

    async def notices(self, wanted: Filter) -> list[Notice]:
        """A page of notices, newest first."""
        return await self._notices("notices", wanted.parameters())

    async def count(self, wanted: Filter) -> int:
        """How many notices there are on all pages."""
        row = await (await self._connection.execute(SQL["count"], wanted.parameters())).fetchone()
        return int(row[0]) if row else 0

    async def choices(self) -> Choices:
        """The policies and kinds that occur."""
        async with self._connection.cursor(row_factory=class_row(Choices)) as cursor:
            found = await (await cursor.execute(SQL["choices"])).fetchone()
        return found or Choices([], [], 0, 0)

    async def notice(self, notice_id: uuid.UUID) -> Notice | None:
        """The notice; None where there is none, or none for this reader."""
        return next(iter(await self._notices("notice", {"notice_id": notice_id})), None)

    async def case(self, notice_id: uuid.UUID) -> list[Notice]:
        """All notices of the same business case, oldest first."""
        return await self._notices("case", {"notice_id": notice_id})

    async def open(self, notice_id: uuid.UUID) -> None:
        """Remember that this reader has opened it; the hub is told."""
        await self._connection.execute(SQL["open"], {"notice_id": notice_id})
        await self._connection.execute(SQL["wake_errands"])

    async def _notices(self, query: str, parameters: Mapping[str, Any]) -> list[Notice]:
        async with self._connection.cursor(row_factory=class_row(Notice)) as cursor:
            return await (await cursor.execute(SQL[query], parameters)).fetchall()


class Library:
    """The pool of connections of the web process."""

    def __init__(self, settings: Settings) -> None:
        """Take the address; nothing is opened yet."""
        self.url = reading_url(settings)
        self._pool = AsyncConnectionPool(
            self.url,
            min_size=1,
            max_size=8,
            timeout=5,
            open=False,
            # Nothing is prepared on the server: what DISCARD ALL throws away would be missed.
            kwargs={"application_name": "vigie portal", "prepare_threshold": None},
            reset=_forget,
            check=AsyncConnectionPool.check_connection,
        )

    async def open(self) -> None:
        """Wait for the database and its tables; UnavailableError where they do not come, or the role is not bound."""
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self._pool.close)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._pool.open(wait=True, timeout=PATIENCE_S)
                    while not await self._is_made():  # noqa: ASYNC110 (the sink makes them in another process)
                        await asyncio.sleep(LOOK_AGAIN_S)
            except (psycopg.OperationalError, TimeoutError) as error:
                raise UnavailableError(
                    f"the portal's tables cannot be reached as {ROLE} within {PATIENCE_S} s: is the portal's sink "
                    f"running (it makes them, and the role), and is VIGIE_PORTAL_DATABASE_URL right? {error}".rstrip()
                ) from error
            undo.pop_all()

    async def _is_made(self) -> bool:
        """Whether the sink has made the tables; UnavailableError where this role could look past its rows."""
        async with self._pool.connection() as connection:
            found = await (await connection.execute(SQL["tables_and_role"])).fetchone()
        is_made, is_unbound = found or (False, False)
        if is_unbound:
            raise UnavailableError(
                "the portal's pages must run under a role that row level security binds (no superuser, no BYPASSRLS, "
                f"owner of nothing in schema portal): set VIGIE_PORTAL_DATABASE_URL to come in as {ROLE}"
            )
        return bool(is_made)

    async def close(self) -> None:
        """Give all connections back."""
        await self._pool.close()

    async def ping(self) -> None:
        """Raise psycopg's OperationalError unless the database answers."""
        async with self._pool.connection() as connection:
            await connection.execute("SELECT 1")

    @asynccontextmanager
    async def signed(self, proof: str) -> AsyncIterator[Reading | None]:
        """One transaction in the session's name; None where there is no such session, or no longer."""
        async with self._pool.connection() as connection:
            await connection.execute(SQL["sign_on"], {"proof": proof})
            row = await (await connection.execute(SQL["reader"])).fetchone()
            yield Reading(connection, row[0]) if row and row[0] else None

    async def visible(self, proof: str) -> int | None:
        """How many notices the session can see; None where it has ended."""
        async with self._pool.connection() as connection:
            await connection.execute(SQL["sign_on"], {"proof": proof})
            row = await (await connection.execute(SQL["visible"])).fetchone()
        return int(row[0]) if row else None

    async def ask_link(self, email: str, client: str, language: str, destination: uuid.UUID | None) -> None:
        """Ask for a way in; whether the address is known cannot be told from here."""
        asked = {"email": email, "client": client, "language": language, "destination": destination}
        async with self._pool.connection() as connection:
            await connection.execute(SQL["ask_link"], asked)

    async def open_session(self, token: str, proof: str) -> tuple[bool, uuid.UUID | None]:
        """Use up a link: whether it held, and the notice that it leads to."""
        async with self._pool.connection() as connection:
            used = await connection.execute(SQL["open_session"], {"token": token, "proof": proof})
            row = await used.fetchone()
        return (row is not None, row[0] if row else None)

    async def close_session(self, proof: str) -> None:
        """End the session everywhere."""
        async with self._pool.connection() as connection:
            await connection.execute(SQL["sign_on"], {"proof": proof})
            await connection.execute(SQL["close_session"])


def reading_url(settings: Settings) -> str:
    """The address under the portal's own role. Where none is set, the ledger's under that role."""
    if settings.portal_database_url is not None:
        return settings.portal_database_url.get_secret_value()
    return make_conninfo(settings.database_url.get_secret_value(), user=ROLE, password="")


async def _forget(connection: psycopg.AsyncConnection) -> None:
    """Nothing that one request left behind (a setting, a temporary table, a LISTEN) meets the next."""
    await connection.set_autocommit(True)
    await connection.execute("DISCARD ALL")
    await connection.set_autocommit(False)
