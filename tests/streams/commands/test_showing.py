"""Tables that commands print: nothing that somebody looks for is cut."""

import datetime as dt
import json

import pytest

from streams.commands.showing import show

COLUMNS = ("name", "reason", "detail", "records")
ROW = ("policy:POL-0001", "the policy's terms are not known yet", "d" * 300 + "\nand more", 1)


def shown(capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    show("Nothing.", COLUMNS, [ROW], as_json=as_json)
    return capsys.readouterr().out


def test_nothing_is_cut_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    """In a file or a pipe each row is one line with the first line of each text, whole."""
    head, line = shown(capsys).splitlines()
    assert head.split() == list(COLUMNS)
    assert ("d" * 300) in line
    assert line.rstrip().endswith(" 1")


def test_a_narrow_terminal_cuts_details_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other columns run over to the terminal's next line."""
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "40", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    said = shown(capsys)
    assert str(ROW[1]) in said
    assert "records" in said
    assert "d" * 100 not in said


def test_json_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """An object a line, with all of each text."""
    assert json.loads(shown(capsys, as_json=True)) == dict(zip(COLUMNS, ROW, strict=True))


def test_what_a_terminal_would_obey_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A provider chooses ids and texts: none of them moves the cursor, changes colours or rings."""
    show("nothing", ("event_id", "detail"), [("\x1b[2Jé\x07", "a\u202eb")], as_json=False)
    assert "\\x1b[2Jé\\x07  a\\u202eb" in capsys.readouterr().out


def test_a_time_in_json_is_the_intake_s(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads both reads one notation, that of RFC 3339."""
    show("nothing", ("since",), [(dt.datetime(2026, 3, 14, 8, tzinfo=dt.UTC),)], as_json=True)
    assert capsys.readouterr().out == '{"since": "2026-03-14T08:00:00Z"}\n'
