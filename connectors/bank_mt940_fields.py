"""MT940's fields, and the pages that they make, each from its opening to its closing balance."""

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from connectors.bank_statement import Balance
from connectors.bank_values import day, read_amount, read_currency
from connectors.refusal import excerpt
from schemas.errors import RefusedError

CLOSINGS = ("62F", "62M")
BALANCES = ("60F", "60M", *CLOSINGS)
_LAST_OF_FEBRUARY = ("0229", "0230")
"""Value dates where all months have 30 days, for interest: the last day of February is meant."""
_START = re.compile(r"^(?=:20:)", re.MULTILINE)
_TAG = re.compile(r"^:(\d\d[A-Z]?|NS):", re.MULTILINE)
_HEAD = ("20", "21", "25", "28", "60")
"""What a page begins with, in any order."""
_REPEATED = ("20", "25", "28")
"""What it need not repeat within a message."""
_BALANCE = re.compile(r"[CD]\d{6}[A-Z]{3}\d{1,14},\d{0,3}\s*", re.ASCII)
_LINE = re.compile(
    r"\d{6}(?:\d{4}|[ ]{4})?(R?[DC])[A-Z]?(\d{1,14},\d{0,3})([A-Z][A-Z0-9 ]{3})([^\n]*)\n?(.*)", re.ASCII | re.DOTALL
)
_CUSTOMER = 16
"""Characters of the customer's reference, where no bank's reference says where it ends."""
_FORMS = {"61": _LINE.match} | dict.fromkeys(BALANCES, _BALANCE.fullmatch)


class Field(NamedTuple):
    """A field of a message."""

    tag: str
    value: str
    line: int
    """Of the file."""


class Line(NamedTuple):
    """A booking as its :61: tells it."""

    mark: str
    """`C`, `D`, `RC` or `RD`."""
    amount: Decimal
    kind: str
    """SWIFT's type, as `NTRF`."""
    customer: str
    bank: str
    """The references of the one and of the other."""
    beside: list[str]
    """Supplementary details."""


def pages(text: str) -> list[list[Field]]:
    """The pages of the file, in order: one in each message, or more, of which the later ones may share the head.

    Raises:
        RefusedError: ``unknown_format`` where there is none, ``damaged_file`` where one has no closing balance,
            ``not_a_statement`` where that is no MT940's.
    """
    starts = [found.start() for found in _START.finditer(text)]
    if not starts:
        raise RefusedError("unknown_format", "expected MT940, got no line that starts with :20:")
    found: list[list[Field]] = []
    line = 1 + text.count("\n", 0, starts[0])
    for start, end in pairwise([*starts, len(text)]):
        found += _pages(_fields(text[start:end], line))
        line += text.count("\n", start, end)
    for number, page in enumerate(found, start=1):
        tags = {field.tag for field in page}
        if "34F" in tags and tags.isdisjoint(BALANCES):
            raise RefusedError(
                "not_a_statement", f"statement {number}: expected MT940, got MT942, which has no balances"
            )
        if tags.isdisjoint(CLOSINGS):
            raise RefusedError(
                "damaged_file", f"statement {number}: expected :62F: or :62M: at its end, got none: ask for it again"
            )
    return found


def checked(page: list[Field]) -> list[Field]:
    """The fields of a page as far as its closing balance, each of its form.

    Raises:
        RefusedError: a field is missing, not of its form, or a booking or balance that belongs to no page.
    """
    end = 1 + next(place for place, field in enumerate(page) if field.tag in CLOSINGS)
    fields = page[:end]
    tags = [field.tag for field in fields]
    for needed in ("25", "60"):
        if sum(tag.startswith(needed) for tag in tags) != 1:
            raise RefusedError("missing_field", f"expected one field :{needed}:, got {', '.join(tags[:20])}")
    for field in fields:
        try:
            _check(field)
        except RefusedError as error:
            raise RefusedError(error.reason, f"line {field.line}, :{field.tag}: {error.detail}") from error
    for field in page[end:]:
        if field.tag.startswith(("61", "62")):
            raise RefusedError(
                "bad_field", f"line {field.line}, :{field.tag}: expected an opening balance (:60M:) before it, got none"
            )
    return fields


