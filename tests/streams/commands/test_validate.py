"""`vigie validate`: what the intake would say, without it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.codec import encode
from streams.cli import build
from tests.builders import a_limit

LINE = '{"type": "LimitDecided", "value": ' + a_limit().model_dump_json() + "}"


@pytest.mark.parametrize(
    "content",
    [
        LINE.encode(),
        json.dumps(json.loads(LINE), indent=2).encode(),
        LINE.replace(", ", ",\n  ").encode(),
        f"\ufeff{LINE}".encode(),
        "\ufeff".encode() + json.dumps(json.loads(LINE), indent=2).encode(),
        encode(a_limit()),
    ],
)
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


def test_lines_may_begin_with_a_blank(tmp_path: Path) -> None:
    """An object a line is read as that, also where a blank stands behind its brace, or its first line is wrong."""
    lines = [f"{{ {LINE[1:]}", f"{{ {LINE[1:]}", LINE[:-1]]
    for order in (lines, lines[::-1]):
        (file := tmp_path / "records").write_text("\n".join(order))
        done = CliRunner().invoke(build(["validate"]), ["validate", str(file)])
        assert (done.exit_code, done.stdout) == (1, "2 valid, 1 not\n")


def test_two_contents_under_one_id_are_a_conflict(tmp_path: Path) -> None:
    """The same event twice is valid; another content under its id is what the intake answers with 409."""
    (file := tmp_path / "records").write_text(f"{LINE}\n{LINE}\n{LINE.replace('80000', '80001')}\n")
    done = CliRunner().invoke(build(["validate"]), ["validate", str(file)])
    assert (done.exit_code, done.stdout) == (1, "2 valid, 1 not\n")
    told = json.loads(done.stderr)
    assert (told["line"], told["field"], told["reason"]) == (3, "value.header.event_id", "conflicting_repeat")


def test_a_value_alone_needs_its_type(tmp_path: Path) -> None:
    """A record without an envelope is one error, and none where its type is named."""
    (file := tmp_path / "records").write_text(a_limit().model_dump_json(indent=2))
    done = CliRunner().invoke(build(["validate"]), ["validate", str(file)])
    assert [json.loads(line)["reason"] for line in done.stderr.splitlines()] == ["no_envelope"]
    done = CliRunner().invoke(build(["validate"]), ["validate", "--type", "LimitDecided", str(file)])
    assert (done.exit_code, done.stdout) == (0, "1 valid, 0 not\n")


def test_errors_are_told_up_to_a_number(tmp_path: Path) -> None:
    """Of a file that is something else, the first 100 errors are told, and how many more there are."""
    (file := tmp_path / "records").write_text("<a>\n" * 130)
    done = CliRunner().invoke(build(["validate"]), ["validate", str(file), str(file)])
    assert (done.exit_code, done.stdout) == (1, "0 valid, 260 not\n")
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert (len(told), told[-1]) == (101, {"errors_left_off": 160})


@pytest.mark.parametrize("option", ["--topic", "--type"])
def test_a_name_that_is_none_is_said(tmp_path: Path, option: str) -> None:
    """`--topic` and `--type` take what providers write."""
    (file := tmp_path / "records").write_text(LINE)
    done = CliRunner().invoke(build(["validate"]), ["validate", option, "notices", str(file)])
    assert done.exit_code == 2
    assert "expected one of" in done.stderr
