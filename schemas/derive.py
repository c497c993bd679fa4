"""From the models to Avro: the schema that a record's model stands for."""

from typing import Any

from schemas.base import Record
from schemas.catalog import PARTS, avro_name
from schemas.constraints import constraints

_UNWANTED = frozenset({"pydantic-class"})
"""Attributes that dataclasses-avroschema writes for its own use."""


def _by_short_name() -> dict[str, type[Record]]:
    found: dict[str, type[Record]] = {}
    for record in PARTS.values():
        if found.setdefault(record.__name__, record) is not record:
            raise ValueError(f"two records are called {record.__name__}: rename one of them")
    return found


class _Derivation:
    def __init__(self) -> None:
        self.records = _by_short_name()

    def schema(self, raw: Any) -> Any:
        if isinstance(raw, list):
            return sorted((self.schema(branch) for branch in raw), key=lambda branch: branch != "null")
        if isinstance(raw, str):
            return avro_name(self.records[raw]) if raw in self.records else raw
        if raw["type"] == "record":
            return self.record(raw)
        if raw["type"] == "array":
            return {"type": "array", "items": self.schema(raw["items"])}
        kept = {name: value for name, value in raw.items() if name not in _UNWANTED}
        return kept["type"] if kept.keys() == {"type"} else kept

    def record(self, raw: dict[str, Any]) -> dict[str, Any]:
        model = self.records[raw["name"]]
        fields = [self.field(model, field) for field in raw["fields"]]
        return {"type": "record", "name": avro_name(model), "doc": raw["doc"], "fields": fields}

    def field(self, model: type[Record], raw: dict[str, Any]) -> dict[str, Any]:
        field = {"name": raw["name"], "type": self.schema(raw["type"])}
        field |= {name: raw[name] for name in ("default", "doc") if name in raw}
        limits = constraints(model, raw["name"])
        field |= {"constraints": limits} if limits else {}
        extra = model.model_fields[raw["name"]].json_schema_extra
        return field | (extra if isinstance(extra, dict) else {})


def avro_schema(record: type[Record]) -> dict[str, Any]:
    """The record's schema: full names, null first in unions, docs, constraints, `"pii": true` on personal fields."""
    derived: dict[str, Any] = _Derivation().schema(record.avro_schema_to_python())
    return derived
