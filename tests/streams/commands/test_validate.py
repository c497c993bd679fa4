"""`vigie validate`: what the intake would say, without it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.codec import encode
from streams.cli import build
from tests.builders import a_limit

LINE = '{"type": "LimitDecided", "value": ' + a_limit().model_dump_json() + "}"


@pytest.mark.parametrize("content", [LINE.encode(), json.dumps(json.loads(LINE), indent=2).encode(), encode(a_limit())])
def test_a_record_in_any_form_is_valid(tmp_path: Path, content: bytes) -> None:
    """One line, one object over several, or Avro bytes: a valid record is counted and the code is 0."""
    (file := tmp_path / "records").write_bytes(content)
    done = CliRunner().invoke(build(["validate"]), ["validate", str(file)])
    assert (done.exit_code, done.stdout) == (0, "1 valid, 0 not\n")


def test_every_error_is_told(tmp_path: Path) -> None:
    """Each error of each line is a JSON line on standard error, and the code is 1."""
    (file := tmp_path / "records").write_text(f"{LINE}\n{LINE.replace('EUR', 'euro').replace('FR:', '')}\n{{\n")
    done = CliRunner().invoke(build(["validate"]), ["validate", "--topic", "limits", str(file)])
    assert (done.exit_code, done.stdout) == (1, "1 valid, 2 not\n")
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(t["file"], t["line"], t["field"]) for t in told] == [
        (str(file), 2, "value.buyer_id"),
        (str(file), 2, "value.currency"),
        (str(file), 3, ""),
    ]


def test_an_empty_file_is_not_valid(tmp_path: Path) -> None:
    """A file that holds no record is told, as the intake tells it."""
    (file := tmp_path / "records").touch()
    done = CliRunner().invoke(build(["validate"]), ["validate", str(file)])
    assert (done.exit_code, done.stdout) == (1, "0 valid, 1 not\n")
    assert json.loads(done.stderr)["reason"] == "empty"


def test_a_topic_that_is_none_is_said(tmp_path: Path) -> None:
    """`--topic` takes what providers write."""
    (file := tmp_path / "records").write_text(LINE)
    done = CliRunner().invoke(build(["validate"]), ["validate", "--topic", "notices", str(file)])
    assert done.exit_code == 2
    assert "court-judgments" in done.stderr
