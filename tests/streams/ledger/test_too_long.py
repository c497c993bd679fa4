"""A run that takes longer than a transaction may: it is applied in halves, and said to be too long."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, errors
from structlog.testing import capture_logs

from streams.ledger.errors import took_too_long
from streams.runs import Run
from tests.builders import a_judgment
from tests.streams.ledger.bench import Ledger

SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON judgment FOR EACH ROW EXECUTE FUNCTION slow();
"""


@pytest.fixture
def slow(ledger: Ledger) -> Iterator[Ledger]:
    """A ledger that takes a tenth of a second for each judgment."""
    ledger.run_sql(SLOW)
    yield ledger
    ledger.run_sql("DROP TRIGGER slow ON judgment; DROP FUNCTION slow")


def session(name: str, *values: str) -> Callable[[AsyncConnection], Awaitable[None]]:
    """Gives each new connection the next of these values of a setting, and the last to all after."""
    left = list(values)

    async def prepare(connection: AsyncConnection) -> None:
        await connection.execute("SELECT set_config(%s, %s, false)", (name, left.pop(0) if left[1:] else left[0]))

    return prepare


def applied(ledger: Ledger, run: Run, prepare: Any) -> list[str]:
    """Apply it; what was logged. In these short times the server's word may be lost: it seems to be away, then."""

    async def scene() -> None:
        async with ledger.hub(prepare=prepare) as hub:
            assert await asyncio.wait_for(hub.apply(run), 20)

    with capture_logs() as logs:
        asyncio.run(scene())
    said = [line["event"] for line in logs]
    assert "too long" in said
    assert {*said} <= {"too long", "away"}
    return said


@pytest.mark.parametrize("setting", ["transaction_timeout", "statement_timeout"])
def test_a_run_that_takes_too_long_is_applied_in_halves(slow: Ledger, setting: str) -> None:
    """Tried twice whole, then its halves, down to what a transaction has time for."""
    buyers = [f"FR:{n:09}" for n in range(9)]
    run = slow.judgments.append(*(a_judgment(f"A-{buyer}", buyer_id=buyer) for buyer in buyers))
    applied(slow, run, session(setting, "350ms"))
    assert slow.rows("SELECT buyer_id FROM judgment ORDER BY seq, record_offset") == buyers
    assert slow.position() == 9


def test_a_record_alone_is_tried_again(slow: Ledger) -> None:
    """It cannot be halved, and may be held up by what passes."""
    logged = applied(slow, slow.judgments.append(a_judgment()), session("transaction_timeout", *3 * ["60ms"], "5s"))
    assert (slow.position(), len(logged)) == (1, 3)


@pytest.mark.parametrize(
    ("error", "lasted_s", "so"),
    [
        (errors.TransactionTimeout(), 0.1, True),
        (errors.IdleInTransactionSessionTimeout(), 0.1, True),
        (errors.QueryCanceled(), 0.1, True),
        (psycopg.OperationalError("server closed the connection unexpectedly"), 2.1, True),
        (psycopg.OperationalError("server closed the connection unexpectedly"), 0.1, False),
        (errors.AdminShutdown(), 5, False),
        (errors.LockNotAvailable(), 5, False),
    ],
)
def test_the_server_s_word_may_be_lost(error: psycopg.Error, lasted_s: float, *, so: bool) -> None:
    """It ends a session that is too long with an error, and closes: what arrives first may be the end alone."""
    assert took_too_long(error, lasted_s) is so
