"""What a provider hands in is read strictly, and nothing but events and faults comes of any bytes."""

import datetime as dt
import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.intake.reading import TOPICS, Event, FaultsError, read_avro, read_json, read_lines
from schemas.catalog import key_of, topic_of
from schemas.codec import decode, encode
from schemas.golden import load, paths
from tests.builders import NOW, a_limit
from tests.connectors.intake.conftest import as_line

TAKEN = {record.__name__ for topic in TOPICS.values() for record in topic.records}
LINE = as_line(a_limit())


def faults(text: bytes, topic: str | None = "limits") -> list[tuple[str, str]]:
    with pytest.raises(FaultsError) as error:
        read_json(text, topic, NOW)
    return [(fault.field, fault.reason) for fault in error.value.faults]


@pytest.mark.parametrize("path", [path for path in paths() if path.parent.name in TAKEN], ids=lambda path: path.stem)
def test_every_example_is_read_as_its_record(path: Path) -> None:
    """Each example of each record, as JSON and as Avro, is the event that a connector would publish."""
    record = load(path)
    event = read_json(as_line(record), None, NOW)
    assert (event.raw, event.key, event.topic) == (encode(record), key_of(record).encode(), topic_of(record).name)
    assert read_avro(event.raw, event.topic) == event


def test_amounts_lose_no_digit() -> None:
    """A JSON number becomes the amount that its digits say, however many there are."""
    event = read_json(LINE.replace(b'"80000"', b"123456789012345.67"), "limits", NOW)
    record = decode(event.raw)
    assert record.amount == Decimal("123456789012345.67")


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        (b'"80000"', b"NaN", "", "not_json"),
        (b'"80000"', b"1e999999999", "value.amount", "invalid_value"),
        (b'"80000"', b"0.0001", "value.amount", "bad_amount"),
        (b'"2025-06-01"', b"1748736000", "value.effective_on", "invalid_value"),
        (b'"2025-06-01"', b'"1748736000"', "value.effective_on", "invalid_value"),
        (b'"2025-06-01"', b'"2025-06-31"', "value.effective_on", "invalid_value"),
        (b'"2025-06-01"', b'"9999-12-31"', "value.effective_on", "invalid_value"),
        (b'"2025-06-01"', b'"0001-01-01"', "value.effective_on", "invalid_value"),
        (b'"80000"', b'"8e4"', "value.amount", "invalid_value"),
        (b'"80000"', b'"80_000"', "value.amount", "invalid_value"),
        (b'"EUR"', b"1", "value.currency", "invalid_value"),
        (b'"EUR"', b'"EUX"', "value.currency", "unknown_currency"),
        (b'"80000"', b'"80000.001"', "value.amount", "bad_amount"),
        (b'"EUR"', b'"E\\ud800"', "value", "not_json"),
        (b'"EUR"', b'"EUR", "colour": "red"', "value.colour", "unknown_field"),
        (b'"currency"', b'"colour"', "value.currency", "missing_field"),
        (b'"type"', b'"kind"', "", "no_envelope"),
        (b'"LimitDecided"', b'"JudgmentPublished"', "type", "wrong_type"),
        (b'"LimitDecided"', b"[]", "type", "wrong_type"),
        (b'{"type"', b'{"topic": "policies", "type"', "topic", "wrong_topic"),
        (b'{"type"', b'{"key": "FR:1", "type"', "key", "wrong_key"),
        (b'"80000"', b'"1", "amount": "80000"', "", "contradictory_fields"),
        (b'{"type"', b'{"type": "LimitWithdrawn", "type"', "", "contradictory_fields"),
        (b'"EUR"', b"[" * 100_000, "", "absurd_size"),
        (b'"EUR"', b"1" * 10_000, "", "not_json"),
        (b'"EUR"', b'"\xff"', "", "bad_encoding"),
    ],
)
def test_a_fault_names_its_field(old: bytes, new: bytes, field: str, reason: str) -> None:
    """Each fault has the path of its field and a stable reason."""
    assert (field, reason) in faults(LINE.replace(old, new, 1))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"5",
        b"null",
        b'"x"',
        b'{"type": "LimitDecided"}',
        b'{"type": "LimitDecided", "value": {"header": 1}}',
    ],
)
def test_what_is_no_record_is_a_fault(text: bytes) -> None:
    """Anything else than an object with type and value is a fault."""
    assert faults(text)


