"""The publisher, against a real broker."""

import itertools
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.message import MAX_BYTES
from connectors.publisher import Acknowledged, Publisher
from schemas.base import Record
from schemas.catalog import key_of
from schemas.codec import decode
from schemas.errors import RefusedError, UnavailableError
from schemas.events.court_judgments import JudgmentPublished, Officer
from streams.cluster import Cluster
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.ports import wait_until
from streams.embedded.topics import ensure_topics
from tests.connectors.builders import an_annonce, an_archive, an_event, events

PARTITIONS = 4
ACROSS_A_DEATH = """
import sys
from connectors.publisher import Publisher
from schemas.errors import UnavailableError
from streams.cluster import Cluster
from tests.connectors.builders import an_archive, an_event
try:
    with Publisher(Cluster(sys.argv[1]), timeout_s=3) as publisher:
        publisher.publish(an_event(an_archive()))
        print(sum(part.count for part in publisher.flush().values()), "acknowledged", flush=True)
        sys.stdin.readline()
        publisher.publish(an_event(an_archive()))
except UnavailableError as error:
    print(error)
"""
_prefixes = itertools.count(1)


@pytest.fixture
def prefix(kafka: str) -> str:
    """A prefix of one's own, under which `court-judgments` exists."""
    found = f"publisher{next(_prefixes)}."
    ensure_topics(Cluster(kafka), {f"{found}court-judgments": PARTITIONS})
    return found


def judgments(count: int) -> list[JudgmentPublished]:
    return events(an_archive(*(an_annonce(number=str(number)) for number in range(1, count + 1))))


def a_judgment_of(size: int) -> JudgmentPublished:
    """One whose bytes are at least ``size``: each officer's address adds up to 100,000."""
    address = "x" * 100_000
    officers = [Officer(role="OTHER", name="Ode", address=address)] * (size // len(address) + 1)
    return an_event(an_archive()).model_copy(update={"officers": officers})


def read(kafka: str, topic: str) -> Iterator[tuple[int, bytes, Record]]:
    """Every record of the topic, by a client that is not ours: partition, key, record."""
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "test", "enable.auto.commit": False})
    try:
        for partition in range(PARTITIONS):
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
            consumer.assign([TopicPartition(topic, partition, low)])
            for _ in range(high - low):
                message = consumer.poll(10)
                assert message is not None
                assert message.error() is None
                yield partition, message.key(), decode(message.value())
    finally:
        consumer.close()


def test_what_breaks_off_in_the_middle_says_why(kafka: str, prefix: str) -> None:
    """With events still on their way Ctrl-C is Ctrl-C, and no error of the client's; nothing is left running."""

    def interrupted() -> None:
        with Publisher(Cluster(kafka), prefix) as publisher:
            for judgment in judgments(1000):
                publisher.publish(judgment)
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert wait_until(lambda: threading.active_count() == before, 10)


def test_what_is_published_can_be_read(kafka: str, prefix: str) -> None:
    """Every record is on its topic once, in order, under its key, on the partition that murmur2 gives."""
    told: list[int] = []
    sent = judgments(300)
    with Publisher(Cluster(kafka), prefix, progress=told.append) as publisher:
        for judgment in sent:
            publisher.publish(judgment)
        acknowledged = publisher.flush()
    found = list(read(kafka, f"{prefix}court-judgments"))
    assert [record for _, _, record in found] == sent
    assert {key for _, key, _ in found} == {b"FR:999900012"}
    assert {partition for partition, _, _ in found} == {3}  # murmur2("FR:999900012") & 0x7fffffff modulo 4
    assert list(acknowledged.values()) == [Acknowledged(count=300, last_offset=299)]
    assert sum(told) == 300


def test_unidentified_buyers_have_keys_too(kafka: str, prefix: str) -> None:
    """A judgment without a buyer goes under the key that the catalog gives it."""
    judgment = an_event(an_archive()).model_copy(update={"buyer_id": None})
    with Publisher(Cluster(kafka), prefix) as publisher:
        publisher.publish(judgment)
    ((_, key, record),) = read(kafka, f"{prefix}court-judgments")
    assert (key, record) == (key_of(judgment).encode(), judgment)
    assert key.startswith(b"unidentified:")


