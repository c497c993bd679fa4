"""JSON lines for any topic: what they may say, and what is refused."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from connectors.mapping import read_mapping
from connectors.refusal import Refusal
from schemas import golden
from schemas.catalog import key_of, topic_of
from schemas.events.limits import LimitDecided, LimitWithdrawn
from tests.connectors.generic_builders import a_limit, an_outcome, outcomes

EXAMPLES = [path for path in golden.paths() if "notices" not in path.parts]


def a_reason(content: str, type_name: str | None = "LimitDecided") -> str:
    """The reason of the refusal that is all that the file gives."""
    refusal = an_outcome(content, type_name)
    assert isinstance(refusal, Refusal), refusal
    return refusal.reason


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_parse_prints_can_be_published(path: Any) -> None:
    """Each example of each record, printed as `vigie parse` prints events, comes back as it was."""
    record = golden.load(path)
    line = {"topic": topic_of(record).name, "key": key_of(record), "type": type(record).__name__}
    value = record.model_dump(mode="json")
    assert outcomes(json.dumps(line | {"value": value}).encode(), topic_of(record).name) == [record]


def test_json_may_be_bare() -> None:
    """With a type given, a line is the value alone; an array of them does as well; numbers keep every digit."""
    text = json.dumps([a_limit(), a_limit()]).replace("125000.5", "123456789012345.67")
    first, second = outcomes(text.encode(), type_name="LimitDecided")
    assert first == second
    assert isinstance(first, LimitDecided)
    assert first.amount == Decimal("123456789012345.67")


def test_a_line_may_name_its_type_beside_its_fields() -> None:
    """A flat object with its type is the record, unless another type was asked for."""
    line = json.dumps({"type": "LimitDecided"} | a_limit()).encode()
    assert outcomes(line) == outcomes(json.dumps({"type": "LimitDecided", "value": a_limit()}).encode())
    (refusal,) = outcomes(line, type_name="LimitWithdrawn")
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("wrong_type: ")


def test_a_mapping_reads_json_too() -> None:
    """Fields of objects are named by their paths, a list is taken whole, and types may differ from the record's."""
    mapping = read_mapping(
        """
        type = "LimitWithdrawn"
        ignore = ["meta.user"]
        [fields]
        header.event_id = "{id}"
        header.source = "x"
        header.occurred_at = "{meta.at}"
        buyer_id = "{country}:{number}"
        policy_id = "{policy}"
        cover_id = "{id}"
        effective_on = "{from}"
        """
    )
    line = {"id": "7", "meta": {"at": "2026-11-20T08:00:00Z", "user": "zoe"}, "country": "FR", "number": 999900012}
    (event,) = outcomes(json.dumps(line | {"policy": "P1", "from": "2026-12-01"}).encode(), mapping=mapping)
    assert isinstance(event, LimitWithdrawn)
    assert event.buyer_id == "FR:999900012"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (a_limit(effective_on=86400), r"invalid_value: LimitDecided\.effective_on: expected a date as YYYY-MM-DD"),
        (a_limit(currency="EUX"), r"invalid_value: LimitDecided\.currency: expected a currency's code of ISO 4217"),
        (a_limit(amount="1.001"), r"invalid_value: LimitDecided\.amount: expected at most 2 decimals, as EUR has"),
        (a_limit(effective_on="86400"), r"invalid_value: LimitDecided\.effective_on: expected a date as YYYY-MM-DD"),
        (a_limit(amount="1e3"), r"invalid_value: LimitDecided\.amount: expected a number"),
        (a_limit(amount=True), r"invalid_value: LimitDecided\.amount"),
        (a_limit(amount=1.2345), r"invalid_value: LimitDecided\.amount: .*2 decimal"),
        (a_limit(policy_id=7), r"invalid_value: LimitDecided\.policy_id"),
        (a_limit(header="x"), r"invalid_value: LimitDecided\.header"),
        (a_limit(colour=1), "unknown_column: .*'colour'"),
        (a_limit() | {"header.source": "x"}, "contradictory_fields: .*'header.source' twice"),
        (a_limit(header={"a": {"b": {}}}), r"unknown_column: .*'header\.a\.b'"),
        ({"type": "LimitWithdrawn", "value": a_limit()}, "wrong_type: expected LimitDecided, got LimitWithdrawn"),
        (
            {"type": "LimitDecided", "value": a_limit(), "topic": "claims"},
            "wrong_topic: topic: expected 'limits', got 'claims'",
        ),
        ({"type": "LimitDecided", "value": a_limit(), "key": "FR:1"}, "wrong_key: key: expected 'FR:999900012'"),
        ({"recipients": {"9" * 5000: 1}}, "unknown_column"),
        ([1], "bad_record: expected a JSON object, got int"),
    ],
)
def test_a_bad_object_is_refused_alone(line: Any, reason: str) -> None:
    """A number is no date, a date no timestamp, an amount is no finer than its currency, a field stands once."""
    found = a_reason(json.dumps(line))
    assert re.match(reason, found), found
