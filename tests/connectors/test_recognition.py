"""Files of which nobody says what they are."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.recognition import WHATEVER, recognised
from connectors.refusal import Refusal
from connectors.registry import installed
from schemas import golden
from schemas.catalog import key_of, topic_of
from schemas.errors import RefusedError
from tests.builders import NOW
from tests.connectors.bank_builders import a_cfonb120, a_file, an_mt940
from tests.connectors.builders import a_record, an_archive, lines_of
from tests.connectors.generic_builders import a_limit
from tests.connectors.registers import a_unit, an_event

EXAMPLES = [path for path in golden.paths() if "notices" not in path.parts]
FILES = [
    ("bodacc", an_archive()),
    ("bodacc", an_archive(head="<?xml version='1.0' encoding='utf-16'?>").decode().encode("utf-16")),
    ("bodacc", lines_of(a_record())),
    ("bodacc", json.dumps([a_record()], indent=1).encode()),
    ("bodacc", gzip.compress(an_archive())),
    ("bank", a_file()),
    ("bank", a_file(head="\ufeff<?xml version='1.0' encoding='utf-8'?>\n")),
    ("bank", a_file(version="camt.054.001.02")),
    ("bank", an_mt940()),
    ("bank", b"{1:F01BANKDEFFXXXX}{4:\r\n" + an_mt940()),
    ("bank", a_cfonb120()),
    ("companies_house", lines_of(an_event())),
    ("sirene", lines_of(a_unit())),
]


def name_of(content: bytes) -> str:
    return recognised(io.BytesIO(content)).name


@pytest.mark.parametrize(("name", "content"), FILES)
def test_a_connectors_files_are_recognised(name: str, content: bytes) -> None:
    """Each source's files are known by how they begin, and read as their connector reads them."""
    assert name_of(content) == name
    alone = installed()[name].parse(io.BytesIO(content), NOW)
    assert list(WHATEVER.parse(io.BytesIO(content), NOW)) == list(alone)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_lines_that_name_their_type_are_recognised(path: Path) -> None:
    """A record of any type is on its topic, with what `vigie parse` prints beside it, without, and flat."""
    record = golden.load(path)
    topic, name, value = topic_of(record).name, type(record).__name__, record.model_dump(mode="json")
    assert name_of(json.dumps({"topic": topic, "key": key_of(record), "type": name, "value": value}).encode()) == topic
    assert name_of(json.dumps({"type": name, "value": value}, indent=2).encode()) == topic
    assert name_of(json.dumps({"type": name} | value).encode()) == topic


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"policy_id,at\nP1,2026-11-20T08:20:00Z\n", "unknown_format"),
        (b"<html/>", "unknown_format"),
        (b"%PDF-1.7", "unknown_format"),
        (json.dumps(a_limit()).encode(), "unknown_format"),
        (json.dumps({"type": ["LimitDecided"]}).encode(), "unknown_format"),
        (json.dumps({"type": "DeliveryChanged2", "value": 1}).encode(), "unknown_format"),
        (json.dumps({"type": "JudgmentAlert", "value": {}}).encode(), "unknown_format"),
        (lines_of({"type": "LimitDecided", "value": a_limit()}) + b'{"type"', "damaged_file"),
    ],
)
def test_what_nobody_knows_is_refused(content: bytes, reason: str) -> None:
    """A file that is nobody's is refused whole, with what was expected and how it begins."""
    with pytest.raises(RefusedError, match=reason):
        recognised(io.BytesIO(content))
    (refused,) = WHATEVER.parse(io.BytesIO(content), NOW)
    assert isinstance(refused, Refusal)
    assert (refused.refused, refused.where) == ("file", "whole file")


STARTS = [content[:60] for _, content in FILES]


@given(st.sampled_from([b"", *STARTS]), st.binary(max_size=100))
def test_any_bytes_are_refused_or_read(start: bytes, more: bytes) -> None:
    """Whatever begins in whatever way gives nothing but events and refusals."""
    found: list[Any] = list(WHATEVER.parse(io.BytesIO(start + more), NOW))
    assert all(each for each in found)
