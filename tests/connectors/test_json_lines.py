"""JSON lines, whoever reads them: a file that is cut short publishes nothing."""

import gzip
import io
import json
from typing import Any

import pytest

from connectors import bodacc, companies_house, generic, sirene
from connectors.registry import Connector
from schemas.base import Record
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
