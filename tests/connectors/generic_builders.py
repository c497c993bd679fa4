"""Files for topics, for tests."""

import datetime as dt
import io
from typing import Any

from connectors.generic import reader_of
from connectors.mapping import NONE, Mapping
from connectors.refusal import Refusal
from schemas.base import Record

NOW = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)


def outcomes(
    content: bytes, topic: str = "limits", mapping: Mapping = NONE, type_name: str | None = None
) -> list[Record | Refusal]:
    return list(reader_of(topic, mapping, type_name).parse(io.BytesIO(content), NOW))


def an_outcome(content: str, type_name: str | None = "LimitDecided", topic: str = "limits") -> Any:
    (outcome,) = outcomes(content.encode(), topic, type_name=type_name)
    return outcome


def a_limit(**changes: Any) -> dict[str, Any]:
    header = {"event_id": "G1", "source": "limits-system", "occurred_at": "2026-11-20T08:00:00Z"}
    return {
        "header": header,
        "buyer_id": "FR:999900012",
        "policy_id": "P1",
        "cover_id": "C1",
        "outcome": "GRANTED",
        "amount": 125000.5,
        "currency": "EUR",
        "effective_on": "2026-12-01",
    } | changes
