import itertools

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import MessageSizeTooLargeError

from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster
from streams.embedded.topics import differing, ensure_topics, settings_for

_numbers = itertools.count(1)


@pytest.fixture
def prefix() -> str:
    """A prefix of topics that no other test has."""
    return f"topics-{next(_numbers)}-"


def test_missing_topics_are_made_and_pass_their_own_check(kafka: str, prefix: str) -> None:
    """What was made has the partitions asked for, and asking again changes and refuses nothing."""
    wanted = {f"{prefix}limits": 4, f"{prefix}dead-letters": 1}
    ensure_topics(Cluster(kafka), wanted)
    ensure_topics(Cluster(kafka), wanted)
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    made = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(list(wanted))}
    admin.close()
    assert made == wanted


def test_a_topic_that_would_lose_records_is_refused_with_the_command_that_helps(kafka: str, prefix: str) -> None:
    """A retention and a clock that are not ours are named, each with what it is, what it must be and how to set it."""
    topic = f"{prefix}limits"
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics({topic: {"num_partitions": 1, "configs": {**settings_for(topic), "retention.ms": "1000"}}})
    admin.close()
    with pytest.raises(RefusedError) as caught:
        ensure_topics(Cluster(kafka), {topic: 1})
    assert "retention.ms is 1000, not -1" in caught.value.detail
    assert f"--entity-name {topic} --add-config retention.ms=-1" in caught.value.detail


def test_a_megabyte_fits_and_more_is_refused_by_the_broker(kafka: str, prefix: str) -> None:
    """The broker takes a record of 1 MB and refuses one of 2 MB, whatever its producer allows itself."""
    topic = f"{prefix}limits"
    ensure_topics(Cluster(kafka), {topic: 1})
    producer = KafkaProducer(bootstrap_servers=kafka, max_request_size=30_000_000)
    try:
        producer.send(topic, b"x" * 1_000_000).get(30)
        with pytest.raises(MessageSizeTooLargeError):
            producer.send(topic, b"x" * 2_000_000).get(30)
    finally:
        producer.close()


def test_no_broker_is_unavailable_and_names_the_setting(free_port: int) -> None:
    """An address where nobody answers says so, with the setting that moves it."""
    with pytest.raises(UnavailableError, match="VIGIE_KAFKA"):
        ensure_topics(Cluster(f"127.0.0.1:{free_port}"), {"limits": 1}, answer_s=0.5)


def test_only_what_differs_is_named() -> None:
    """A topic with our settings and others besides is fine; dead letters alone go after 90 days."""
    fine = {**settings_for("limits"), "compression.type": "zstd"}
    assert differing({"limits": fine, "dead-letters": fine}) == {"dead-letters": {"retention.ms": "7776000000"}}
