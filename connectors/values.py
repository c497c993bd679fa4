"""How a file writes dates, times and amounts, and what of a record they become: never guessed, never a timestamp."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
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
NOTHING = "expected a value, got nothing"
"""What is said of a field that is missing."""
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
        """The day; ValueError says what was expected, and not what came."""
        found = _date_pattern(self.date).fullmatch(text)
        if found is None:
            raise ValueError(f"expected a date as {self.date}")
        try:
            return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError as error:
            raise ValueError(f"expected a day of the calendar as {self.date}") from error

    def read_instant(self, text: str) -> dt.datetime:
        """The instant in UTC; ValueError says what was expected, and not what came."""
        day, _, time = text.replace("T", " ", 1).partition(" ")
        date, found = _date_pattern(self.date).fullmatch(day), _TIME.fullmatch(time or "00:00")
        zone = found and (_zone(found["zone"]) or self.zone)
        if date is None or found is None or zone is None:
            raise ValueError(f"expected an instant as {self.date} 08:00:02Z, with its zone")
        try:
            day_of = dt.date(int(date["year"]), int(date["month"]), int(date["day"]))
            clock = dt.time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0), _micros(found))
            return dt.datetime.combine(day_of, clock, zone).astimezone(dt.UTC)
        except (ValueError, OverflowError) as error:
            raise ValueError("expected an instant of the calendar and the clock") from error

    def read_decimal(self, text: str) -> Decimal:
        """The number; ValueError says what was expected, and not what came."""
        found = _number_pattern(self.decimal, self.grouping).fullmatch(text)
        if found is None:
            raise ValueError(f"expected a number as 1{self.grouping}234{self.decimal}50")
        whole = "".join(filter(str.isdigit, found["whole"]))
        return Decimal(f"{found['sign']}{whole}.{found['rest'] or ''}")


ISO = Notation()


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that is not written as its field asks for."""

    expected: str
    got: str
    """Quoted as a message may show it, where it may: it may be personal."""

    def __str__(self) -> str:
        return f"{self.expected}, got {self.got}"


def typed(
    record: type[Record], value: Mapping[str, Any], notation: Notation, *, unsaid_is_null: bool
) -> tuple[dict[str, Any], dict[str, Unread]]:
    """The value with its texts read as what the record's fields are, and what could not be, by its path.

    What no field asks for, or is of another kind, stays: the record's own validation speaks of it. What may be null
    and is not there is null where ``unsaid_is_null``.
    """
    wrong: dict[str, Unread] = {}
    read = _record(record, value, _Reading(notation, wrong, unsaid_is_null), "")
    return read, wrong


@dataclass(frozen=True, slots=True)
class _Reading:
    notation: Notation
    wrong: dict[str, Unread]
    unsaid_is_null: bool


_Step = Callable[[Any, _Reading, str], Any]
"""What is read of a value at a path."""
_READERS: dict[Any, Callable[[Notation, str], Any]] = {
    dt.date: Notation.read_date,
    dt.datetime: Notation.read_instant,
    Decimal: Notation.read_decimal,
}


@cache
def _steps(record: type[Record]) -> dict[str, _Step]:
    """The fields of which something is to be read; worked out once for each record."""
    found = {name: _step(kind) for name, kind in kinds(record).items()}
    return {name: step for name, step in found.items() if step is not None}


def _step(kind: Any) -> _Step | None:
    if get_origin(kind) is list:
        inside = _step(core(get_args(kind)[0]))
        return partial(_list, inside)
    if isinstance(kind, type) and issubclass(kind, Record):
        return partial(_part, kind)
    return partial(_leaf, kind) if kind in _READERS else None


def _record(record: type[Record], value: Mapping[str, Any], reading: _Reading, path: str) -> dict[str, Any]:
    read = dict(value)
    for name, step in _steps(record).items():
        given = value.get(name)
        if given is not None:
            read[name] = step(given, reading, f"{path}{name}")
    if reading.unsaid_is_null:
        read |= dict.fromkeys(nullable(record).difference(read))
    return read


def _part(record: type[Record], given: Any, reading: _Reading, path: str) -> Any:
    return _record(record, given, reading, f"{path}.") if isinstance(given, Mapping) else given


def _list(step: _Step | None, given: Any, reading: _Reading, path: str) -> Any:
    """A list, or the elements that columns `….0`, `….1` give: one of which all cells are empty is none."""
    if isinstance(given, Mapping) and all(map(is_place, given)):
        given = [given[name] for name in sorted(given, key=int)]
    if not isinstance(given, list) or step is None:
        return given
    return [each if each is None else step(each, reading, f"{path}.{place}") for place, each in enumerate(given)]


def _leaf(kind: type, given: Any, reading: _Reading, path: str) -> Any:
    if kind is Decimal and not isinstance(given, str):
        return given
    said = given if isinstance(given, str) else f"the number {given}"
    try:
        return _READERS[kind](reading.notation, said)
    except ValueError as error:
        reading.wrong[path] = Unread(str(error), excerpt(said))
        return given


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
