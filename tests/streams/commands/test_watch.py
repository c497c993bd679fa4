"""`vigie watch`, as the real command: what becomes of files, through kill -9, Ctrl-C and a broker that is away."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from schemas.codec import decode
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from tests.builders import a_limit
from tests.connectors.builders import an_archive

VIGIE = Path(sys.executable).parent / "vigie"
HEAD = (
    "header.event_id,header.source,header.occurred_at,buyer_id,policy_id,cover_id,outcome,amount,currency,effective_on"
)
_prefixes = itertools.count(1)


@pytest.fixture
def prefix(kafka: str) -> str:
    """A prefix of one's own, under which the topics exist, with one partition each."""
    found = f"watch{next(_prefixes)}."
    ensure_topics(Cluster(kafka), {f"{found}limits": 1, f"{found}court-judgments": 1})
    return found


@pytest.fixture
def watcher(kafka: str, prefix: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `vigie watch` on the test's folder; whatever still runs at the end is killed."""
    started = []

    def start(*arguments: str, broker: str = kafka) -> subprocess.Popen[str]:
        command = [str(VIGIE), "watch", str(tmp_path), *arguments, "--every", "0.1", "--kafka", broker]
        environment = {"PATH": os.defpath, "VIGIE_TOPIC_PREFIX": prefix, "PYTHONUNBUFFERED": "1"}
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


LIMITS = ("--topic", "limits", "--type", "LimitDecided")


def a_table(*numbers: int) -> str:
    rows = (f"L{n},x,2026-11-20T08:00:00Z,FR:999900012,P1,C{n},GRANTED,10,EUR,2026-12-01" for n in numbers)
    return "\n".join([HEAD, *rows]) + "\n"


def report_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.with_name(f"{path.name}.report.json").read_text())
    return found


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def on_the_topic(kafka: str, topic: str) -> list[str]:
    """The ids of the events on a topic of one partition, in order, by a client that is not ours."""
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "test", "enable.auto.commit": False})
    try:
        _, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
        consumer.assign([TopicPartition(topic, 0, 0)])
        messages = [message for _ in range(high) if (message := consumer.poll(10)) is not None]
        records: list[Any] = [decode(message.value()) for message in messages]
        return [record.header.event_id for record in records]
    finally:
        consumer.close()


def test_each_file_gets_what_it_deserves(
    kafka: str, prefix: str, tmp_path: Path, watcher: Callable[..., subprocess.Popen[str]]
) -> None:
    """Sound, partly sound, hopeless and repeated files are moved where they belong, and each report says why."""
    (tmp_path / "1.csv").write_text(a_table(1, 2))
    (tmp_path / "2.csv").write_text(a_table(3, 4).replace("2026-12-01", "soon", 1))
    (tmp_path / "3.csv").write_text(a_table(5).replace("L5", '"L5'))
    (tmp_path / "4.csv").write_text(a_table(1, 2))
    (tmp_path / "5.csv.part").write_text(a_table(6))
    process = watcher(*LIMITS, "--once")
    said, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (1, "")
    assert said.splitlines() == [
        "1.csv: 2 published, 0 refused: done/1.csv",
        "2.csv: 1 published, 1 refused: done/2.csv",
        "3.csv: 0 published, 1 refused: refused/3.csv",
        "4.csv: already taken as 1.csv: done/4.csv",
    ]
    assert on_the_topic(kafka, f"{prefix}limits") == ["L1", "L2", "L4"]
    report = report_of(tmp_path / "done/2.csv")
    assert report["partitions"] == [{"topic": f"{prefix}limits", "partition": 0, "count": 1, "last_offset": 2}]
    assert [(each["refused"], each["where"]) for each in report["refusals"]] == [("L3", "line 2")]
    assert report_of(tmp_path / "refused/3.csv")["reasons"] == {"damaged_file": 1}
    assert (tmp_path / "5.csv.part").exists()


