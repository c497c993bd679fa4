"""`vigie parse` on every shared sample: what it prints, of which only counts and hashes are kept here."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streams.cli import build
from tests.connectors.builders import needed

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
GOLDENS = json.loads((Path(__file__).parent / "goldens" / "parse_samples.json").read_text("utf-8"))


def parse(name: str) -> dict[str, Any]:
    """The command's exit code, its lines by type and what they say but for the time of publication, its refusals."""
    connector, file = name.split(" ")
    done = CliRunner().invoke(build(["parse"]), ["parse", connector, str(needed(SAMPLES / file))])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        del line["value"]["header"]["published_at"]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    return {
        "exit_code": done.exit_code,
        "lines": Counter(f"{line['topic']} {line['type']}" for line in lines),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "refused": [json.loads(line)["reason"] for line in done.stderr.splitlines()],
    }


@pytest.mark.parametrize("name", GOLDENS)
def test_a_sample_prints_what_it_printed(name: str) -> None:
    """Each line, each refusal and the exit code are those of the golden."""
    assert parse(name) == GOLDENS[name]


def test_no_sample_is_left_out() -> None:
    """Every file of the samples has its golden."""
    found = {str(path.relative_to(SAMPLES)) for path in needed(SAMPLES).rglob("*") if path.is_file()}
    assert {name.split(" ")[1] for name in GOLDENS} == found