@pytest.mark.parametrize("size", [MAX_BYTES, 20_000_000])
def test_a_message_over_the_limit_is_explained(kafka: str, prefix: str, size: int) -> None:
    """A message that no topic takes is refused with its size and the limit, and the next one is published."""
    small = an_event(an_archive())
    with Publisher(Cluster(kafka), prefix) as publisher:
        with pytest.raises(RefusedError, match=r"too_large: .*expected at most 1,000,000 bytes.*got \d") as refused:
            publisher.publish(a_judgment_of(size))
        publisher.publish(small)
    assert refused.value.reason == "too_large"
    assert [record for _, _, record in read(kafka, f"{prefix}court-judgments")] == [small]


def test_a_message_just_under_the_limit_is_taken(kafka: str, prefix: str) -> None:
    """The limit is one that the broker keeps: what is under it arrives."""
    judgment = a_judgment_of(MAX_BYTES - 150_000)
    with Publisher(Cluster(kafka), prefix) as publisher:
        publisher.publish(judgment)
    assert [record for _, _, record in read(kafka, f"{prefix}court-judgments")] == [judgment]


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "127.0.0.1:{0},localhost:{0}", "nowhere.invalid:{}", "127.0.0.1"])
def test_no_broker_is_said_where(free_port: int, form: str) -> None:
    """Where no broker answers, the error says where we looked and what to do."""
    bootstrap = form.format(free_port)
    with pytest.raises(UnavailableError, match=rf"Kafka at {re.escape(bootstrap)} .*`vigie up`.*VIGIE_KAFKA"):
        Publisher(Cluster(bootstrap), timeout_s=1)


def test_something_else_on_the_port_is_no_broker() -> None:
    """A port that answers, but not as Kafka, is a broker that is away."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(UnavailableError, match=str(port)):
            Publisher(Cluster(f"127.0.0.1:{port}"), timeout_s=1)


def test_a_missing_topic_is_named(kafka: str) -> None:
    """A topic that is not there is not made on the quiet: the error names it."""
    with (
        Publisher(Cluster(kafka), "nowhere.", timeout_s=2) as publisher,
        pytest.raises(UnavailableError, match="nowhere"),
    ):
        publisher.publish(an_event(an_archive()))


def test_an_error_inside_is_not_hidden(kafka: str, prefix: str) -> None:
    """What goes wrong in the block comes out of it, without waiting for the broker."""
    with pytest.raises(RefusedError, match="too_large"), Publisher(Cluster(kafka), prefix) as publisher:
        publisher.publish(a_judgment_of(MAX_BYTES))


def test_a_topic_that_takes_less_is_said_so(kafka: str) -> None:
    """Where a topic takes less than topics should, the broker's refusal comes out as one."""
    admin = AdminClient({"bootstrap.servers": kafka})
    topic = NewTopic("small.court-judgments", 1, 1, config={"max.message.bytes": "10000"})
    admin.create_topics([topic])[topic.topic].result(10)
    with pytest.raises(RefusedError, match="too_large"), Publisher(Cluster(kafka), "small.") as publisher:
        publisher.publish(a_judgment_of(20_000))


def test_a_broker_that_dies_is_an_error(place: Path, kafka_jars: Path) -> None:
    """What the broker had not acknowledged when it died is never taken for published."""
    broker = EmbeddedKafka(place / "kafka", kafka_jars)
    bootstrap = broker.start()
    ensure_topics(Cluster(bootstrap), {"court-judgments": 1})
    # A process of its own: kafka-python leaves a socket open for each connection refused.
    command = [sys.executable, "-c", ACROSS_A_DEATH, bootstrap]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "1 acknowledged\n"
        broker.stop()
        said, _ = process.communicate("go on\n")
    assert said.startswith(f"Kafka at {bootstrap} did not take the events")
