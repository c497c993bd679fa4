"""A ledger for each test: one database for all of them, emptied in between, because making one takes half a second."""

import psycopg
import pytest

from streams.embedded.postgres import EmbeddedPostgres
from tests.streams.ledger.bench import Ledger, make_ledger
from tests.streams.post import Post


@pytest.fixture(scope="session")
def ledger_uri(postgres_server: EmbeddedPostgres) -> str:
    """A database with the ledger in it."""
    with psycopg.connect(postgres_server.uri_for("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE ledgers")
    uri = postgres_server.uri_for("postgres", "ledgers")
    make_ledger(uri)
    return uri


@pytest.fixture(params=["read committed", "serializable"])
def ledger(ledger_uri: str, request: pytest.FixtureRequest) -> Ledger:
    """An empty ledger whose hub has just been given all partitions; under either isolation."""
    return Ledger(ledger_uri, request.param)


@pytest.fixture
def post(ledger: Ledger, kafka: str) -> Post:
    """Six policies with a cover on the walk's buyer, and topics that nobody has written to."""
    return Post(ledger, kafka)