def test_files_are_recognised(
    kafka: str, prefix: str, tmp_path: Path, watcher: Callable[..., subprocess.Popen[str]]
) -> None:
    """Where nobody says what reads the files, each is read as what it is; what we do not know is refused."""
    (tmp_path / "1.xml").write_bytes(an_archive())
    line = {"type": "LimitDecided", "value": json.loads(a_limit().model_dump_json())}
    (tmp_path / "2.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "3.csv").write_text(a_table(1))
    said, complaints = watcher("--once").communicate(timeout=60)
    assert complaints == ""
    assert said.splitlines() == [
        "1.xml: 1 published, 0 refused: done/1.xml",
        "2.jsonl: 1 published, 0 refused: done/2.jsonl",
        "3.csv: 0 published, 1 refused: refused/3.csv",
    ]
    assert on_the_topic(kafka, f"{prefix}limits") == [a_limit().header.event_id]
    assert report_of(tmp_path / "refused/3.csv")["reasons"] == {"unknown_format": 1}


def test_a_bad_name_stops_no_file(tmp_path: Path, watcher: Callable[..., subprocess.Popen[str]]) -> None:
    """A name that is not UTF-8, or as long as names can be, is printed somehow, and its file taken as any other."""
    names = [b"\xff\xfe.csv", b"x" * 246 + b".csv", b"y.csv"]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(a_table(number))
    said, complaints = watcher(*LIMITS, "--once").communicate(timeout=60)
    assert complaints == ""
    assert sorted(line.partition(": ")[0][-5:] for line in said.splitlines()) == ["e.csv", "x.csv", "y.csv"]
    assert len(list((tmp_path / "done").iterdir())) == 6


def test_kill_9_while_publishing_loses_nothing(
    kafka: str, prefix: str, tmp_path: Path, watcher: Callable[..., subprocess.Popen[str]]
) -> None:
    """Killed in the middle of a file, the next watcher publishes all of it, and the ids tell what came twice."""
    count = 15_000  # more than are settled while we look at the topic
    (tmp_path / "big.csv").write_text(a_table(*range(count)))
    first = watcher(*LIMITS)
    wait_for(lambda: bool(on_the_topic(kafka, f"{prefix}limits")))
    first.kill()
    first.wait()
    assert (tmp_path / "big.csv").exists()
    second = watcher(*LIMITS, "--once")
    said, _ = second.communicate(timeout=60)
    assert said == f"big.csv: {count} published, 0 refused: done/big.csv\n"
    found = on_the_topic(kafka, f"{prefix}limits")
    assert len(found) > count
    assert list(dict.fromkeys(found)) == [f"L{n}" for n in range(count)]
    assert report_of(tmp_path / "done/big.csv")["published"] == count


def test_a_watcher_goes_on_until_it_is_stopped(tmp_path: Path, watcher: Callable[..., subprocess.Popen[str]]) -> None:
    """What comes later is taken too, read by a connector; SIGTERM, as Ctrl-C, ends it without a complaint."""
    process = watcher("--connector", "bodacc")
    for number in ("1", "2"):
        (tmp_path / f"{number}.xml").write_bytes(an_archive(parution=f"2008001{number}"))
        wait_for((tmp_path / f"done/{number}.xml.report.json").exists)
    process.send_signal(signal.SIGTERM)
    said, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, "")
    assert said.splitlines()[-1] == "stopped; what was not moved is looked at again"


def test_without_kafka_nothing_moves(
    tmp_path: Path, free_port: int, watcher: Callable[..., subprocess.Popen[str]]
) -> None:
    """While Kafka is away a file stays where it is, and that is said; with --once the code says so too."""
    (tmp_path / "1.csv").write_text(a_table(1))
    process = watcher(*LIMITS, "--once", broker=f"127.0.0.1:{free_port}")
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 69
    assert f"Kafka at 127.0.0.1:{free_port}" in complaints
    assert (tmp_path / "1.csv").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--connector", "x"),
        ("--topic", "notices"),
        ("--type", "LimitDecided"),
        ("--connector", "bodacc", "--topic", "limits"),
    ],
)
def test_a_wrong_call_is_explained(watcher: Callable[..., subprocess.Popen[str]], arguments: tuple[str, ...]) -> None:
    """A connector or a topic that is named must be one that there is; a type goes with its topic."""
    process = watcher(*arguments)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode in (2, 65)
    assert "expected" in complaints
    assert "Traceback" not in complaints
