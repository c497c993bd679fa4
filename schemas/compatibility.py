"""What may change in a schema once it is released, judged by Apache avro against every earlier version.

Providers may be old for years: a new reader must read what old writers write. `notices` and `deliveries` are read by
others too: there, old readers must also read what the new writer writes. Avro knows neither the limits of values nor
what JSON and CSV say: fields by their names, and defaults by silence. Needs the `test` dependencies: the hub itself
does not import it.
"""

import json
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from schemas.constraints import narrower

Schema = dict[str, Any]

READ_BY_OTHERS = frozenset({"notices", "deliveries"})
"""Topics that consumers read whom we cannot update."""
_WRITTEN_BY_US = frozenset({"notices"})
"""Topics on which nobody else writes: all that comes on them is Avro, with every field."""
_OF_INPUT = (
    "Instead: give a new field a default, leave a field its type and what it may hold and add another beside it, or "
    "add a record of a new name"
)
_OF_OUTPUT = (
    "Instead: keep the field and fill it, leave it its type and what it may hold and add another beside it, or add a "
    "record of a new name"
)
_GONE = (
    "is gone, and JSON or CSV that says it is refused. Instead: keep the field, with a default, and say in its "
    "description that nobody reads it any more"
)
_NO_DEFAULT = object()


def _inner(schema: Any) -> Any:
    """What a nullable or a list is of."""
    if isinstance(schema, list):
        return _inner(next(branch for branch in schema if branch != "null"))
    if isinstance(schema, dict) and schema["type"] == "array":
        return _inner(schema["items"])
    return schema


def _parts(schema: Any) -> Iterator[Schema]:
    """Every record defined in the schema, itself first."""
    inner = _inner(schema)
    if isinstance(inner, dict) and inner["type"] == "record":
        yield inner
        for field in inner["fields"]:
            yield from _parts(field["type"])


def _definitions(schema: Schema) -> dict[str, Schema]:
    return {part["name"]: part for part in _parts(schema)}


def _meaning(schema: Any) -> str:
    inner = _inner(schema)
    if not isinstance(inner, dict) or "logicalType" not in inner:
        return "no logical type"
    digits = f"({inner['precision']}, {inner['scale']})" if inner["logicalType"] == "decimal" else ""
    return f"{inner['logicalType']}{digits}"


def _fields(schema: Schema) -> dict[str, Schema]:
    """Every field by the full name of its record and its own."""
    return {f"{name}.{field['name']}": field for name, part in _definitions(schema).items() for field in part["fields"]}


def _beyond_types(reader: Schema, writer: Schema) -> Iterator[str]:
    """Apache avro compares types only: to it a date is an int, an amount has no scale, and a text holds anything."""
    told, read = _fields(writer), _fields(reader)
    for path in sorted(told.keys() & read.keys()):
        taken, written = (_meaning(field["type"]) for field in (read[path], told[path]))
        if taken != written:
            yield f"{path}: reads {taken} where {written} is written"
        for reason in narrower(*(field.get("constraints", {}) for field in (read[path], told[path]))):
            yield f"{path}: {reason}"


def _unsayable(today: Schema, earlier: Schema) -> Iterator[str]:
    """What JSON and CSV of old providers say by a field's name, or by leaving it out, and no longer may."""
    now = _fields(today)
    for path, field in _fields(earlier).items():
        if path not in now:
            yield f"{path}: {_GONE}"
        elif "default" in field and now[path].get("default", _NO_DEFAULT) != field["default"]:
            meant = json.dumps(field["default"], ensure_ascii=False)
            yield f"{path}: what leaves it out means {meant}. Instead: leave the default as it is"


def _alone(schema: Any, named: dict[str, Schema], seen: set[str]) -> Any:
    """The schema with each named part defined where it comes first, whatever it was cut out of."""
    if isinstance(schema, list):
        return [_alone(branch, named, seen) for branch in schema]
    schema = named.get(schema, schema) if isinstance(schema, str) else schema
    if isinstance(schema, str) or schema["type"] not in ("record", "array"):
        return schema
    if schema["type"] == "array":
        return schema | {"items": _alone(schema["items"], named, seen)}
    if schema["name"] in seen:
        return schema["name"]
    seen.add(schema["name"])
    return schema | {
        "fields": [field | {"type": _alone(field["type"], named, seen)} for field in schema["fields"]],
    }


class _Comparison:
    """Apache avro's judgment, asked for each field alone: it tells no place that a person could find."""

    def __init__(self, reader: Schema, writer: Schema) -> None:
        self.read_names = _definitions(reader)
        self.written_names = _definitions(writer)

    def messages(self, reader: Schema, writer: Schema) -> list[str]:
        alone = (_alone(reader, self.read_names, set()), _alone(writer, self.written_names, set()))
        parsed = (avro.schema.parse(json.dumps(schema)) for schema in alone)
        result = ReaderWriterCompatibilityChecker().get_compatibility(*parsed)
        return [] if result.compatibility is SchemaCompatibilityType.compatible else sorted(result.messages)

    def reasons(self, reader: Schema, writer: Schema, path: str = "") -> Iterator[str]:
        written = {field["name"]: field["type"] for field in writer["fields"]}
        for field in reader["fields"]:
            messages = self.messages(reader | {"fields": [field]}, writer)
            if messages:
                yield from self.of_field(field, written, f"{path}{field['name']}", messages)

    def of_field(self, field: Schema, written: Schema, path: str, messages: list[str]) -> Iterator[str]:
        told = written.get(field["name"])
        if told is None:
            yield f"{path}: is not written, and has no default"
        elif _same_record(field["type"], told):
            yield from self.reasons(field["type"], told, f"{path}.")
        else:
            yield f"{path}: {'; '.join(messages)}"


def _same_record(one: Any, other: Any) -> bool:
    both = isinstance(one, dict) and isinstance(other, dict) and one["type"] == other["type"] == "record"
    return both and one["name"] == other["name"]


def unreadable(reader: Schema, writer: Schema) -> list[str]:
    """Why ``reader`` cannot read what ``writer`` writes, a line for each field; none where it can."""
    return [*_Comparison(reader, writer).reasons(reader, writer), *_beyond_types(reader, writer)]


def broken(topics: AbstractSet[str], today: Schema, earlier: Schema) -> list[str]:
    """Why ``today`` may not follow ``earlier`` on these topics, each with what to do instead; none where it may."""
    reasons = [f"{reason}. {_OF_INPUT}" for reason in unreadable(today, earlier)]
    if not topics <= _WRITTEN_BY_US:
        reasons += _unsayable(today, earlier)
    reasons = [f"old providers are no longer read: {reason}" for reason in reasons]
    if not topics.isdisjoint(READ_BY_OTHERS):
        reasons += [
            f"old consumers can no longer read: {reason}. {_OF_OUTPUT}" for reason in unreadable(earlier, today)
        ]
    return reasons