@pytest.mark.parametrize("text", [b'{"header": {}, "buyer_id": 1}', b'{"type": "LimitDecided", "buyer_id": 1, "x": 2}'])
def test_a_value_without_its_envelope_is_one_fault(text: bytes) -> None:
    """Fields that stand outside of a value are told once, and what was expected instead."""
    assert faults(text) == [("", "no_envelope")]


@pytest.mark.parametrize("path", [path for path in paths() if path.parent.name in TAKEN], ids=lambda path: path.stem)
def test_a_value_alone_is_its_record_where_the_type_is_said(path: Path) -> None:
    """With a type, each example as it is kept is read as its record, and faults have the paths of the file."""
    record, text, name = load(path), path.read_bytes(), path.parent.name
    assert read_json(text, None, NOW, type_name=name) == read_json(as_line(record), None, NOW)
    with pytest.raises(FaultsError) as error:
        read_json(text.replace(b'"event_id"', b'"id"'), None, NOW, type_name=name)
    assert {fault.field for fault in error.value.faults} >= {"header.event_id", "header.id"}


def test_a_mark_of_byte_order_is_nothing() -> None:
    """JSON and lines may begin with UTF-8's byte-order mark, as connectors' files may."""
    event = read_json(b"\xef\xbb\xbf" + LINE, "limits", NOW)
    assert list(read_lines(b"\xef\xbb\xbf" + LINE, "limits", NOW)) == [event]


@pytest.mark.parametrize(
    "said", [b"86400", b'"86400"', b'"2026-03-14"', b'"2026-03-14T08:00:00"', b'"20260314T080000Z"']
)
def test_an_instant_is_no_timestamp(said: bytes) -> None:
    """Neither a number nor its digits as a text is an instant; nor is a day, nor a time without a zone."""
    value = json.loads(LINE)
    value["value"]["header"]["occurred_at"] = json.loads(said)
    assert faults(json.dumps(value).encode()) == [("value.header.occurred_at", "invalid_value")]


def test_what_is_wrong_in_any_way_is_told_at_once() -> None:
    """What is missing, unknown, misread and implausible in one record: a fault for each, none twice."""
    wrong = {
        b'"2025-06-01"': b'"1"',
        b'"EUR"': b'"EUX", "colour": 1',
        b'"buyer_id"': b'"buyer"',
        b'"GRANTED"': b'"YES"',
    }
    text = LINE
    for old, new in wrong.items():
        text = text.replace(old, new)
    assert sorted(faults(text)) == [
        ("value.buyer", "unknown_field"),
        ("value.buyer_id", "missing_field"),
        ("value.colour", "unknown_field"),
        ("value.currency", "unknown_currency"),
        ("value.effective_on", "invalid_value"),
        ("value.outcome", "invalid_value"),
    ]


@pytest.mark.parametrize("said", [b"[]", b"{}", b"true", b"1e400", rb'"\u0000"', b'"9" ', b"null"])
@pytest.mark.parametrize("old", [b'"EUR"', b'"80000"', b'"2025-06-01"', b'"GRANTED"'])
def test_a_value_of_another_kind_is_a_fault(old: bytes, said: bytes) -> None:
    """Whatever stands in the place of a field is read or told, and is no error of ours."""
    with suppress(FaultsError):
        read_json(LINE.replace(old, said), "limits", NOW)


