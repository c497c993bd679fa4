"""Send judgments once and say how long it took: `python send_once.py vigie|kafka-python COUNT`, as `Settings` say."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import world
from kafka import KafkaProducer

from connectors.publisher import Publisher
from schemas.catalog import key_of
from schemas.codec import encode
from schemas.events.court_judgments import JudgmentPublished
from streams import garbage
from streams.cluster import Cluster
from streams.settings import Settings

WARM_UP = 1_000
Send = Callable[[list[JudgmentPublished]], float]
"""Send them and wait until all are acknowledged; seconds."""


@contextmanager
def with_vigie(settings: Settings) -> Iterator[Send]:
    """The publisher of every connector, which is given records."""
    with Publisher(Cluster(settings.kafka), settings.topic_prefix) as publisher:

        def send(judgments: list[JudgmentPublished]) -> float:
            begun = time.perf_counter()
            for judgment in judgments:
                publisher.publish(judgment)
            publisher.flush()
            return time.perf_counter() - begun

        yield send


@contextmanager
def with_kafka_python(settings: Settings) -> Iterator[Send]:
    """The library alone with the publisher's settings, which is given the same bytes."""
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        batch_size=131_072,
        metrics_enabled=False,
    )
    topic = f"{settings.topic_prefix}court-judgments"

    def send(judgments: list[JudgmentPublished]) -> float:
        written = [(key_of(judgment).encode(), encode(judgment)) for judgment in judgments]
        begun = time.perf_counter()
        for key, value in written:
            producer.send(topic, key=key, value=value)
        producer.flush()
        return time.perf_counter() - begun

    yield send
    producer.close()


if __name__ == "__main__":
    opened = {"vigie": with_vigie, "kafka-python": with_kafka_python}[sys.argv[1]]
    ready = [world.judgment(number, 100) for number in range(WARM_UP + int(sys.argv[2]))]
    garbage.collect_seldom()  # as commands do
    with opened(Settings()) as sending:
        sending(ready[:WARM_UP])
        seconds = sending(ready[WARM_UP:])
    print(json.dumps({"records": len(ready) - WARM_UP, "seconds": seconds}))  # noqa: T201  # its answer
