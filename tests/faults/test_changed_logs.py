"""A log that is not the one the positions are about: records would be skipped without a word."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from streams.cluster import Cluster
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.topics import ensure_topics
from tests.deployment import Deployment
from tests.faults.conftest import Deploy
from tests.faults.trade import Trade

TRADE = Trade(buyers=8)
STOPPED = 70

Change = Callable[[KafkaAdminClient, Deployment, str], None]


def recreate(admin: KafkaAdminClient, hub: Deployment, topic: str) -> None:
    """Under the same name, with the same partitions."""
    admin.delete_topics([topic])
    ensure_topics(Cluster(hub.bootstrap), {topic: 4})


def repartition(admin: KafkaAdminClient, _: Deployment, topic: str) -> None:
    """One more."""
    admin.create_partitions({topic: 5})


def cut_short(admin: KafkaAdminClient, hub: Deployment, topic: str) -> None:
    """Records that no worker has seen are gone, before one starts."""
    hub.workers[0].kill()
    hub.publish(TRADE.limits)
    admin.delete_records({TopicPartition(topic, partition): -1 for partition in range(4)})
    hub.start_worker()


CHANGES: dict[str, tuple[Change, str, str]] = {
    "recreated": (recreate, "limits", "limits was recreated: its id was "),
    "repartitioned": (repartition, "limits", "limits had 4 partitions and has 5: keys have moved"),
    "cut short": (cut_short, "limits", " was cut short: the ledger stands at offset "),
    "recreated, and ours to write": (recreate, "notices", "it was recreated or cut short"),
    "repartitioned, and ours to write": (repartition, "notices", "notices had 4 partitions and has 5"),
}


@pytest.fixture(scope="module")
def changed(deploy: Deploy, broker: EmbeddedKafka) -> Iterator[dict[str, Deployment]]:
    """A hub for each change, all at once: most of it is waiting."""
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    with ExitStack() as stack:
        hubs = {name: stack.enter_context(deploy().make()) for name in CHANGES}
        for hub in hubs.values():
            hub.start_worker()
            hub.publish(TRADE.terms, TRADE.limits)
        for name, hub in hubs.items():
            hub.settle()
            change, topic, _ = CHANGES[name]
            change(admin, hub, hub.topic(topic))
        admin.close()
        yield hubs


@pytest.mark.parametrize("name", CHANGES)
def test_a_log_that_changed_stops_the_worker(name: str, changed: dict[str, Deployment]) -> None:
    """It ends by itself with one line that says what changed and what to do, and an exit code of its own."""
    worker = changed[name].workers[-1]
    assert worker.ended() == STOPPED
    [line] = [line for line in worker.said.splitlines() if line.startswith("vigie: ")]
    assert CHANGES[name][2] in line
    assert "vigie positions accept" in line
    assert "Traceback" not in worker.said