def _fields(message: str, line: int) -> Iterator[Field]:
    found = list(_TAG.finditer(message))
    ends = [*(tag.start() for tag in found[1:]), len(message)]
    for tag, end in zip(found, ends, strict=True):
        value = message[tag.end() : end]
        # behind a closing balance stand the message's own end and what introduces the next one
        yield Field(tag[1], value.split("\n", maxsplit=1)[0] + "\n" if tag[1] in CLOSINGS else value, line)
        line += value.count("\n")


def _pages(fields: Iterator[Field]) -> list[list[Field]]:
    found: list[list[Field]] = [[]]
    is_closed = False
    for field in fields:
        if is_closed and field.tag.startswith(_HEAD):
            found.append([])
            is_closed = False
        found[-1].append(field)
        is_closed = is_closed or field.tag in CLOSINGS
    for before, page in pairwise(found):
        told = {field.tag[:2] for field in page}
        shared = [field for field in before if field.tag[:2] in _REPEATED and field.tag[:2] not in told]
        page[:0] = [_shared(field, page[0].line) for field in shared]
    return found


def _shared(field: Field, line: int) -> Field:
    """The field as the next page has it: the number of the statement, and not of the page."""
    value = field.value.partition("/")[0].rstrip() + "\n" if field.tag.startswith("28") else field.value
    return Field(field.tag, value, line)


def _check(field: Field) -> None:
    form = _FORMS.get(field.tag)
    if field.tag.startswith(("60", "61", "62")) and not (form and form(field.value)):
        raise RefusedError("bad_field", f"expected as SWIFT defines it, got {excerpt(field.value.strip())}")
    if field.tag in BALANCES:
        balance_of(field)
    if field.tag == "61":
        value_day(field.value)
        booking_day(field.value)


def line_of(field: Field, currency: str) -> Line:
    """The booking that a field of its form tells; RefusedError where its amount is none of the currency's."""
    found = _LINE.fullmatch(field.value)
    assert found is not None  # it was checked
    mark, amount, kind, references, beside = found.groups()
    customer, slashes, bank = references.partition("//")
    if not slashes:
        customer, beside = references[:_CUSTOMER], f"{references[_CUSTOMER:]}\n{beside}"
    direction = 1 if mark in ("C", "RD") else -1
    lines = [line.strip() for line in beside.split("\n") if line.strip() not in ("", "-")]
    return Line(mark, direction * read_amount(amount, currency), kind, customer, bank, lines)


def value_day(line: str) -> dt.date:
    """The value date of a :61:; RefusedError (``bad_date``) where it is no day."""
    year = 2000 + int(line[:2])
    if line[2:6] in _LAST_OF_FEBRUARY:
        return day(year, 3, 1) - dt.timedelta(days=1)
    return day(year, int(line[2:4]), int(line[4:6]))


def booking_day(line: str) -> dt.date | None:
    """The day of booking of a :61:, None where it has none. It comes without a year: the one nearest to the value date.

    Raises:
        RefusedError: ``bad_date``: no such day in that year, the one before or the one after.
    """
    if not line[6:10].isdecimal():
        return None
    valued, month, on = value_day(line), int(line[6:8]), int(line[8:10])
    years = range(valued.year - 1, valued.year + 2)
    days = [dt.date(year, month, on) for year in years if _is_day(year, month, on)]
    return min(days, key=lambda booked: abs(booked - valued)) if days else day(valued.year, month, on)


def is_guessed(line: str) -> bool:
    """Whether the line gives no day of booking, and no day of the calendar to take in its place."""
    valued = value_day(line)
    return booking_day(line) is None and (valued.month, valued.day) != (int(line[2:4]), int(line[4:6]))


def _is_day(year: int, month: int, on: int) -> bool:
    return 1 <= month <= 12 and 1 <= on <= monthrange(year, month)[1]  # noqa: PLR2004  # months of a year


def balance_of(field: Field) -> Balance:
    """The balance that the field tells; RefusedError where its currency, its amount or its day is none."""
    tag, value, _ = field
    currency = read_currency(value[7:10])
    amount = read_amount(value[10:].strip(), currency)
    on = day(2000 + int(value[1:3]), int(value[3:5]), int(value[5:7]))
    return Balance(tag, amount if value.startswith("C") else -amount, currency, on)
