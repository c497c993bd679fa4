"""What may change in a schema once it is released, judged by Apache avro against every earlier version.

Providers may be old for years: a new reader must read what old writers write. `notices` and `deliveries` are read by
others too: there, old readers must also read what the new writer writes. Needs the `test` dependencies: the hub itself
does not import it.
"""

import json
from collections.abc import Iterator
from typing import Any

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

Schema = dict[str, Any]

READ_BY_OTHERS = frozenset({"notices", "deliveries"})
"""Topics that consumers read whom we cannot update."""
_LOGICAL = ("logicalType", "precision", "scale")


def _leaves(schema: Any, path: str = "") -> Iterator[tuple[str, tuple[Any, ...]]]:
    if isinstance(schema, list):
        for branch in schema:
            yield from _leaves(branch, path)
    elif not isinstance(schema, dict):
        return
    elif schema["type"] == "record":
        for field in schema["fields"]:
            yield from _leaves(field["type"], f"{path}.{field['name']}".lstrip("."))
            yield f"{path}.{field['name']}".lstrip("."), ()
    elif schema["type"] == "array":
        yield from _leaves(schema["items"], path)
    else:
        yield path, tuple(schema.get(name) for name in _LOGICAL)


def _meanings(schema: Schema) -> dict[str, tuple[Any, ...]]:
    meanings: dict[str, tuple[Any, ...]] = {}
    for path, meaning in _leaves(schema):
        meanings[path] = meanings.get(path) or meaning
    return meanings


def _changed_meanings(reader: Schema, writer: Schema) -> list[str]:
    """Apache avro compares types only: to it a date is an int, and an amount has no scale."""
    told, read = _meanings(writer), _meanings(reader)
    return [
        f"{path}: reads {read[path]} where {told[path]} is written"
        for path in sorted(told.keys() & read.keys())
        if told[path] != read[path]
    ]


def _field_path(schema: Schema, location: str) -> str:
    """`/fields/0/type/fields/2` in words: `header.source`."""
    names: list[str] = []
    here: Any = schema
    steps = iter(location.strip("/").split("/"))
    for step in steps:
        if step == "fields":
            here = here["fields"][int(next(steps))]
            names.append(here["name"])
        elif isinstance(here, dict) and step in here:
            here = here[step]
        else:
            break
    return ".".join(names) or "the record"


def unreadable(reader: Schema, writer: Schema) -> list[str]:
    """Why ``reader`` cannot read what ``writer`` writes, a line for each reason; none where it can."""
    checker = ReaderWriterCompatibilityChecker()
    result = checker.get_compatibility(*(avro.schema.parse(json.dumps(schema)) for schema in (reader, writer)))
    reasons = _changed_meanings(reader, writer)
    if result.compatibility is SchemaCompatibilityType.incompatible:
        kinds = " and ".join(kind.value for kind in result.incompatibilities)
        where = ", ".join(sorted(_field_path(reader, location) for location in result.locations))
        reasons.insert(0, f"{where}: {kinds} ({'; '.join(sorted(result.messages))})")
    return reasons


def broken(topic: str, today: Schema, earlier: Schema) -> list[str]:
    """Why ``today`` may not follow ``earlier`` on this topic; none where it may."""
    reasons = [f"old providers are no longer read: {reason}" for reason in unreadable(today, earlier)]
    if topic in READ_BY_OTHERS:
        reasons += [f"old consumers can no longer read: {reason}" for reason in unreadable(earlier, today)]
    return reasons
