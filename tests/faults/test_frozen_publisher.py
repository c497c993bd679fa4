"""A publisher stopped in the middle of sending, which goes on when another has long sent it all."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import pytest

from schemas.events.court_judgments import JudgmentPublished
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.postgres import EmbeddedPostgres
from tests.builders import a_judgment, a_limit, some_terms
from tests.deployment import Deployment, Worker, wait_for
from tests.faults.check import read_topic
from tests.faults.conftest import Deploy, Size, Sound
from tests.faults.trade import Alert

POLICIES = [f"P-{n:04}" for n in range(16)]
BUYERS = [f"FR:{n:09}" for n in range(8)]
LONG = "\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL J}" * 100_000
"""400,000 bytes: with two of them in a notice, one request to a dozen partitions is more than sockets hold."""
SENDING: LiteralString = """
    SELECT true FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle' AND state_change < clock_timestamp() - interval '1.5 s'
      AND (query LIKE 'SELECT seq%%FROM ledger.outbox%%' OR query LIKE 'UPDATE ledger.lane SET leased_until%%')"""
"""A publisher that is busy elsewhere: with nothing to send it asks again within a second."""


class Story:
    """A hub with one worker at a time, where every judgment concerns every policy."""

    def __init__(self, hub: Deployment) -> None:
        self.hub, self.owed, self._told = hub, set[Alert](), 0
        hub.start_worker()
        limits = [a_limit(policy_id, buyer_id) for policy_id in POLICIES for buyer_id in BUYERS]
        hub.publish(map(some_terms, POLICIES), limits)
        hub.settle()
        hub.publish(self.judgments(1))  # from now on its publisher has been at work
        hub.settle()

    def judgments(self, count: int, **fields: str) -> list[JudgmentPublished]:
        """The next ones, about one buyer after the other."""
        numbers = range(self._told, self._told + count)
        self._told += count
        judgments = [a_judgment(f"A2026{n:07}", buyer_id=BUYERS[n % 8], name=f"N° {n}", **fields) for n in numbers]
        self.owed |= {(judgment.reference, policy_id) for judgment in judgments for policy_id in POLICIES}
        return judgments

    def freeze_publisher(self, broker: EmbeddedKafka, judgments: list[JudgmentPublished]) -> Worker:
        """Stop the worker while it sends to a broker that has stopped; the broker goes on, and takes what has left."""
        hub, worker = self.hub, self.hub.alive()[0]
        assert broker.pid is not None
        with hub.holding("LOCK TABLE ledger.notice IN EXCLUSIVE MODE"):
            hub.publish(judgments)
            hub.until_a_worker_waits("INSERT INTO ledger.notice")
            os.kill(broker.pid, signal.SIGSTOP)
        try:
            wait_for(lambda: hub.rows(SENDING), "a publisher in the middle of sending")
            worker.freeze()
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        return worker

    def on_topic(self) -> int:
        """How many records `notices` has."""
        return len(read_topic(self.hub, "notices"))


@pytest.fixture(scope="module")
def story(deploy: Deploy) -> Iterator[Story]:
    """Most policies have a partition of `notices` for themselves."""
    with deploy().make(notices=16) as hub:
        yield Story(hub)


def test_what_a_frozen_publisher_sends_late_is_a_repeat(
    story: Story, broker: EmbeddedKafka, size: Size, sound: Sound
) -> None:
    """Half a request has left: its rest follows when another has sent everything; the same ids, the same bytes."""
    hub = story.hub
    for _ in range(size.rounds):
        frozen = story.freeze_publisher(broker, story.judgments(1, text=LONG, court=LONG))
        hub.start_worker()
        hub.settle()
        told = story.on_topic()
        frozen.thaw()
        wait_for(lambda told=told: story.on_topic() > told, "a repeat")
        frozen.kill()
    outcome = sound("publisher stopped with half a request sent until another took over", hub, story.owed, size.rounds)
    assert outcome.repeats


def test_a_publisher_is_frozen_while_the_ledger_goes_back(
    story: Story, server: EmbeddedPostgres, broker: EmbeddedKafka, place: Path, size: Size, sound: Sound
) -> None:
    """The notices that it was to send have other numbers since: it sends nothing that had not left."""
    hub = story.hub
    for n in range(size.rounds):
        server.copy_to(place / f"copy-{n}")
        frozen = story.freeze_publisher(broker, story.judgments(60))
        server.restore_from(place / f"copy-{n}")
        server.start()
        hub.start_worker()
        hub.settle()
        frozen.thaw()
        wait_for(lambda frozen=frozen: "what=outbox" in frozen.said, "a publisher that finds its ledger gone")
        hub.publish(story.judgments(20))
        hub.settle()
        frozen.kill()
    sound("publisher stopped until PostgreSQL was brought back from a copy", hub, story.owed, size.rounds)
