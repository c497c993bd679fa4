"""Records without what is personal in them, by the mark in the schema: for logs and exports."""

from typing import Any

from schemas.base import Record

HIDDEN = "•"
"""Stands where a personal value was; null and empty values show as they are."""


def is_personal(record: type[Record], field: str) -> bool:
    """Whether the field is marked with `PII`."""
    extra = record.model_fields[field].json_schema_extra
    return isinstance(extra, dict) and extra.get("pii") is True


def redact(record: Record) -> dict[str, Any]:
    """The record as a dictionary, ready for JSON, with `HIDDEN` in place of every personal value."""
    dumped = record.model_dump(mode="json")
    return {name: _shown(type(record), name, value, dumped[name]) for name, value in record}


def _shown(record: type[Record], name: str, value: Any, dumped: Any) -> Any:
    if is_personal(record, name):
        return HIDDEN if value else dumped
    if isinstance(value, Record):
        return redact(value)
    if isinstance(value, list):
        return [redact(item) if isinstance(item, Record) else plain for item, plain in zip(value, dumped, strict=True)]
    return dumped
