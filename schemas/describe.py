"""The records in words, for whoever reads the contract: fields, types, defaults, and where they travel."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.base import Record
from schemas.catalog import PARTS, RECORDS, TOPICS, Topic, avro_name, topics_of
from schemas.derive import avro_schema
from schemas.golden import ROOT, load, paths
from schemas.pii import is_personal
from schemas.versions import Version, subjects

_TYPES = {
    "date": "date",
    "timestamp-micros": "instant",
    "uuid": "uuid",
}


@dataclass(frozen=True, slots=True)
class FieldSaid:
    """A field of a record, for a person."""

    name: str
    type: str
    """As `list of BuyerId or null`; a record is called by its short name."""
    part: str | None
    """Short name of the record that it is, or is a list of."""
    default: str | None
    """As JSON; None: it must be given."""
    doc: str
    personal: bool


@dataclass(frozen=True, slots=True)
class RecordSaid:
    """A record of a topic, or a part of one, for a person."""

    name: str
    """Short name."""
    doc: str
    fields: tuple[FieldSaid, ...]
    version: Version | None
    """The version that is written today; None for a part."""
    examples: tuple[tuple[str, str], ...]
    """Name of each example, and the record as JSON."""


def said(record: type[Record]) -> RecordSaid:
    """Everything there is to say about a record, or a part of one."""
    name = avro_name(record)
    schema = avro_schema(record)
    return RecordSaid(
        record.__name__,
        schema["doc"],
        tuple(_field(record, field) for field in schema["fields"]),
        subjects()[name][-1] if name in RECORDS else None,
        tuple((path.stem, json.dumps(example(path), indent=2, ensure_ascii=False)) for path in examples_of(name)),
    )


def by_name(name: str) -> type[Record]:
    """The record of this short or full name; LookupError where there is none."""
    for full, record in PARTS.items():
        if name in {full, record.__name__}:
            return record
    raise LookupError(f"no record is called {name}: see `vigie schemas list`")


def parts() -> tuple[type[Record], ...]:
    """The records that travel only inside others, in order of their names."""
    return tuple(sorted(set(PARTS.values()) - set(RECORDS.values()), key=lambda part: part.__name__))


def topics_said(record: type[Record]) -> str:
    """Names of the topics on which the record travels; empty for a part."""
    return ", ".join(topic.name for topic in topics_of(record))


def all_topics() -> tuple[Topic, ...]:
    """The topics, in the order in which they are told."""
    return tuple(TOPICS.values())


def examples_of(name: str) -> Iterator[Any]:
    """Files of the examples of the record of this full name, the plain one first."""
    family, record = name.split(".")[-2:]
    found = [path for path in paths(ROOT) if path.parts[-3:-1] == (family, record)]
    return iter(sorted(found, key=lambda path: (path.stem != "plain", path.stem)))


def example(path: Any) -> dict[str, Any]:
    """The example as JSON has it, with every field."""
    return load(path).model_dump(mode="json")


def _field(record: type[Record], field: dict[str, Any]) -> FieldSaid:
    name = field["name"]
    default = json.dumps(field["default"], ensure_ascii=False) if "default" in field else None
    words, part = _type(field["type"])
    return FieldSaid(name, words, part, default, field["doc"], is_personal(record, name))


def _type(schema: Any) -> tuple[str, str | None]:
    """The type in words, and the record in it."""
    if isinstance(schema, list):
        words, part = _type(schema[1])
        return f"{words} or null", part
    if isinstance(schema, str):
        short = schema.rpartition(".")[2]
        return short, short if schema in PARTS else None
    match schema["type"]:
        case "array":
            words, part = _type(schema["items"])
            return f"list of {words}", part
        case "record":
            short = schema["name"].rpartition(".")[2]
            return short, short
    if schema["logicalType"] == "decimal":
        return f"decimal({schema['precision']}, {schema['scale']})", None
    return _TYPES[schema["logicalType"]], None
