"""A mapping: in one TOML file, how the columns of somebody's export become the fields of one record."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, zip_longest
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from connectors.paths import Fields, is_path, leaves
from connectors.refusal import excerpt
from connectors.values import Notation
from schemas.base import Record
from schemas.errors import RefusedError

_COLUMN = re.compile(r"\{([^{}]+)\}")
_DATE_FORM = re.compile(r"(?=.*DD)(?=.*MM)(?=.*YYYY)(?:DD|MM|YYYY)(?:[-/.]?(?:DD|MM|YYYY)){2}")


def _date_form(form: str) -> str:
    if not _DATE_FORM.fullmatch(form):
        raise ValueError("expected DD, MM and YYYY once each, with -, / or . between them, as DD/MM/YYYY")
    return form


def _no_decimal(grouping: str, others: ValidationInfo) -> str:
    """One sign for both would read 1.234 as the one or the other, a thousandth or a thousand times of what is meant."""
    if grouping == others.data.get("decimal"):
        raise ValueError(f"expected another sign than that of `decimal`, which is {grouping!r} here: set both")
    return grouping


def _zone(name: object) -> object:
    try:
        return ZoneInfo(str(name))
    except (LookupError, OSError, ValueError) as error:
        raise ValueError("expected the name of a time zone, as Europe/Paris") from error


def _flat(fields: object) -> object:
    """Templates by dotted path: TOML gives `header.source = …` as a table in a table."""
    return dict(_pairs(fields)) if isinstance(fields, dict) else fields


def _pairs(fields: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _pairs(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


class Mapping(BaseModel):
    """What `--mapping` names; without one, columns are called after the paths of the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    type_name: str | None = Field(default=None, alias="type")
    """Name of the record, as `LimitDecided`."""
    delimiter: Literal[",", ";", "\t"] | None = None
    encoding: Literal["utf-8", "cp1252"] = "utf-8"
    decimal: Literal[".", ","] = "."
    grouping: Annotated[Literal["", ".", ",", "'"], AfterValidator(_no_decimal)] = ""
    date: Annotated[str, AfterValidator(_date_form)] = "YYYY-MM-DD"
    time_zone: Annotated[ZoneInfo | None, BeforeValidator(_zone)] = None
    ignore: frozenset[str] = frozenset()
    """Columns that are not wanted."""
    fields: Annotated[dict[str, str], BeforeValidator(_flat)] = {}
    """By the field's path, its value: text in which `{Column}` stands for a cell."""
    values: dict[str, dict[str, str]] = {}
    """By the field's path, what the file says → what the record says."""

    @cached_property
    def notation(self) -> Notation:
        """How the file writes its values."""
        return Notation(self.date, self.decimal, self.grouping, self.time_zone)

    @cached_property
    def _pieces(self) -> dict[str, list[str]]:
        """By the field's path: text, column, text, column, … text."""
        return {path: _COLUMN.split(template) for path, template in self.fields.items()}

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column that a field is made of."""
        return frozenset(column for pieces in self._pieces.values() for column in pieces[1::2])

    @cached_property
    def constants(self) -> frozenset[str]:
        """The fields that are made of no column."""
        return frozenset(path for path, pieces in self._pieces.items() if len(pieces) == 1)

    def told_by(self, columns: Iterable[str], record: type[Record]) -> frozenset[str]:
        """The fields that one of the columns says by itself: its own where it is left, or one that it alone makes."""
        made = (path for path, pieces in self._pieces.items() if len(pieces) > 1 and pieces[::2] == ["", ""])
        return frozenset([*made, *(column for column in columns if self._is_field(column, record))])

    def check(self, record: type[Record]) -> None:
        """RefusedError ``bad_mapping`` where a path is no field of the record, or a template none."""
        for path, template in self.fields.items():
            if {"{", "}"} & set(_COLUMN.sub("", template)):
                raise _bad(f"fields.{path}", f"expected text with {{Column}} in it, got {excerpt(template)}")
        for table, paths in (("fields", self.fields), ("values", self.values)):
            for path in paths:
                if not is_path(record, path):
                    fields = ", ".join(leaves(record))
                    raise _bad(f"{table}.{path}", f"expected a field of {record.__name__}: {fields}")

    def unknown(self, columns: Iterable[str], record: type[Record]) -> list[str]:
        """The columns that are neither asked for nor ignored, nor called after a field that the mapping leaves."""
        known = self.columns | self.ignore
        return [column for column in columns if column not in known and not self._is_field(column, record)]

    def left(self, row: Fields, record: type[Record]) -> Fields:
        """What stands in a row under the paths of fields that the mapping leaves."""
        return {column: cell for column, cell in row.items() if self._is_field(column, record)}

    def value_of(self, path: str, row: Fields) -> Any:
        """What the mapping makes of a row for a field, None where a column that it takes is empty."""
        pieces = self._pieces[path]
        cells = [row.get(column) for column in pieces[1::2]]
        if None in cells:
            return None
        if len(cells) == 1 and pieces[::2] == ["", ""]:
            return cells[0]
        return "".join(chain.from_iterable(zip_longest(pieces[::2], map(str, cells), fillvalue="")))

    def _is_field(self, column: str, record: type[Record]) -> bool:
        return column not in self.fields and column not in self.ignore and is_path(record, column)


NONE = Mapping()


def read_mapping(text: str) -> Mapping:
    """The mapping that the text is; RefusedError ``bad_mapping`` says where it is none."""
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RefusedError("bad_mapping", f"expected TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _bad(".".join(map(str, first["loc"])), first["msg"]) from error


def _bad(where: str, why: str) -> RefusedError:
    return RefusedError("bad_mapping", f"{where}: {why}")
