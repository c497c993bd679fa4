"""What a field may hold beside its type, in JSON Schema's words: the `constraints` of a field in our Avro schemas.

Avro has no word for it and keeps it as it is: what reads the schema elsewhere passes over it.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from schemas.base import Record

Constraints = dict[str, Any]
_AT_LEAST = frozenset({"minLength", "minItems", "minimum", "exclusiveMinimum", "formatMinimum"})
_AT_MOST = frozenset({"maxLength", "maxItems", "maximum", "exclusiveMaximum", "formatMaximum"})
_KNOWN = _AT_LEAST | _AT_MOST | {"pattern", "multipleOf", "uniqueItems"}
_VALUES = re.compile(r"\^\(([\w|-]+)\)\$")
"""A pattern that lists values: `^(fr|en)$`."""


def constraints(record: type[Record], field: str) -> Constraints:
    """Of a field of the record: null is beside them, and those of a list's elements are under `items`."""
    return _of(_properties(record)[field])


@cache
def _properties(record: type[Record]) -> dict[str, Any]:
    properties: dict[str, Any] = record.model_json_schema()["properties"]
    return properties


def _of(said: dict[str, Any]) -> Constraints:
    # An amount is a number or a text: its limits are the number's, which comes first.
    branch = next(each for each in said.get("anyOf", [said]) if each.get("type") != "null")
    found = {name: value for name, value in branch.items() if name in _KNOWN}
    inside = _of(branch["items"]) if "items" in branch else {}
    return found | ({"items": inside} if inside else {})


def narrower(reader: Constraints, writer: Constraints, path: str = "") -> Iterator[str]:
    """Each constraint of the reader's that may refuse what the writer's let pass."""
    for name, taken in reader.items():
        written = writer.get(name)
        if name == "items":
            yield from narrower(taken, written or {}, "items.")
        elif written is None or not _lets_pass(name, taken, written):
            yield f"takes {path}{name} {taken!r} where {'any' if written is None else repr(written)} is written"


def _lets_pass(name: str, taken: Any, written: Any) -> bool:
    if name in _AT_LEAST:
        return bool(taken <= written)
    if name in _AT_MOST:
        return bool(taken >= written)
    if name == "pattern" and (values := _VALUES.fullmatch(written)):
        return all(re.search(taken, value) for value in values[1].split("|"))
    return bool(taken == written)
