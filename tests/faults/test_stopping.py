"""Told to stop, a worker ends: whatever it waits for."""

import signal

from streams.embedded.kafka import EmbeddedKafka
from tests.builders import a_judgment, a_limit, some_terms
from tests.faults.conftest import Deploy


def test_a_worker_ends_while_kafka_is_away(deploy: Deploy, broker: EmbeddedKafka) -> None:
    """Amid an outage it ends as it is told to, before a container would be killed, and says that it did not wait."""
    with deploy().make() as hub:
        worker = hub.start_worker()
        hub.publish([some_terms()])
        hub.settle()
        hub.publish([a_limit(), a_judgment()])
        hub.settle()
        broker.kill()
        worker.child.send_signal(signal.SIGTERM)
        assert worker.child.wait(60) == 0
        assert "stopped at once" in worker.said
        assert hub.count("notice") == 1
