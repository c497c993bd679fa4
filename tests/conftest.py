"""Real parts for every test: one Kafka and one PostgreSQL per session, a database per test."""

import itertools
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from streams import garbage
from streams.embedded import jars, ports
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.postgres import EmbeddedPostgres
from streams.settings import Settings

_numbers = itertools.count(1)

# Whoever starts us in the background may have Ctrl-C ignored, which every process that a test starts and interrupts
# would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)


# A busy machine is no error: whether something is quick is measured by `make bench`.
hypothesis.settings.register_profile("vigie", deadline=None)
hypothesis.settings.load_profile("vigie")


# Thousands of tests are collected and stay: looking for garbage among them took a quarter of the time that it took.
garbage.leave_alone()


def pytest_collection_finish() -> None:
    """All is loaded."""
    garbage.collect_seldom()


@pytest.fixture(scope="session")
def kafka_jars() -> Path:
    """The broker's jars, fetched once for all runs, where `vigie up` has them too."""
    settings = Settings()
    directory = settings.home / "jars"
    jars.fetch(directory, jars.locked_jars(), settings.maven_url)
    return directory


@pytest.fixture(scope="session")
def place_for_session() -> Iterator[Path]:
    """A short path that the user who runs PostgreSQL can reach: pytest's own lies in a directory closed to others."""
    yield from _place()


@pytest.fixture
def place() -> Iterator[Path]:
    """The same, per test."""
    yield from _place()


@pytest.fixture(scope="session")
def kafka(place_for_session: Path, kafka_jars: Path) -> Iterator[str]:
    """The ``host:port`` of a real broker, shared by the session: give your topics names of your own."""
    broker = EmbeddedKafka(place_for_session / "kafka", kafka_jars)
    yield broker.start()
    broker.stop()


@pytest.fixture(scope="session")
def postgres_server(place_for_session: Path) -> Iterator[EmbeddedPostgres]:
    """A real server, shared by the session; nothing of it outlives a power cut."""
    server = EmbeddedPostgres(place_for_session / "postgres", {"fsync": "off"})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The URI, as superuser, of an empty database that is dropped after the test."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server.uri_for("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres_server.uri_for("postgres", name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def free_port() -> int:
    """A loopback port on which nobody listens."""
    return ports.free_port()


def _place() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="vigie-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)
