"""The broker and PostgreSQL go away and come back, one of them with an older memory, while one worker runs on."""

from pathlib import Path

import pytest

from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.postgres import EmbeddedPostgres
from tests.deployment import Deployment, wait_for
from tests.faults.business import Business
from tests.faults.conftest import Size, Sound


@pytest.fixture(scope="module")
def beginning(hub: Deployment, server: EmbeddedPostgres, place_for_module: Path) -> Path:  # noqa: ARG001 - in the copy
    """A copy of the hub's ledger from before anybody has worked with it."""
    server.copy_to(place_for_module / "beginning")
    return place_for_module / "beginning"


@pytest.fixture(scope="module")
def business(hub: Deployment, beginning: Path, size: Size) -> Business:  # noqa: ARG001 - made first
    """A hub with one worker, which outlives all of this."""
    hub.start_worker()
    return Business(hub, size.buyers)


def test_postgres_comes_back_from_before_the_worker(
    business: Business, server: EmbeddedPostgres, beginning: Path, sound: Sound
) -> None:
    """The ledger has not even positions: they are opened anew, and all is read again and recognised."""
    hub = business.hub
    hub.publish(business.next_trade().judgments)
    hub.settle()
    server.restore_from(beginning)
    server.start()
    hub.publish(business.next_trade().judgments)
    hub.settle()
    sound("PostgreSQL brought back from before the hub's first record", hub, business.owed)
    assert len(hub.workers) == 1


def test_postgres_stops_in_the_middle_of_a_transaction(
    business: Business, server: EmbeddedPostgres, size: Size, sound: Sound
) -> None:
    """Stopped as by a crash and started again: the worker waits, and goes on."""
    hub = business.hub
    for _ in range(size.rounds):
        trade = business.next_trade()
        with hub.holding("LOCK TABLE ledger.notice IN EXCLUSIVE MODE"):
            hub.publish(trade.judgments)
            hub.until_a_worker_waits("INSERT INTO ledger.notice")
            server.stop_immediately()
        server.start()
        hub.settle()
    sound("PostgreSQL stopped at once and restarted", hub, business.owed, size.rounds)


def test_the_broker_is_killed(business: Business, broker: EmbeddedKafka, size: Size, sound: Sound) -> None:
    """Kill -9 while notices are being sent: the worker waits, and goes on."""
    hub = business.hub
    for _ in range(size.rounds):
        trade = business.next_trade()
        told = hub.count("notice")
        hub.publish(trade.judgments)
        wait_for(lambda told=told: hub.count("notice") > told, "notices to be sent")
        broker.kill()
        broker.start()
        hub.settle()
    sound("broker killed and restarted", hub, business.owed, size.rounds)


def test_postgres_comes_back_from_a_copy(
    business: Business, server: EmbeddedPostgres, place: Path, size: Size, sound: Sound
) -> None:
    """What was published since the copy is adopted, with its numbers; what was not is told; nobody is told twice."""
    hub = business.hub
    for n in range(size.rounds):
        before, after = business.next_trade(), business.next_trade()
        hub.publish(before.judgments[:50])
        server.copy_to(place / f"copy-{n}")
        hub.publish(before.judgments[50:], after.judgments)
        hub.settle()
        server.restore_from(place / f"copy-{n}")
        server.start()
        hub.settle()
    sound("PostgreSQL brought back from a copy", hub, business.owed, size.rounds)
    said = hub.workers[0].said
    assert len(hub.workers) == 1
    assert "ledger went back" in said
    assert "adopted" in said
