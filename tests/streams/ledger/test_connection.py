"""Migrations, sessions, and keys that are the same for ever."""

import asyncio
import re
from importlib.resources import files
from itertools import chain
from pathlib import Path

import psycopg
import pytest

from schemas.errors import UnavailableError
from streams.ledger.connection import connect, migrate
from streams.ledger.feedback import Refused, refusals_of
from streams.ledger.identity import event_key, pair_key, partition_of
from streams.ledger.queries import SQL
from tests.builders import a_header
from tests.streams.ledger.bench import Ledger


def test_migrating_again_changes_nothing(postgres: str) -> None:
    """Each migration is applied once, also where several processes start at the same moment."""

    async def one() -> list[str]:
        async with await connect(postgres) as connection:
            return await migrate(connection)

    async def scene() -> list[list[str]]:
        return [*await asyncio.gather(one(), one(), one()), await one()]

    *applied, again = asyncio.run(scene())
    scripts = sorted(script.name for script in files("streams.ledger").joinpath("migrations").iterdir())
    assert sorted(chain(*applied)) == [f"ledger/{name}" for name in scripts]
    assert again == []


def test_refusals_of_before_their_events_were_kept_stay(postgres: str) -> None:
    """A ledger of seven migrations, filled, takes the eighth: what it had refused names no event, and is listed."""

    async def scene() -> tuple[list[str], tuple[Refused, ...]]:
        async with await connect(postgres) as connection:
            await connection.execute(SQL["create_migration"])
            await connection.execute(
                "INSERT INTO public.vigie_migration VALUES (%s)", ["ledger/008_refused_events.sql"]
            )
            await migrate(connection)
            await connection.execute(
                "INSERT INTO ledger.refusal SELECT 'limits', 0, n, 'underwriting', NULL, 'wrong_key', '', now()"
                " FROM generate_series(1, 1000) AS n"
            )
            await connection.execute("DELETE FROM public.vigie_migration WHERE name LIKE '%%/008%%'")
            applied = await migrate(connection)
            found = await refusals_of(connection, "", "underwriting", 1000)
            assert found is not None
            return applied, found.refusals

    applied, refused = asyncio.run(scene())
    assert applied == ["ledger/008_refused_events.sql"]
    assert [(one.event_id, one.position.offset) for one in refused] == [(None, n) for n in range(1000, 0, -1)]


def test_a_failed_migration_leaves_nothing(postgres: str) -> None:
    """A migration is whole: where one statement fails, the names before it are not taken for done."""

    async def scene() -> None:
        async with await connect(postgres) as connection:
            await connection.execute("CREATE SCHEMA ledger; CREATE TABLE ledger.lane ()")
            with pytest.raises(psycopg.errors.DuplicateTable):
                await migrate(connection)

    asyncio.run(scene())
    with psycopg.connect(postgres) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname IN ('ledger', 'public')")
        assert tables.fetchall() == [("lane",)]


def written(place: Path, **scripts: str) -> str:
    """A package with these migrations."""
    (place / "stored" / "migrations").mkdir(parents=True)
    for name, script in scripts.items():
        (place / "stored" / "migrations" / f"{name}.sql").write_text(script)
    return "stored"


async def migrated(postgres: str, package: str) -> list[str]:
    """Migrate in a session with time-outs of a tenth of a second."""
    async with await connect(postgres, schema="stored") as connection:
        for name in ("statement_timeout", "transaction_timeout", "lock_timeout"):
            await connection.execute(f"SET {name} = '100ms'")
        return await migrate(connection, package, "stored")


