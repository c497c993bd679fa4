"""A hub at work on the session's broker and database, shared by the tests of a module."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from streams.embedded.postgres import EmbeddedPostgres
from tests.conftest import _place
from tests.deployment import Deployment

_numbers = itertools.count(1)
Deploy = Callable[..., Deployment]


@pytest.fixture(scope="module")
def place_for_module() -> Iterator[Path]:
    """A directory for the workers' logs."""
    yield from _place()


@pytest.fixture(scope="module")
def deploy(kafka: str, postgres_server: EmbeddedPostgres, place_for_module: Path) -> Deploy:
    """Makes a hub with a database and topics of its own; its workers end with the `with` that it is used in."""

    def make(**settings: object) -> Deployment:
        name = f"journey_{next(_numbers)}"
        with psycopg.connect(postgres_server.uri_for("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return Deployment(kafka, postgres_server.uri_for("postgres", name), place_for_module, f"{name}-", **settings)

    return make
