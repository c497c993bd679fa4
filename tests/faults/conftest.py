"""A broker and a database that tests may break, and hubs of their own with real workers."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.postgres import EmbeddedPostgres
from tests.conftest import _place
from tests.deployment import Deployment
from tests.faults.check import Outcome, check
from tests.faults.report import Found, write_report
from tests.faults.trade import Alert
from tests.long import LONG

_numbers = itertools.count(1)

Deploy = Callable[..., Deployment]
Sound = Callable[..., Outcome]


@dataclass(frozen=True)
class Size:
    """How much a test does: little in `make test`, much in `make faults`."""

    buyers: int
    racing: int
    """Buyers whose judgments and covers come at the same time."""
    rounds: int
    races: int


@pytest.fixture(scope="session")
def size() -> Size:
    """What the way in which the suite was called asks for."""
    return Size(600, 5_000, 3, 10) if LONG else Size(120, 600, 1, 1)


@pytest.fixture(scope="module")
def place_for_module() -> Iterator[Path]:
    """A short path that the user who runs PostgreSQL can reach."""
    yield from _place()


@pytest.fixture(scope="module")
def broker(place_for_module: Path, kafka_jars: Path) -> Iterator[EmbeddedKafka]:
    """A real broker that may be killed."""
    broker = EmbeddedKafka(place_for_module / "kafka", kafka_jars)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="module")
def server(place_for_module: Path) -> Iterator[EmbeddedPostgres]:
    """A real PostgreSQL that may be stopped."""
    server = EmbeddedPostgres(place_for_module / "postgres", {"fsync": "off"})
    server.start()
    yield server
    server.stop_immediately()


@pytest.fixture(scope="module")
def deploy(broker: EmbeddedKafka, server: EmbeddedPostgres, place_for_module: Path) -> Deploy:
    """Makes a hub with a database and topics of its own; its workers end with the `with` that it is used in."""

    def make(**settings: object) -> Deployment:
        name = f"t{next(_numbers)}"
        with psycopg.connect(server.uri_for("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        uri = server.uri_for("postgres", name)
        # Few records at a time: many transactions to break.
        return Deployment(broker.bootstrap, uri, place_for_module, f"{name}-", **{"run_records": 20, **settings})

    return make


@pytest.fixture(scope="module")
def hub(deploy: Deploy) -> Iterator[Deployment]:
    """One hub for the tests of a module: each leaves it settled."""
    with deploy().make() as hub:
        yield hub


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest) -> Iterator[list[Found]]:
    """What became of each fault; `make faults` puts it in docs/faults.md, where all of it was done."""
    found: list[Found] = []
    yield found
    whole = request.config.args == ["tests/faults"] and not request.config.option.keyword
    if LONG and whole and not request.session.testsfailed:
        write_report(found)


@pytest.fixture
def sound(outcomes: list[Found]) -> Sound:
    """Checks a hub that has settled, and keeps the counts under the fault's name."""

    def assert_sound(fault: str, hub: Deployment, owed: set[Alert], rounds: int = 1) -> Outcome:
        outcome = check(hub, owed)
        outcomes.append((fault, rounds, outcome))
        assert outcome.sound, outcome
        return outcome

    return assert_sound