def test_a_migration_takes_as_long_as_it_needs(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large ledger is rewritten in minutes: no time-out of a worker's session ends it, and others wait for it."""
    monkeypatch.syspath_prepend(tmp_path)
    package = written(tmp_path, a="CREATE TABLE a ()", b="SELECT pg_sleep(0.3)")

    async def scene() -> list[list[str]]:
        return await asyncio.gather(migrated(postgres, package), migrated(postgres, package))

    assert sorted(chain(*asyncio.run(scene()))) == ["stored/a.sql", "stored/b.sql"]


def test_what_is_migrated_stays_so(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each migration is a transaction: where one fails, the next attempt goes on with it."""
    monkeypatch.syspath_prepend(tmp_path)
    package = written(tmp_path, a="CREATE TABLE a ()", b="CREATE TABLE b (); SELECT 1 / 0", c="CREATE TABLE c ()")
    with pytest.raises(psycopg.errors.DivisionByZero):
        asyncio.run(migrated(postgres, package))
    (tmp_path / "stored" / "migrations" / "b.sql").write_text("CREATE TABLE b ()")
    assert asyncio.run(migrated(postgres, package)) == ["stored/b.sql", "stored/c.sql"]


def test_a_table_in_use_is_said_to_be(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever migrates beside workers is told what to do."""
    monkeypatch.syspath_prepend(tmp_path)
    asyncio.run(migrated(postgres, written(tmp_path, a="CREATE TABLE a ()")))
    (tmp_path / "stored" / "migrations" / "b.sql").write_text("ALTER TABLE a ADD COLUMN b int")
    with psycopg.connect(postgres) as worker:
        worker.execute("SELECT * FROM stored.a")
        with pytest.raises(UnavailableError, match=r"stored/b.sql waits .* Stop the workers"):
            asyncio.run(migrated(postgres, "stored"))


def test_a_stopped_worker_frees_its_locks(ledger: Ledger) -> None:
    """A session that idles in its transaction is ended by the server, within seconds."""

    async def scene() -> None:
        async with await connect(ledger.uri) as stopped, stopped.transaction():
            await stopped.execute("SELECT pg_advisory_xact_lock(1)")
            await asyncio.sleep(2.5)
            await stopped.execute("SELECT 1")

    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
        asyncio.run(scene())


@pytest.mark.parametrize("isolation", ["read committed", "serializable"])
def test_every_transaction_has_the_isolation_asked_for(ledger: Ledger, isolation: str) -> None:
    """It is the session's default, in UTC, in the schema of the sink or the ledger."""

    async def scene() -> list[str]:
        async with await connect(ledger.uri, schema="email", isolation=isolation) as connection:
            names = ("transaction_isolation", "timezone", "search_path")
            return [(await (await connection.execute(f"SHOW {name}")).fetchone())[0] for name in names]

    assert asyncio.run(scene()) == [isolation, "UTC", "email"]


def test_each_statement_of_the_ledger_is_known_to_its_tables(ledger: Ledger) -> None:
    """PostgreSQL can plan every named statement: no column is misspelt in one that is seldom run."""
    with psycopg.connect(ledger.uri, options="-c search_path=ledger") as connection:
        for name, statement in SQL.items():
            if not name.startswith("create_"):
                numbered = _numbered(statement)
                connection.execute(f"PREPARE p AS {numbered}; DEALLOCATE p")


def _numbered(statement: str) -> str:
    """The statement with PostgreSQL's own placeholders."""
    names: list[str] = []

    def place(match: re.Match[str]) -> str:
        name = match[1] or f"#{len(names)}"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return re.sub(r"%(?:\((\w+)\))?[sb]", place, statement)


def test_an_event_is_its_source_and_its_id() -> None:
    """The pair makes the key, never the two written together."""
    assert event_key(a_header("E-1", "bodacc")) == pair_key("bodacc", "E-1")
    assert pair_key("a", "bc") != pair_key("ab", "c")
    assert pair_key("a", "b\x1fc") != pair_key("a\x1fb", "c")
    assert pair_key("bodacc", "E-1").hex() == "9d2128bb7229e33d59310b5f6417af01"


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_partitions_are_kafka_s_own(key: bytes, hashed: int) -> None:
    """Murmur2 as Apache Kafka's own tests have it (UtilsTest.testMurmur2), made positive."""
    for partitions in (1, 4, 7, 2**31 - 1):
        assert partition_of(key, partitions) == (hashed & 0x7FFFFFFF) % partitions
