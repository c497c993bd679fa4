"""`vigie parse bodacc`, as the real command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.connectors.builders import DAY, an_annonce, an_archive

VIGIE = Path(sys.executable).parent / "vigie"


def vigie(*arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command run with no environment but a path: `parse` needs nothing."""
    command = [VIGIE, "parse", "bodacc", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False, env={"PATH": os.defpath})


def lines(stream: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.decode().splitlines()]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A file of one notice."""
    path = tmp_path / "good.anything"
    path.write_bytes(an_archive())
    return path


def test_each_event_is_a_line(good: Path) -> None:
    """An event is printed with topic, key, type and value, and all is well."""
    done = vigie(good)
    (line,) = lines(done.stdout)
    assert list(line) == ["topic", "key", "type", "value"]
    assert (line["topic"], line["key"], line["type"]) == ("court-judgments", "FR:999900012", "JudgmentPublished")
    assert isinstance(line["value"], dict)
    assert line["value"]["header"]["event_id"] == "A2008001048-1"
    assert (done.returncode, done.stderr) == (0, b"")


def test_each_refusal_is_a_line_of_the_other_stream(tmp_path: Path) -> None:
    """A refusal says what, where and why on standard error; the rest is printed, and the code is 1."""
    path = tmp_path / "day.xml"
    path.write_bytes(an_archive(an_annonce(number="1"), an_annonce(kind="suite", number="2")))
    done = vigie(path)
    (refusal,) = lines(done.stderr)
    assert list(refusal) == ["refused", "where", "reason"]
    assert refusal["refused"] == "A200800102"
    assert str(refusal["where"]).startswith(f"{path}: annonce 2 ")
    assert str(refusal["reason"]).startswith("unknown_kind: expected creation, rectificatif or annulation, got 'suite'")
    assert len(lines(done.stdout)) == 1
    assert done.returncode == 1


def test_files_follow_each_other(good: Path, tmp_path: Path) -> None:
    """A file that cannot be believed stops none of the others."""
    bad = tmp_path / "bad"
    bad.write_bytes(an_archive()[:-30])
    done = vigie(good, bad, good)
    assert len(lines(done.stdout)) == 2
    assert [refusal["refused"] for refusal in lines(done.stderr)] == ["file"]
    assert done.returncode == 1


def test_standard_input_is_a_file_too(good: Path) -> None:
    """What comes through a pipe, or by redirection, reads like the file."""
    piped = vigie("-", given=good.read_bytes())
    assert json.loads(piped.stdout)["key"] == json.loads(vigie(good).stdout)["key"]
    assert piped.returncode == 0


def test_the_whole_day_comes_out() -> None:
    """Every notice of the demo's day is in one of the two streams."""
    done = vigie(DAY)
    values = [line["value"] for line in lines(done.stdout)]
    references = {value["reference"] for value in values if isinstance(value, dict)}
    assert len(references) + len(lines(done.stderr)) == DAY.read_text().count("<annonce>")


@pytest.mark.parametrize("arguments", [[], ["/does/not/exist"], ["."], ["--unknown"]])
def test_a_wrong_call_is_explained(arguments: list[str]) -> None:
    """No file, an absent one, a directory or an unknown option is a usage error, without a traceback."""
    done = vigie(*arguments)
    assert done.returncode == 2
    assert done.stdout == b"" or not arguments
    assert b"Traceback" not in done.stderr


def test_json_is_utf_8_everywhere(good: Path) -> None:
    """Where the terminal speaks ASCII only, an event is still printed, as UTF-8."""
    environment = {"PATH": os.defpath, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([VIGIE, "parse", "bodacc", good], capture_output=True, check=True, env=environment)
    assert "Ateliers du Rêve" in done.stdout.decode()


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    """Piped into a program that stops reading, the command ends without a word."""
    path = tmp_path / "long.xml"
    path.write_bytes(an_archive(*(an_annonce(number=str(number)) for number in range(1, 2000))))
    done = subprocess.run(
        ["sh", "-c", '"$0" parse bodacc "$1" | head -n 1', VIGIE, path], capture_output=True, check=True, text=True
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
