"""A real `vigie intake` on real Kafka and PostgreSQL, one for all tests of a module that leave it alive."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from kafka import KafkaConsumer, TopicPartition
from stdnum import luhn

from connectors.intake.keys import create
from schemas.base import Record
from schemas.codec import decode
from streams.cluster import Cluster
from streams.embedded.leash import Child, spawn
from streams.embedded.ports import free_port
from streams.embedded.postgres import EmbeddedPostgres
from streams.embedded.topics import ensure_topics
from streams.ledger.connection import connect, migrate
from tests.builders import a_header, a_limit
from tests.deployment import wait_for

PARTITIONS = 4
SOURCE = "underwriting"
_numbers = itertools.count(1)


class Intake:
    """One `vigie intake` process with its keys, and what it published."""

    def __init__(self, bootstrap: str, database_url: str, log: Path, prefix: str, **settings: object) -> None:
        """Take where it leans; ``settings`` are those of `streams.settings.Settings`, by name."""
        self.bootstrap, self.prefix, self.database_url, self._log = bootstrap, prefix, database_url, log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        named = {"kafka": bootstrap, "database_url": database_url, "topic_prefix": prefix, "intake_port": self.port}
        self.environment = {f"VIGIE_{name.upper()}": str(value) for name, value in {**named, **settings}.items()}
        self.child: Child | None = None
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def start(self) -> None:
        """Start it, and wait until it answers at all."""
        with self._log.open("ab") as output:
            argv = [sys.executable, "-m", "streams", "intake"]
            self.child = spawn(argv, output=output, at_our_death=signal.SIGKILL, env={**os.environ, **self.environment})
        wait_for(self._answers, self._log.read_text)

    def _answers(self) -> bool:
        try:
            return self.client.get("/openapi.json").is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Kill -9."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
        self.client.close()
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def key(self, source: str = SOURCE, *topics: str) -> str:
        """A new key."""
        return asyncio.run(_make_key(self.database_url, source, topics or ("limits",)))

    def vigie(self, *command: str, exit_code: int = 0) -> str:
        """What a `vigie` command on this deployment answers: why, where it fails."""
        argv = [sys.executable, "-m", "streams", *command]
        done = subprocess.run(argv, env={**os.environ, **self.environment}, capture_output=True, text=True, check=False)
        assert done.returncode == exit_code, done.stderr
        return done.stderr if exit_code else done.stdout

    def post(
        self,
        key: str,
        *lines: Any,
        topic: str = "limits",
        media_type: str = "application/x-ndjson",
        content: bytes | None = None,
        **parameters: object,
    ) -> httpx.Response:
        """Hand in lines, or any bytes."""
        body = b"\n".join(as_line(line) for line in lines) if content is None else content
        headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type}
        return self.client.post(f"/v1/events/{topic}", content=body, headers=headers, params=parameters)

    def published(self, topic: str = "limits") -> dict[tuple[int, int], Record]:
        """Every record of a topic, by partition and offset."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, metrics_enabled=False)
        try:
            places = [TopicPartition(self.prefix + topic, n) for n in range(PARTITIONS)]
            consumer.assign(places)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(places)
            found: dict[tuple[int, int], Record] = {}
            while any(consumer.position(place) < ends[place] for place in places):
                for place, messages in consumer.poll(1000).items():
                    found |= {(place.partition, message.offset): decode(message.value) for message in messages}
            return found
        finally:
            consumer.close()

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description is not None else []


async def _make_key(url: str, source: str, topics: Iterable[str]) -> str:
    async with await connect(url) as connection:
        return await create(connection, source, topics)


def as_line(line: Any) -> bytes:
    """A record as `vigie parse` prints it; bytes as they are."""
    if isinstance(line, bytes):
        return line
    return b'{"type": "%s", "value": %s}' % (type(line).__name__.encode(), line.model_dump_json().encode())


def limits(count: int, first: int = 1, **fields: Any) -> list[Record]:
    """Decisions of different ids on different buyers."""
    return [
        a_limit(buyer_id=_siren(n % 10), header=a_header(f"L-{n}", SOURCE), **fields)
        for n in range(first, first + count)
    ]


def _siren(number: int) -> str:
    body = str(90_000_000 + number)
    return f"FR:{body}{luhn.calc_check_digit(body)}"


@pytest.fixture(scope="module")
def module_database(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """An empty database of the module's own, its tables made."""
    name = f"intake_{next(_numbers)}"
    with psycopg.connect(postgres_server.uri_for("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        url = postgres_server.uri_for("postgres", name)
        asyncio.run(make_tables(url))
        yield url
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def make_tables(url: str) -> None:
    """As `vigie migrate` does."""
    async with await connect(url) as connection:
        await migrate(connection)
        await migrate(connection, "connectors.intake", "intake")


@contextmanager
def an_intake(kafka: str, database_url: str, directory: Path, **settings: object) -> Iterator[Intake]:
    """Topics of its own and a process that is there no more at the end."""
    prefix = f"intake{next(_numbers)}."
    ensure_topics(Cluster(kafka), {f"{prefix}{name}": PARTITIONS for name in ("limits", "policies")})
    intake = Intake(kafka, database_url, directory / f"{prefix}log", prefix, **settings)
    try:
        yield intake
    finally:
        intake.kill()
        intake.client.close()


@pytest.fixture(scope="module")
def intake(kafka: str, module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """One that runs; give your events ids of your own."""
    with an_intake(kafka, module_database, tmp_path_factory.mktemp("intake"), intake_rate=100_000) as intake:
        intake.start()
        yield intake


@pytest.fixture(scope="module")
def key(intake: Intake) -> str:
    """A key of `underwriting` for `limits`."""
    return intake.key()
