"""How a file writes dates, times and amounts, and what of a record they become: never guessed, never a timestamp."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin
from zoneinfo import ZoneInfo

from connectors.paths import core, is_place, kinds, nullable
from connectors.refusal import excerpt
from schemas.base import Record

_TOKENS = {"DD": r"(?P<day>\d{2})", "MM": r"(?P<month>\d{2})", "YYYY": r"(?P<year>\d{4})"}
_TIME = re.compile(
    r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,6}))?)?"
    r" ?(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_SPACES = " \u00a0\u202f"


@dataclass(frozen=True, slots=True)
class Notation:
    """How one file writes its values; the default is that of JSON and ISO 8601."""

    date: str = "YYYY-MM-DD"
    """The order of ``DD``, ``MM`` and ``YYYY`` and what stands between them."""
    decimal: str = "."
    grouping: str = ""
    """What separates thousands, beside a space."""
    zone: ZoneInfo | None = None
    """Where a time without a zone is meant, and a date that stands for an instant begins."""

    def read_date(self, text: str) -> dt.date:
        """The day; ValueError says what was expected."""
        found = _date_pattern(self.date).fullmatch(text)
        if found is None:
            raise ValueError(f"expected a date as {self.date}, got {excerpt(text)}")
        try:
            return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError as error:
            raise ValueError(f"expected a day of the calendar as {self.date}, got {excerpt(text)}") from error

    def read_instant(self, text: str) -> dt.datetime:
        """The instant in UTC; ValueError says what was expected."""
        day, _, time = text.replace("T", " ", 1).partition(" ")
        date, found = self.read_date(day), _TIME.fullmatch(time or "00:00")
        zone = found and (_zone(found["zone"]) or self.zone)
        if found is None or zone is None:
            raise ValueError(f"expected an instant as {self.date} 08:00:02Z, with its zone, got {excerpt(text)}")
        try:
            clock = dt.time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0), _micros(found))
            return dt.datetime.combine(date, clock, zone).astimezone(dt.UTC)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"expected an instant of the calendar and the clock, got {excerpt(text)}") from error

    def read_decimal(self, text: str) -> Decimal:
        """The number; ValueError says what was expected."""
        found = _number_pattern(self.decimal, self.grouping).fullmatch(text)
        if found is None:
            form = f"1{self.grouping or ' '}234{self.decimal}50"
            raise ValueError(f"expected a number as {form}, got {excerpt(text)}")
        whole = "".join(filter(str.isdigit, found["whole"]))
        return Decimal(f"{found['sign']}{whole}.{found['rest'] or ''}")


ISO = Notation()


def typed(
    record: type[Record], value: Mapping[str, Any], notation: Notation, *, unsaid_is_null: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """The value with its texts read as what the record's fields are, and what was expected, by path, where not so.

    What no field asks for, or is of another kind, stays: the record's own validation speaks of it. What may be null
    and is not there is null where ``unsaid_is_null``.
    """
    wrong: dict[str, str] = {}
    read = _record(record, value, _Reading(notation, wrong, unsaid_is_null), "")
    return read, wrong


@dataclass(frozen=True, slots=True)
class _Reading:
    notation: Notation
    wrong: dict[str, str]
    unsaid_is_null: bool

    def leaf(self, kind: Any, given: Any, path: str) -> Any:
        read = _READERS.get(kind)
        if read is None or given is None or (kind is Decimal and not isinstance(given, str)):
            return given
        try:
            return read(self.notation, given if isinstance(given, str) else f"the number {given}")
        except ValueError as error:
            self.wrong[path] = str(error)
            return given


_READERS: dict[Any, Callable[[Notation, str], Any]] = {
    dt.date: Notation.read_date,
    dt.datetime: Notation.read_instant,
    Decimal: Notation.read_decimal,
}


def _record(record: type[Record], value: Mapping[str, Any], reading: _Reading, path: str) -> dict[str, Any]:
    known = kinds(record)
    read = {
        name: _value(known[name], given, reading, f"{path}{name}") if name in known else given
        for name, given in value.items()
    }
    unsaid = nullable(record).difference(read) if reading.unsaid_is_null else ()
    return read | dict.fromkeys(unsaid)


def _value(kind: Any, given: Any, reading: _Reading, path: str) -> Any:
    if get_origin(kind) is list:
        return _list(core(get_args(kind)[0]), given, reading, path)
    if isinstance(kind, type) and issubclass(kind, Record):
        return _record(kind, given, reading, f"{path}.") if isinstance(given, Mapping) else given
    return reading.leaf(kind, given, path)


def _list(kind: Any, given: Any, reading: _Reading, path: str) -> Any:
    """A list, or the elements that columns `….0`, `….1` give: one of which all cells are empty is none."""
    if isinstance(given, Mapping) and all(map(is_place, given)):
        given = [given[name] for name in sorted(given, key=int)]
    if not isinstance(given, list):
        return given
    return [_value(kind, each, reading, f"{path}.{place}") for place, each in enumerate(given)]


@cache
def _date_pattern(form: str) -> re.Pattern[str]:
    pattern = re.escape(form)
    for token, digits in _TOKENS.items():
        pattern = pattern.replace(token, digits)
    return re.compile(pattern, re.ASCII)


@cache
def _number_pattern(decimal: str, grouping: str) -> re.Pattern[str]:
    between = f"[{_SPACES}{re.escape(grouping)}]"
    return re.compile(
        rf"(?P<sign>-?)(?P<whole>\d{{1,3}}(?:{between}\d{{3}})+|\d{{1,40}})(?:{re.escape(decimal)}(?P<rest>\d{{1,40}}))?",
        re.ASCII,
    )


def _zone(said: str | None) -> dt.tzinfo | None:
    if said is None or said == "Z":
        return dt.UTC if said else None
    sign = -1 if said[0] == "-" else 1
    return dt.timezone(sign * dt.timedelta(hours=int(said[1:3]), minutes=int(said[-2:])))


def _micros(found: re.Match[str]) -> int:
    return int((found["fraction"] or "0").ljust(6, "0"))
