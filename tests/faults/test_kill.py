"""kill -9 at each step of a batch, reached from outside: by a lock to wait for, or a broker that does not answer."""

import os
import signal
import time
from collections.abc import Callable
from typing import LiteralString

import pytest

from streams.embedded.kafka import EmbeddedKafka
from tests.deployment import Deployment, wait_for
from tests.faults.business import Business
from tests.faults.check import read_topic
from tests.faults.conftest import Size, Sound
from tests.faults.trade import Trade

PAUSE_AT_DELETE: LiteralString = """
    CREATE FUNCTION public.pause() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN OLD; END $$;
    CREATE TRIGGER pause BEFORE DELETE ON ledger.outbox FOR EACH ROW EXECUTE FUNCTION public.pause()"""
KEEP_PAUSED: LiteralString = "SELECT pg_advisory_xact_lock(4711)"
UNPAUSE: LiteralString = "DROP TRIGGER pause ON ledger.outbox; DROP FUNCTION public.pause()"
NO_NOTICE: LiteralString = "LOCK TABLE ledger.notice IN EXCLUSIVE MODE"


@pytest.fixture(scope="module")
def business(hub: Deployment, size: Size) -> Business:
    """A hub with one worker."""
    hub.start_worker()
    return Business(hub, size.buyers)


def before_the_commit(hub: Deployment, trade: Trade, _: EmbeddedKafka) -> None:
    """Inside the transaction: nothing of it is kept."""
    told = hub.count("notice")
    with hub.holding(NO_NOTICE):
        hub.publish(trade.judgments)
        hub.until_a_worker_waits("INSERT INTO ledger.notice")
        hub.workers[-1].kill()
        assert hub.count("notice") == told


def before_publishing(hub: Deployment, trade: Trade, _: EmbeddedKafka) -> None:
    """Everything is committed, and nothing sent: the publisher can neither take nor renew its lease."""
    told = len(read_topic(hub, "notices"))
    with hub.holding("SELECT FROM ledger.lane FOR UPDATE"):
        hub.until_a_worker_waits("UPDATE ledger.lane SET")
        hub.publish(trade.judgments)
        hub.wait_until_applied()
        hub.workers[-1].kill()
        assert len(read_topic(hub, "notices")) == told
        assert hub.count("outbox"), (hub.count("notice"), hub.count("judgment"), hub.rows("SELECT * FROM ledger.lane"))


def before_the_broker_answers(hub: Deployment, trade: Trade, broker: EmbeddedKafka) -> None:
    """Notices are on their way to a broker that takes them once their sender is dead and the next one there."""
    assert broker.pid is not None
    with hub.holding(NO_NOTICE):
        hub.publish(trade.judgments)
        hub.until_a_worker_waits("INSERT INTO ledger.notice")
        os.kill(broker.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: hub.count("outbox"), "a commit to be sent")
        time.sleep(0.5)
        hub.workers[-1].kill()
    finally:
        os.kill(broker.pid, signal.SIGCONT)


def before_recording(hub: Deployment, trade: Trade, _: EmbeddedKafka) -> None:
    """The topic has them, and the ledger does not know that it has."""
    told = len(read_topic(hub, "notices"))
    hub.execute(PAUSE_AT_DELETE)
    with hub.holding(KEEP_PAUSED):
        hub.publish(trade.judgments)
        hub.until_a_worker_waits("DELETE FROM ledger.outbox")
        hub.workers[-1].kill()
        assert len(read_topic(hub, "notices")) > told
        hub.end_waits()
    hub.execute(UNPAUSE)


@pytest.mark.parametrize("step", [before_the_commit, before_publishing, before_the_broker_answers, before_recording])
def test_a_worker_killed_at_a_step(
    step: Callable[[Deployment, Trade, EmbeddedKafka], None],
    business: Business,
    broker: EmbeddedKafka,
    size: Size,
    sound: Sound,
) -> None:
    """Whatever the step: the next worker goes on where the ledger stands, and everybody is told once."""
    hub = business.hub
    for _ in range(size.rounds):
        step(hub, business.next_trade(), broker)
        hub.start_worker()
        hub.settle()
    sound(f"kill -9 {step.__name__.replace('_', ' ')}", hub, business.owed, size.rounds)
