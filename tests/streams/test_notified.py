"""Waiting for PostgreSQL's NOTIFY."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from streams.notified import notified

TELL = "NOTIFY bell"


@asynccontextmanager
async def listening(uri: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(uri, autocommit=True) as connection:
        await connection.execute("LISTEN bell")
        yield connection


async def said(uri: str, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(uri, autocommit=True) as other:
        await other.execute(statement)


def test_what_is_told_wakes(postgres: str) -> None:
    """Told before or while it waits, also among the answers of another statement: it returns; else it waits on."""

    async def scene() -> None:
        async with listening(postgres) as connection, asyncio.timeout(30):
            await said(postgres, TELL)
            await notified(connection)
            await said(postgres, TELL)
            await connection.execute("SELECT 1")
            await notified(connection)
            waiting = asyncio.create_task(notified(connection))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            await said(postgres, TELL)
            await waiting
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)

    asyncio.run(scene())


def test_it_waits_no_longer_than_it_is_told(postgres: str) -> None:
    """Nobody says anything: it returns all the same."""

    async def scene() -> None:
        async with listening(postgres) as connection, asyncio.timeout(30):
            await notified(connection, at_most_s=0.2)

    asyncio.run(scene())


def test_a_connection_that_is_lost_is_an_error(postgres: str) -> None:
    """Its backend ends while it waits."""

    async def scene() -> None:
        async with listening(postgres) as connection, asyncio.timeout(30):
            waiting = asyncio.create_task(notified(connection))
            await asyncio.sleep(0.1)
            await said(postgres, f"SELECT pg_terminate_backend({connection.info.backend_pid})")
            with pytest.raises(psycopg.OperationalError):
                await waiting

    asyncio.run(scene())


def test_it_heeds_a_cancellation(postgres: str) -> None:
    """Told to stop while it waits, it stops, and leaves the connection as it was."""

    async def scene() -> None:
        async with listening(postgres) as connection, asyncio.timeout(30):
            waiting = asyncio.create_task(notified(connection))
            await asyncio.sleep(0.1)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)

    asyncio.run(scene())
