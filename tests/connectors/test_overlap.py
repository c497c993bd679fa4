"""What is looked for on the topics, with a real broker that hangs, and one that restarts."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer

from connectors.overlap import published_since
from connectors.publisher import Publisher
from schemas.errors import UnavailableError
from streams.cluster import Cluster
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.topics import ensure_topics
from streams.logs import Logs
from tests.connectors.builders import an_archive, an_event

TOPIC = "court-judgments"


@pytest.fixture
def broker(place: Path, kafka_jars: Path) -> Iterator[EmbeddedKafka]:
    """A real broker that may be broken, with a judgment on its topic."""
    broker = EmbeddedKafka(place / "kafka", kafka_jars)
    ensure_topics(Cluster(broker.start()), {TOPIC: 1})
    with Publisher(Cluster(broker.bootstrap)) as publisher:
        publisher.publish(an_event(an_archive()))
    yield broker
    broker.kill()


@pytest.mark.timeout(90)
def test_a_broker_that_hangs_counts_as_away(broker: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for what it holds it says nothing, and keeps the connection: it is named, and not waited for for ever."""

    class Hung(KafkaConsumer):
        """The broker hangs once this client has found it."""

        def seek(self, *place: Any) -> None:
            super().seek(*place)
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGSTOP)

    monkeypatch.setattr("connectors.overlap.KafkaConsumer", Hung)
    monkeypatch.setattr("connectors.overlap._PATIENCE", 2)
    with (
        closing(Logs(Cluster(broker.bootstrap))) as logs,
        pytest.raises(UnavailableError, match=f"did not say.*{TOPIC}"),
    ):
        published_since(Cluster(broker.bootstrap), logs, {TOPIC: [0]})


PATIENT = """
import sys
from contextlib import closing
from schemas.errors import UnavailableError
from streams.cluster import Cluster
from streams.commands.fetch import _ends
from streams.logs import Logs

class Told(Logs):
    def extents(self, topics):
        try:
            return super().extents(topics)
        except UnavailableError:
            print("away", flush=True)
            sys.stdin.readline()
            raise

with closing(Told(Cluster(sys.argv[1]))) as logs:
    for _ in range(2):
        print(_ends(logs, [sys.argv[2]]), flush=True)
        sys.stdin.readline()
"""


def test_a_broker_that_restarts_is_waited_for(broker: EmbeddedKafka) -> None:
    """Between two pieces the broker may restart: a look at its topics' ends that finds it away is not the last."""
    # A process of its own: kafka-python leaves a socket open for each connection refused.
    command = [sys.executable, "-c", PATIENT, broker.bootstrap, TOPIC]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = [process.stdout.readline()]
        broker.kill()
        process.stdin.write("go on\n")
        process.stdin.flush()
        said.append(process.stdout.readline())
        broker.start()
        rest, _ = process.communicate("go on\n")
    assert [*said, rest] == [f"{{'{TOPIC}': [1]}}\n", "away\n", f"{{'{TOPIC}': [1]}}\n"]
