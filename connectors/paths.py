"""Dotted paths of the fields of a record: `header.source`, `recipients.0.email`."""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from connectors.refusal import excerpt
from schemas.base import Record
from schemas.errors import RefusedError

_DEEPEST = 20
_LONGEST_PLACE = 6

Fields = dict[str, Any]
"""Values by the path of their fields."""


def leaves(record: type[Record]) -> list[str]:
    """The paths of a record's fields, those of its parts in place of the parts; a list's first element for the list."""
    return [path for name, kind in kinds(record).items() for path in _paths(name, kind)]


@lru_cache(maxsize=4096)
def is_path(record: type[Record], path: str) -> bool:
    """Whether it is the dotted path of a field, or of a part, of the record."""
    try:
        _leaf(record, path)
    except LookupError:
        return False
    return True


def is_place(step: str) -> bool:
    """Whether a step of a path is an element's place in a list."""
    return step.isascii() and step.isdigit() and len(step) <= _LONGEST_PLACE


@cache
def kinds(record: type[Record]) -> dict[str, Any]:
    """The type of each field: that of its values, without what pydantic and Avro are told about it."""
    return {name: core(field.annotation) for name, field in record.model_fields.items()}


@cache
def nullable(record: type[Record]) -> frozenset[str]:
    """The fields of the record that must be said, if only as null."""
    fields = record.model_fields.items()
    return frozenset(name for name, field in fields if field.is_required() and NoneType in get_args(field.annotation))


def flat(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Fields:
    """The leaves of an object by their paths, a list being one."""
    found: Fields = {}
    for name, inside in value.items():
        path = f"{prefix}{name}"
        deeper = isinstance(inside, dict) and inside and depth < _DEEPEST
        for leaf, leaf_value in (flat(inside, f"{path}.", depth + 1) if deeper else {path: inside}).items():
            if leaf in found:
                raise RefusedError("contradictory_fields", f"expected each field once, got {excerpt(leaf)} twice")
            found[leaf] = leaf_value
    return found


def nested(fields: Fields) -> Fields:
    """The object whose leaves these are; RefusedError ``contradictory_fields`` where one stands inside another."""
    value: Fields = {}
    for path, leaf in fields.items():
        *outside, name = path.split(".")
        place = value
        for step in outside:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                raise RefusedError("contradictory_fields", f"{path}: expected a value or fields inside it, got both")
        if name in place:
            raise RefusedError("contradictory_fields", f"{path}: expected a value or fields inside it, got both")
        place[name] = leaf
    return value


def _leaf(record: type[Record], path: str) -> Any:
    """The type of the field at a dotted path, as `header.source` or `recipients.0.email`; LookupError for no field."""
    kind: Any = record
    for step in path.split("."):
        if get_origin(kind) is list and is_place(step):
            kind = core(get_args(kind)[0])
        elif isinstance(kind, type) and issubclass(kind, Record) and step in kind.model_fields:
            kind = kinds(kind)[step]
        else:
            raise LookupError(path)
    return kind


def _paths(path: str, kind: Any) -> list[str]:
    if get_origin(kind) is list:
        return _paths(f"{path}.0", core(get_args(kind)[0]))
    if isinstance(kind, type) and issubclass(kind, Record):
        return [f"{path}.{inside}" for inside in leaves(kind)]
    return [path]


def core(annotation: Any) -> Any:
    """The type itself, without what pydantic and Avro are told about it, nor whether it may be absent."""
    if get_origin(annotation) is Annotated:
        return core(get_args(annotation)[0])
    several = [each for each in get_args(annotation) if each is not NoneType]
    if get_origin(annotation) is list or len(several) != 1:
        return annotation
    return core(several[0])
