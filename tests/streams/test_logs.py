"""What the broker says of its logs."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Producer

from schemas.errors import UnavailableError
from streams.cluster import Cluster
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.ports import free_port
from streams.embedded.topics import ensure_topics
from streams.logs import Logs


def test_logs_are_described_as_the_broker_has_them(kafka: str) -> None:
    """Id, partitions, first and next offset of each partition; a topic that does not exist is left out."""
    ensure_topics(Cluster(kafka), {"logs.notices": 4})
    producer = Producer({"bootstrap.servers": kafka})
    for partition in (0, 2, 2):
        producer.produce("logs.notices", b"value", partition=partition)
    assert producer.flush(30) == 0
    with closing(Logs(Cluster(kafka))) as logs:
        extents = logs.extents(["logs.notices", "no-such-topic"])
    following = {place: (extent.first, extent.following) for place, extent in extents.items()}
    assert following == {("logs.notices", n): (0, count) for n, count in enumerate((1, 0, 2, 0))}
    assert {extent.partitions for extent in extents.values()} == {4}
    assert len({extent.topic_id for extent in extents.values()}) == 1


def test_a_broker_that_is_away_is_unavailable() -> None:
    """Nobody listening is said, with where it was looked."""
    port = free_port()
    with pytest.raises(UnavailableError, match=str(port)):
        Logs(Cluster(f"127.0.0.1:{port}")).extents(["notices"])


ACROSS_A_RESTART = """
import sys
from streams.cluster import Cluster
from streams.logs import Logs

logs = Logs(Cluster(sys.argv[1]))
print(len(logs.extents(["notices"])), flush=True)
sys.stdin.readline()
print(len(logs.extents(["notices"])), flush=True)
logs.close()
"""


def test_a_broker_that_restarted_is_asked_again(place: Path, kafka_jars: Path) -> None:
    """The connection that is kept is that of the broker before: another is opened without a word."""
    broker = EmbeddedKafka(place / "kafka", kafka_jars)
    try:
        bootstrap = broker.start()
        ensure_topics(Cluster(bootstrap), {"notices": 3})
        # A process of its own: kafka-python leaves a socket open for each connection refused.
        command = [sys.executable, "-c", ACROSS_A_RESTART, bootstrap]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "3\n"
            broker.kill()
            broker.start()
            said, _ = process.communicate("go on\n")
        assert said == "3\n"
    finally:
        broker.stop()
