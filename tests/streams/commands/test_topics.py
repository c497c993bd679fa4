"""`vigie parse TOPIC` and `vigie publish TOPIC`, as the real commands; and what their page shows."""

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.generic import topics
from connectors.registry import installed
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs/connectors/examples"
MAPPING = EXAMPLES / "limits.toml"
BIN = Path(sys.executable).parent
_prefixes = itertools.count(1)


@pytest.fixture
def prefix(kafka: str) -> str:
    """A prefix of one's own, under which `limits` exists."""
    found = f"topics{next(_prefixes)}."
    ensure_topics(Cluster(kafka), {f"{found}limits": 4})
    return found


def vigie(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {"PATH": os.defpath, **environment}
    return subprocess.run([BIN / "vigie", *arguments], capture_output=True, check=False, env=settings, text=True)


def shown(page: str) -> Iterator[tuple[str, str]]:
    """Each command of a page's consoles, and what the page shows of its output."""
    for block in re.findall(r"```console\n(.*?)```", (ROOT / "docs/connectors" / page).read_text(), re.DOTALL):
        for step in block.removeprefix("$ ").split("\n$ "):
            command, _, output = step.partition("\n")
            yield command, output.strip()


@pytest.mark.parametrize("page", ["generic.md", "folder.md"])
def test_the_page_shows_what_happens(page: str, kafka: str, prefix: str, tmp_path: Path) -> None:
    """Every command of the page prints what the page shows."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "incoming").mkdir()
    environment = {"PATH": f"{BIN}:{os.defpath}", "VIGIE_KAFKA": kafka, "VIGIE_TOPIC_PREFIX": prefix}
    steps = [(command.replace("2>refused", f"2>{tmp_path}/refused"), output) for command, output in shown(page)]
    assert len(steps) > 4
    place = tmp_path
    for command, output in steps:
        if command.startswith("cd "):
            place = tmp_path / command[3:]
            continue
        here = command.replace("cat refused", f"cat {tmp_path}/refused")
        done = subprocess.run(
            ["sh", "-c", here], cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        assert (command, done.stdout.strip(), done.stderr) == (command, output, "")


def test_connectors_and_topics_are_called_differently() -> None:
    """`vigie publish NAME` means one thing: no connector is called as a topic is."""
    assert not set(installed()) & set(topics())


def test_both_kinds_are_in_the_help() -> None:
    """The help lists the connectors, and the topics under a title of their own."""
    done = vigie("publish", "--help")
    said = [done.stdout.find(word) for word in ("bodacc", "Files for a topic", "limits")]
    assert said == sorted(said)
    assert min(said) > 0


def test_what_parse_prints_publish_takes(kafka: str, prefix: str, tmp_path: Path) -> None:
    """The output of `vigie parse` is a file for `vigie publish`, and the summary counts what was taken."""
    printed = tmp_path / "events.jsonl"
    printed.write_text(vigie("parse", "limits", EXAMPLES / "limits.csv", "--mapping", MAPPING).stdout)
    done = vigie("publish", "limits", printed, "--kafka", kafka, "--json", VIGIE_TOPIC_PREFIX=prefix)
    summary = json.loads(done.stdout)
    assert (summary["published"], summary["refused"], done.stderr, done.returncode) == (2, 0, "", 0)
    assert {part["topic"] for part in summary["partitions"]} == {f"{prefix}limits"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--type", "Limit"], 65, "expected one of .*'LimitDecided'"),
        (["--mapping", EXAMPLES / "limits.csv"], 65, "limits.csv: expected UTF-8"),
    ],
)
def test_a_wrong_call_is_explained(arguments: list[str | Path], code: int, said: str) -> None:
    """A wrong type or mapping is one line, before anything is read, without a traceback."""
    done = vigie("parse", "limits", EXAMPLES / "limits.csv", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.search(said, done.stderr)
    assert "Traceback" not in done.stderr
