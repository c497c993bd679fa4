"""The quick starts, run as they are printed: only addresses and topics are put in their place."""

import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from connectors.publisher import Publisher
from schemas import golden
from schemas.base import Record
from schemas.codec import decode
from schemas.events.limits import LimitWithdrawn
from sinks.portal.registry import create_app
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from streams.ledger.identity import partition_of
from tests.deployment import wait_for
from tests.registry import served

DOCS = Path(__file__).parents[2] / "docs"
PARTITIONS = 7
PREFIX = "quick-"
PATIENCE_S = 60


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """The portal's registry, served alone."""
    with served(create_app()) as url:
        yield url


@pytest.fixture(scope="module")
def topics(kafka: str) -> str:
    """A broker with the topics of the quick starts."""
    ensure_topics(Cluster(kafka), {PREFIX + name: PARTITIONS for name in ("limits", "limits-2", "notices")})
    return kafka


def programs(page: str, **places: str) -> list[str]:
    """The Python programs of a page, with these addresses and topics in place of the printed ones."""
    found = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    printed = {"registry": "http://127.0.0.1:8080/registry", "brokers": "127.0.0.1:9092"}
    for name, place in places.items():
        found = [text.replace(printed.get(name, f'"{name}"'), place) for text in found]
    return found


def lines(program: str) -> list[str]:
    """The lines that do something."""
    return [line for line in program.splitlines() if line.strip() and not line.startswith(("import ", "from "))]


@pytest.mark.parametrize("number", [0, 1], ids=["confluent-kafka", "kafka-python"])
def test_a_provider_publishes_in_ten_lines(topics: str, registry: str, number: int) -> None:
    """What it publishes is the record, under its key, on the partition that the hub expects it on."""
    topic = PREFIX + ("limits", "limits-2")[number]
    program = programs("quick-start-provider.md", registry=registry, brokers=topics, limits=f'"{topic}"')[number]
    assert len(lines(program)) <= 10
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE_S)
    (message,) = messages(topics, topic)
    event = decode(message.value)
    assert isinstance(event, LimitWithdrawn)
    assert (event.policy_id, event.header.source, event.reasons) == ("P-1", "underwriting", [])
    assert (message.key, message.partition) == (b"FR:345086177", partition_of(b"FR:345086177", PARTITIONS))


def messages(broker: str, topic: str) -> list[Any]:
    """Everything on a topic."""
    consumer = KafkaConsumer(bootstrap_servers=broker, auto_offset_reset="earliest", consumer_timeout_ms=5000)
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
        return list(consumer)
    finally:
        consumer.close()


class Reader:
    """The consumer's program, running."""

    def __init__(self, program: str, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=directory
        )
        self._said: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line.rstrip("\n"))

    def says(self, count: int, patience_s: float = PATIENCE_S) -> list[str]:
        """Its next lines."""
        return [self._said.get(timeout=patience_s) for _ in range(count)]

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def start(topics: str, registry: str, tmp_path: Path) -> Iterator[Callable[[], Reader]]:
    """Starts the consumer's program, and ends it with the test."""
    (program,) = programs("quick-start-consumer.md", registry=registry, brokers=topics, notices=f'"{PREFIX}notices"')
    assert len(lines(program)) <= 30
    started: list[Reader] = []

    def begin() -> Reader:
        started.append(Reader(program, tmp_path))
        return started[-1]

    yield begin
    started[-1].kill()


def a_notice(kind: str, number: int) -> Record:
    """An example of a notice, as this one of its policy's."""
    notice: Any = golden.load(golden.ROOT / "notices" / kind / "plain.json")
    notice_id = notice.header.notice_id.__class__(int=number)
    return notice.model_copy(
        update={"header": notice.header.model_copy(update={"number": number, "notice_id": notice_id})}
    )


def written_down(directory: Path) -> int:
    """How many notices the consumer knows that it has shown."""
    with closing(sqlite3.connect(directory / "notices.db")) as store:
        return int(store.execute("SELECT count(*) FROM told").fetchone()[0])


def test_a_consumer_reads_each_notice_once_in_thirty_lines(
    topics: str, start: Callable[[], Reader], tmp_path: Path
) -> None:
    """Repeats are known, a gap is said, an unknown kind is shown by its title; kill -9 loses and repeats nothing."""
    first, second = a_notice("JudgmentAlert", 1), a_notice("RecipientsChanged", 2)
    with Publisher(Cluster(topics), PREFIX) as publisher:
        for notice in (first, second, first, second):
            publisher.publish(notice)
    court = first.body.judgment.court
    title = second.header.title
    reader = start()
    assert reader.says(2) == [f"POL-0001 1: judgment of {court}", f"POL-0001 2: {title}"]
    # Between showing a notice and writing it down lies the moment that the page leaves to the reader.
    wait_for(lambda: written_down(tmp_path) == 2, "both notices to be written down")
    reader.kill()
    with Publisher(Cluster(topics), PREFIX) as publisher:
        for notice in (second, a_notice("JudgmentAlert", 5)):
            publisher.publish(notice)
    again = start()
    assert again.says(2) == ["POL-0001: notices 3 to 4 are missing", f"POL-0001 5: judgment of {court}"]
    with pytest.raises(Empty):
        again.says(1, patience_s=2)
