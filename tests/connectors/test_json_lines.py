"""JSON lines, whoever reads them: a file that is cut short publishes nothing."""

import gzip
import io
import json
from typing import Any

import pytest

from connectors import bodacc, companies_house, generic, sirene
from connectors.json_lines import objects
from connectors.refusal import Refusal
from connectors.registry import Connector
from schemas.base import Record
from schemas.errors import RefusedError
from tests.connectors.builders import a_record
from tests.connectors.generic_builders import NOW, a_limit
from tests.connectors.registers import a_unit, an_event

LIMITS = generic.reader_of("limits", type_name="LimitDecided")
READERS = [
    (LIMITS, a_limit(cover_id="é")),
    (bodacc.CONNECTOR, a_record()),
    (companies_house.CONNECTOR, an_event()),
    (sirene.CONNECTOR, a_unit()),
]


def given(connector: Connector, content: bytes) -> list[Any]:
    return list(connector.parse(io.BytesIO(content), NOW))


@pytest.mark.parametrize(("connector", "record"), READERS, ids=lambda each: getattr(each, "name", ""))
def test_lines_that_are_cut_short_publish_nothing(connector: Connector, record: dict[str, Any]) -> None:
    """Where the last line is cut anywhere, the file is refused as a whole, and nothing before the cut comes out."""
    line = json.dumps(record, ensure_ascii=False).encode()
    for cut in range(1, len(line), 29):
        (refusal,) = given(connector, b"\n".join([line, line, line[:cut]]))
        assert (refusal.refused, refusal.where) == ("file", "whole file")
        assert refusal.reason.startswith("damaged_file: ")


def test_lines_that_were_cut_before_they_were_packed_publish_nothing() -> None:
    """A sound archive of a damaged file is a damaged file."""
    line = json.dumps(a_record()).encode()
    (refusal,) = given(bodacc.CONNECTOR, gzip.compress(line + b"\n" + line[:-1]))
    assert refusal.reason.startswith("damaged_file: ")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b" \n \t", b"\n\n"])
def test_the_last_line_may_end_or_not(end: bytes) -> None:
    """A last line that is whole needs no line end, and blank lines behind it are nothing."""
    line = json.dumps(a_limit()).encode()
    assert [isinstance(each, Record) for each in given(LIMITS, line + b"\n" + line + end)] == [True, True]


def test_a_bad_line_in_a_whole_file_is_refused_alone() -> None:
    """A line that is no JSON but has an end is no damage: the others come out."""
    line = json.dumps(a_limit()).encode()
    found = given(LIMITS, b"\n".join([line, line[:-1], line, line[:-1], b""]))
    assert [isinstance(each, Record) for each in found] == [True, False, True, False]


def test_the_start_of_a_long_line_is_found() -> None:
    """A cut line that is longer than what is read of a file at once is seen as well."""
    long = json.dumps(a_limit(cover_id="x" * 200_000)).encode()
    (refusal,) = given(LIMITS, long + b"\n" + long[:-1])
    assert refusal.reason.startswith("damaged_file: ")


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize(("connector", "record"), READERS, ids=lambda each: getattr(each, "name", ""))
def test_an_object_that_says_a_field_twice_is_refused_alone(
    connector: Connector, record: dict[str, Any], end: bytes
) -> None:
    """Whichever was meant, and wherever in the file it stands: with its place, and the field's name."""
    line, name = json.dumps(record).encode(), next(iter(record))
    twice = line[:-1] + b', "%s": 1}' % name.encode()
    found = given(connector, b"\n".join([line, twice, line, twice]) + end)
    assert [isinstance(each, Refusal) for each in found] == [False, True, False, True]
    assert [each.where for each in found[1::2]] == ["line 2", "line 4"]
    assert {each.reason for each in found[1::2]} == {
        f"contradictory_fields: expected each field once, got {name!r} twice"
    }


def test_a_line_that_says_a_field_twice_may_be_cut_short_too() -> None:
    """Then nothing of the file comes out, as of any other that is."""
    line = json.dumps(a_limit()).encode()
    (refusal,) = given(LIMITS, line + b"\n" + line.replace(b'"header": {', b'"header": {"source": "x", ')[:-1])
    assert refusal.reason.startswith("damaged_file: ")


def test_a_field_may_stand_once_in_each_of_several_objects() -> None:
    """Within one another, or in a list."""
    first, second = objects(io.BytesIO(b'{"a": {"a": [{"a": 1}, {"a": 2}]}}\n{"a": 1}\n'))
    assert (first[1], second[1]) == ({"a": {"a": [{"a": 1}, {"a": 2}]}}, {"a": 1})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"a": 1}\n{"a": }\n', "Expecting value (character 7)"),
        (b'{\n  "a": }\n', "Expecting value (line 2 of it, character 8)"),
    ],
)
def test_a_fault_is_where_it_is_said_to_be(text: bytes, said: str) -> None:
    """A line of a file is not called line 1, beside the file's own count; in one text over lines each is counted."""
    *_, (_, refused) = objects(io.BytesIO(text))
    assert isinstance(refused, RefusedError)
    assert refused.detail == f"expected one JSON object: {said}"
