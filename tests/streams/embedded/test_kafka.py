import socket
import time
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.topics import ensure_topics


def test_a_broker_killed_comes_back_on_its_port_with_all_it_acknowledged(place: Path, kafka_jars: Path) -> None:
    """After kill -9 the same directory gives the same bootstrap and every acknowledged record, within 10 s."""
    broker = EmbeddedKafka(place / "kafka", kafka_jars)
    bootstrap = broker.start()
    ensure_topics(Cluster(bootstrap), {"kept": 1})
    send(bootstrap, "kept", [f"{n}".encode() for n in range(100)])
    broker.kill()
    assert broker.pid is None
    began_at = time.monotonic()
    assert broker.start() == bootstrap
    assert time.monotonic() - began_at < 10
    assert read(bootstrap, "kept", 100) == [f"{n}".encode() for n in range(100)]
    broker.stop()


def test_records_are_read_by_their_owner_alone(place: Path, kafka_jars: Path) -> None:
    """Segments hold the recipients' addresses: nobody else may enter, also where an earlier version let them."""
    (place / "kafka" / "log").mkdir(parents=True)
    broker = EmbeddedKafka(place / "kafka", kafka_jars)
    ensure_topics(Cluster(broker.start()), {"kept": 1})
    broker.stop()
    assert (place / "kafka" / "log").stat().st_mode & 0o777 == 0o700


def test_a_path_of_any_letters(place: Path, kafka_jars: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accents, other alphabets and a backslash in the path of the data and of the jars, in a locale that has none."""
    monkeypatch.setenv("LC_ALL", "C")
    home = place / "René \\ Łódź 🐦"
    home.mkdir()
    (home / "jars").symlink_to(kafka_jars)
    broker = EmbeddedKafka(home / "kafka", home / "jars")
    ensure_topics(Cluster(broker.start()), {"kept": 1})
    broker.stop()
    assert (home / "kafka" / "log" / "kept-0").is_dir()


def test_a_port_of_somebody_else_is_refused_and_named(place: Path, kafka_jars: Path) -> None:
    """A port on which another program listens is refused before any Java starts."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(RefusedError, match=rf"port_in_use: port {port} of 127\.0\.0\.1"):
            EmbeddedKafka(place, kafka_jars, port).start()


def test_a_kept_port_that_was_taken_meanwhile_is_replaced(place: Path, kafka_jars: Path) -> None:
    """Where nobody asked for a port, the broker comes back with its topics on others when its own were taken."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        broker = EmbeddedKafka(place, kafka_jars)
        ensure_topics(Cluster(broker.start()), {"kept": 1})
        broker.stop()
        (place / "ports.json").write_text(f'{{"port": {port}, "controller": {port}}}')
        assert broker.start() != f"127.0.0.1:{port}"
        send(broker.bootstrap, "kept", [b"after"])
        broker.stop()


def test_a_directory_that_cannot_be_written_is_refused(place: Path, kafka_jars: Path) -> None:
    """A path through a file cannot become a directory, whoever asks."""
    (place / "file").touch()
    with pytest.raises(RefusedError, match=r"directory_unusable.*VIGIE_HOME"):
        EmbeddedKafka(place / "file" / "kafka", kafka_jars).start()


def test_a_directory_of_a_running_broker_is_refused(place: Path, kafka_jars: Path) -> None:
    """Two brokers never share a directory."""
    broker = EmbeddedKafka(place, kafka_jars)
    broker.launch()
    with pytest.raises(RefusedError, match=r"directory_in_use: .* \(process \d+\)"):
        EmbeddedKafka(place, kafka_jars).start()
    broker.kill()


def test_a_broker_that_does_not_start_shows_the_end_of_its_log(place: Path, kafka_jars: Path) -> None:
    """Where Java or Kafka fails, its own words are in the message."""
    (place / "log").mkdir()
    (place / "log" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=x\ndirectory.id=y\n")
    with pytest.raises(UnavailableError, match=r"Unable to read directory\.id"):
        EmbeddedKafka(place, kafka_jars).start()


def test_a_java_that_is_not_there_is_named(place: Path, kafka_jars: Path) -> None:
    """A wrong setting of Java shows in the message."""
    with pytest.raises(UnavailableError, match="/no/java cannot be run: No such file"):
        EmbeddedKafka(place, kafka_jars, java=Path("/no/java")).start()


def send(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    for sent in [producer.send(topic, value) for value in values]:
        sent.get(30)
    producer.close()


def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=30_000)
    consumer.assign([TopicPartition(topic, 0)])
    values = [record.value for _, record in zip(range(count), consumer, strict=False)]
    consumer.close()
    return values