def test_avro_is_held_to_the_same() -> None:
    """A record in Avro whose amount cannot be meant is refused as it is in JSON."""
    with pytest.raises(FaultsError) as error:
        read_avro(encode(a_limit(amount=Decimal("0.001"))), "limits")
    assert [(fault.field, fault.reason) for fault in error.value.faults] == [("value.amount", "bad_amount")]


def test_nothing_at_all_is_a_fault() -> None:
    """An empty body, or one of empty lines, holds no record."""
    (fault,) = [fault for error in read_lines(b"\n \n", None, NOW) for fault in error.faults]
    assert (fault.line, fault.reason) == (1, "empty")


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b"5"])
def test_a_value_that_is_no_object_is_said_once(value: bytes) -> None:
    """One fault at `value`, not one for each field that is missing in it."""
    text = b'{"type": "LimitDecided"%s}' % (b', "value": ' + value if value else b"")
    assert faults(text) == [("value", "invalid_value")]


@pytest.mark.parametrize("old", [b'"EUR"', b'"2025-06-01"', b'"80000"'])
def test_a_fault_repeats_no_value(old: bytes) -> None:
    """What is wrong may be personal: a fault says what was expected and not what came."""
    with pytest.raises(FaultsError) as error:
        read_json(LINE.replace(old, b'"Jean Valjean"'), "limits", NOW)
    assert "Valjean" not in repr(error.value.faults)


def test_a_record_of_a_million_errors_is_one_fault() -> None:
    """Errors beyond any use are counted, not listed."""
    declared = {"header": {}, "policy_id": "P", "buyer_ids": [1] * 100_000, "declared_on": "2026-01-01"}
    text = json.dumps({"type": "BuyersDeclared", "value": declared}).encode()
    assert faults(text, "policies") == [("value", "invalid_value")]


def test_lines_keep_their_numbers() -> None:
    """Empty lines count as lines, and as nothing else."""
    outcomes = list(read_lines(b"\n" + LINE + b"\r\n\n{\n", "limits", NOW))
    assert [type(outcome) for outcome in outcomes] == [Event, FaultsError]
    event, error = outcomes
    assert isinstance(event, Event)
    assert isinstance(error, FaultsError)
    assert (event.line, error.faults[0].line) == (2, 4)


def test_publication_is_now_where_it_is_not_told() -> None:
    """`published_at` is the given instant where the header has none; null is not none."""
    value = json.loads(LINE)
    del value["value"]["header"]["published_at"]
    now = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert read_json(json.dumps(value).encode(), "limits", now).header.published_at == now
    value["value"]["header"]["published_at"] = None
    assert faults(json.dumps(value).encode()) == [("value.header.published_at", "invalid_value")]


def test_a_record_too_large_for_a_topic_is_a_fault() -> None:
    """What no topic takes is said before Kafka is asked."""
    judgment = {
        "type": "BuyersDeclared",
        "value": {
            "header": json.loads(LINE)["value"]["header"],
            "policy_id": "P",
            "buyer_ids": [f"FR:{n:040}" for n in range(30_000)],
            "declared_on": "2026-01-01",
        },
    }
    assert faults(json.dumps(judgment).encode(), "policies") == [("value", "too_large")]


@given(st.binary(max_size=200))
def test_nothing_but_faults_comes_of_any_bytes(raw: bytes) -> None:
    """No bytes make anything else than events and faults, as lines or as Avro."""
    assert all(isinstance(outcome, Event | FaultsError) for outcome in read_lines(raw, None, NOW))
    with pytest.raises(FaultsError):
        read_avro(raw, "limits")


@given(st.integers(0, len(LINE) - 1), st.binary(max_size=3))
def test_nothing_but_faults_comes_of_damage(at: int, put: bytes) -> None:
    """A line damaged anywhere is still an event, or faults."""
    damaged = LINE[:at] + put + LINE[at + 1 :]
    assert all(isinstance(outcome, Event | FaultsError) for outcome in read_lines(damaged, "limits", NOW))
