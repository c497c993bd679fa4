"""What an empty cell says: null where null may be, else that there is none, where the record takes that.

Only a column that is there says it: one that was forgotten says nothing. Nor is anything said inside a part that may be
null, or an element of a list, of which every cell is empty.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from connectors.paths import Fields, core, is_path, kinds, nullable
from schemas.base import Record

Nothing = type[str] | type[list[Any]] | type[dict[str, Any]]
"""What there is where there is none: an empty text, an empty list, a part of which nothing is known."""


@lru_cache(maxsize=256)
def empties(record: type[Record], columns: frozenset[str]) -> Mapping[str, Nothing]:
    """What empty cells say of each field that must be given and that a column is for, or for something in it."""
    known = (column for column in columns if is_path(record, column))
    return {path: empty for column in known for path, empty in _along(record, column.split("."), "")}


def filled(fields: Fields, empty: Mapping[str, Nothing], constants: AbstractSet[str]) -> Fields:
    """The values, and beside them what the cells say that are empty. A constant is no cell: of it alone no part is."""
    told = {""}.union(*(_and_outer(path) for path in fields if path not in constants))
    made = set[str]().union(*(_and_outer(path) for path in constants))
    unsaid: Fields = {}
    for path, nothing in empty.items():
        if path not in told and path.rpartition(".")[0] in told:
            unsaid |= {path: nothing()} if path not in made else {}
            if nothing is dict:
                told.add(path)
    return {**fields, **unsaid}


@lru_cache(maxsize=4096)
def _and_outer(path: str) -> tuple[str, ...]:
    """The path itself, and those of all that it is inside."""
    outer = path.rpartition(".")[0]
    return (path, *_and_outer(outer)) if outer else (path,)


def _along(kind: Any, steps: list[str], path: str) -> Iterator[tuple[str, Nothing]]:
    if not steps:
        return
    step, *rest = steps
    if get_origin(kind) is list:
        inside = core(get_args(kind)[0])
    else:
        inside = kinds(kind)[step]
        if step in _may_be_empty(kind):
            yield f"{path}{step}", _may_be_empty(kind)[step]
    yield from _along(inside, rest, f"{path}{step}.")


@cache
def _may_be_empty(record: type[Record]) -> Mapping[str, Nothing]:
    """The fields of the record that must be given, if only empty."""
    must_be = [name for name, field in record.model_fields.items() if field.is_required()]
    found = {name: _nothing_of(kinds(record)[name]) for name in must_be if name not in nullable(record)}
    return {name: nothing for name, nothing in found.items() if nothing and _takes(record, name, nothing)}


def _nothing_of(kind: Any) -> Nothing | None:
    if isinstance(kind, type) and issubclass(kind, Record):
        return dict
    return list if get_origin(kind) is list else str if kind is str else None


def _takes(record: type[Record], name: str, nothing: Nothing) -> bool:
    field = record.model_fields[name]
    kind: Any = Annotated[field.annotation, field]
    try:
        TypeAdapter(kind).validate_python(nothing())
    except ValidationError:
        return nothing is dict  # what it lacks is said field by field
    return True
