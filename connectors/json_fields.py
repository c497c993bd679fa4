"""Fields of a register's JSON: what is absent, null or empty is the same, and what is of another kind is refused."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from connectors.refusal import excerpt
from schemas.errors import RefusedError

Fields = Mapping[str, Any]

_SPACES = " \t\r\n\u00a0\u202f"


def text(fields: Fields, name: str) -> str:
    """The text of a field without spaces around it; empty where there is none."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _unexpected(name, "a text", value)
    return str(value).strip(_SPACES)


def part(fields: Fields, name: str) -> dict[str, Any]:
    """The object of a field; empty where there is none."""
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _unexpected(name, "an object", value)
    return value


def parts(fields: Fields, name: str) -> list[dict[str, Any]]:
    """The objects of a field's array; empty where there is none."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise _unexpected(name, "an array of objects", value)
    return value


def texts(fields: Fields, name: str) -> list[str]:
    """The texts of a field's array; empty where there is none."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _unexpected(name, "an array of texts", value)
    return value


def date(fields: Fields, name: str) -> dt.date | None:
    """The day of a field, as 2026-03-14; None where there is none."""
    said = text(fields, name)
    if not said:
        return None
    try:
        return dt.datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError as error:
        raise RefusedError("bad_date", f"{name}: expected a day as 2026-03-14, got {excerpt(said)}") from error


def instant(fields: Fields, name: str, zone: dt.tzinfo) -> dt.datetime | None:
    """The instant of a field in UTC, meant in the zone where it names none; None where there is none."""
    said = text(fields, name)
    if not said:
        return None
    try:
        told = dt.datetime.fromisoformat(said)
        return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise RefusedError("bad_date", f"{name}: expected as 2026-03-14T08:00:02, got {excerpt(said)}") from error


def verbatim(fields: Fields) -> str:
    """The object as JSON."""
    try:
        return json.dumps(fields, ensure_ascii=False, default=str)
    except RecursionError as error:
        raise RefusedError("absurd_size", "JSON nested too deeply to be a record") from error


def invalid(error: ValidationError) -> RefusedError:
    """Why no record can hold what was read, with the place in the record."""
    wrong = error.errors(include_input=False, include_url=False)[0]
    return RefusedError("invalid_value", f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}")


def _unexpected(name: str, expected: str, value: object) -> RefusedError:
    return RefusedError("invalid_value", f"{name}: expected {expected}, got {type(value).__name__}")
