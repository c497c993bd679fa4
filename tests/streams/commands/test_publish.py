"""`vigie publish bodacc`, as the real command, to a real broker."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from tests.connectors.builders import DAY, an_archive

VIGIE = Path(sys.executable).parent / "vigie"
_prefixes = itertools.count(1)


@pytest.fixture
def prefix(kafka: str) -> str:
    """A prefix of one's own, under which `court-judgments` exists."""
    found = f"command{next(_prefixes)}."
    ensure_topics(Cluster(kafka), {f"{found}court-judgments": 4})
    return found


def vigie(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [VIGIE, "publish", "bodacc", *arguments]
    settings = {"PATH": os.defpath, **environment}
    return subprocess.run(command, capture_output=True, check=False, env=settings, text=True)


def test_the_day_is_published(kafka: str, prefix: str) -> None:
    """What can be published is acknowledged and counted, what cannot is a JSON line, and the code says so."""
    done = vigie(DAY, "--kafka", kafka, "--json", VIGIE_TOPIC_PREFIX=prefix)
    summary = json.loads(done.stdout)
    assert (summary["published"], summary["refused"]) == (42, 1)
    assert sum(part["count"] for part in summary["partitions"]) == 42
    assert {part["topic"] for part in summary["partitions"]} == {f"{prefix}court-judgments"}
    assert all(part["last_offset"] == part["count"] - 1 for part in summary["partitions"])
    assert [list(json.loads(line)) for line in done.stderr.splitlines()] == [["refused", "where", "reason"]]
    assert done.returncode == 1


def test_the_broker_may_come_from_the_settings(kafka: str, prefix: str, tmp_path: Path) -> None:
    """Without --kafka the broker is VIGIE_KAFKA's; the summary is a line for a person; nothing else is said."""
    path = tmp_path / "file"
    path.write_bytes(an_archive())
    done = vigie(path, VIGIE_KAFKA=kafka, VIGIE_TOPIC_PREFIX=prefix)
    assert (done.stdout, done.stderr, done.returncode) == ("1 event published, 0 refused\n", "", 0)


def test_a_damaged_archive_publishes_nothing(kafka: str, prefix: str, tmp_path: Path) -> None:
    """A truncated archive is refused whole: none of its sound notices goes out."""
    path = tmp_path / "file"
    path.write_bytes(DAY.read_bytes()[:-40])
    done = vigie(path, "--kafka", kafka, "--json", VIGIE_TOPIC_PREFIX=prefix)
    assert json.loads(done.stdout) == {"published": 0, "refused": 1, "partitions": []}
    assert "damaged_file" in done.stderr
    assert done.returncode == 1


def test_no_broker_is_one_clear_line(free_port: int) -> None:
    """Where Kafka is away, one line says where we looked and what to do, and the code is that of sysexits."""
    done = vigie(DAY, "--kafka", f"127.0.0.1:{free_port}")
    assert done.returncode == 69
    assert len(done.stderr.splitlines()) == 1
    assert f"127.0.0.1:{free_port}" in done.stderr
    assert "`vigie up`" in done.stderr
