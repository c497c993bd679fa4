"""Connections to the ledger, and the migrations that make it."""

from importlib.resources import files

import psycopg
from psycopg import AsyncConnection, sql

from schemas.errors import UnavailableError
from streams.ledger.queries import SQL

SESSION = {
    # A worker that was stopped in the middle of a transaction must not keep its locks. Inside COPY none of these helps:
    # the guard of another worker ends such a session once it is older than the last of them.
    "idle_in_transaction_session_timeout": "2s",
    "lock_timeout": "4s",
    "statement_timeout": "10s",
    "transaction_timeout": "10s",
    "timezone": "UTC",
    # Plans are kept for as long as a session lasts: one made while a table was empty would read it whole ever after.
    "enable_seqscan": "off",
}


async def connect(url: str, *, schema: str = "ledger", isolation: str = "read committed") -> AsyncConnection:
    """A connection in autocommit mode, whose transactions free their locks even when this process is stopped."""
    options = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    options += " -c default_transaction_isolation=" + isolation.replace(" ", "\\ ")
    connection = await AsyncConnection.connect(
        url,
        autocommit=True,
        prepare_threshold=2,
        options=f"{options} -c search_path={schema}",
        application_name="vigie",
    )
    connection.prepared_max = 200
    return connection


async def migrate(
    connection: AsyncConnection,
    package: str = "streams.ledger",
    schema: str = "ledger",
    *,
    reads_topics: bool = True,
) -> list[str]:
    """Bring a schema up to date; each `migrations/*.sql` of `package` is applied once, in order, in a transaction.

    Args:
        connection: in autocommit mode.
        package: where the migrations are.
        schema: made where it is missing, and first in their search_path.
        reads_topics: who works in it has positions in topics.

    Returns:
        The names of the migrations applied now.

    Raises:
        UnavailableError: a table is in use for longer than the session waits for a lock.
    """
    scripts = sorted(files(package).joinpath("migrations").iterdir(), key=lambda f: f.name)
    applied: list[str] = []
    for script in scripts:
        title = f"{schema}/{script.name}"
        try:
            async with connection.transaction():
                await _take_turns(connection)
                await open_schema(connection, schema, reads_topics=reads_topics)
                if await _is_new(connection, title):
                    await connection.execute(sql.SQL(script.read_text("utf-8")))
                    applied.append(title)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            raise UnavailableError(
                f"{title} waits for a table that is in use. Stop the workers and the sinks, and migrate again"
            ) from error
    return applied


async def _take_turns(connection: AsyncConnection) -> None:
    """Wait for whoever migrates, as long as that takes; then only locks of tables are not waited for for ever."""
    row = await (await connection.execute("SHOW lock_timeout")).fetchone()
    await connection.execute("SET LOCAL transaction_timeout = 0; SET LOCAL statement_timeout = 0")
    await connection.execute("SET LOCAL lock_timeout = 0")
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('vigie migrations', 0))")
    await connection.execute("SELECT set_config('lock_timeout', %s, true)", row)
    await connection.execute(SQL["create_migration"])


async def open_schema(connection: AsyncConnection, schema: str, *, reads_topics: bool = True) -> None:
    """Make a schema, with the positions of those who read topics, where they are missing."""
    async with connection.transaction():
        await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        await connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        if reads_topics:
            await connection.execute(SQL["create_position"])


async def _is_new(connection: AsyncConnection, title: str) -> bool:
    inserted = await connection.execute(SQL["note_migration"], [title])
    return await inserted.fetchone() is not None
