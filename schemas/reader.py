"""Avro binary to plain values, by a schema: every byte accounted for, or MalformedError with the field's path.

Why not fastavro: it takes negative lengths and union indices, over-long varints and any byte for a boolean; to notice
that takes a second reader, and one that looks at every byte is no slower than fastavro is (tests/benchmarks/codec.py).
A reader is a tree of closures, made once for each schema version; each takes the bytes and a position, and gives the
value and the next position. A slice past the end is short and an index past the end raises, so one check of the end
position (`read_whole`) finds every record that is cut off.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import Any

Read = Callable[[bytes, int], tuple[Any, int]]
FieldsToday = Mapping[str, frozenset[str]]
"""Names of the fields that each record has today, by its full Avro name."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_ORDINAL = EPOCH.date().toordinal()
DECIMAL_BYTES = 16
"""Longest decimal read: twice what 18 digits need, as some writers pad."""
DECIMAL = Context(prec=40)
MORE = 0x80
"""Bit of a varint's byte that says that another follows; the other seven are the number's, lowest first."""
_NOT_SHORT = 0x81
"""Bits of a length's first byte that say that another byte follows, or that it is negative."""
_LAST_SHIFT = 63
_SECOND = 2
"""Zigzag of 1: the index of what is not null."""


class MalformedError(Exception):
    """The bytes are no Avro of this schema. ``path`` is the field's, innermost first."""

    def __init__(self, expected: str, *, value: bool = False) -> None:
        """Say what was ``expected``; ``value`` where it is well-formed Avro but no value that we can hold."""
        super().__init__(expected)
        self.expected = expected
        self.value = value
        self.path: list[str] = []


def read_long(raw: bytes, at: int) -> tuple[int, int]:
    """A zigzag varint of at most 64 bits, in as few bytes as it needs."""
    n = raw[at]
    at += 1
    if n < MORE:
        return (n >> 1) ^ -(n & 1), at
    n &= 0x7F
    shift = 7
    while (byte := raw[at]) >= MORE:
        n |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if shift > _LAST_SHIFT:
            raise MalformedError("an integer of at most 64 bits")
    n |= byte << shift
    if not byte or n >> 64:
        raise MalformedError("an integer of at most 64 bits, in no more bytes than it needs")
    return (n >> 1) ^ -(n & 1), at + 1


def _read_length(raw: bytes, at: int) -> tuple[int, int]:
    length, at = read_long(raw, at)
    if length < 0:
        raise MalformedError("a length that is not negative")
    return length, at


def _read_string(raw: bytes, at: int) -> tuple[str, int]:
    length = raw[at]
    if length & _NOT_SHORT:
        length, at = _read_length(raw, at)
        end = at + length
    else:
        at += 1
        end = at + (length >> 1)
    return raw[at:end].decode(), end


def _read_boolean(raw: bytes, at: int) -> tuple[bool, int]:
    byte = raw[at]
    if byte > 1:
        raise MalformedError("a boolean, 0x00 or 0x01")
    return byte == 1, at + 1


def _read_date(raw: bytes, at: int) -> tuple[dt.date, int]:
    days, at = read_long(raw, at)
    try:
        return dt.date.fromordinal(days + EPOCH_ORDINAL), at
    except (ValueError, OverflowError):
        raise MalformedError("a date of the years 1 to 9999", value=True) from None


def _read_instant(raw: bytes, at: int) -> tuple[dt.datetime, int]:
    microseconds, at = read_long(raw, at)
    try:
        return EPOCH + dt.timedelta(0, 0, microseconds), at
    except OverflowError:
        raise MalformedError("an instant of the years 1 to 9999", value=True) from None


def _decimal(scale: int) -> Read:
    def read(raw: bytes, at: int) -> tuple[Decimal, int]:
        length, at = _read_length(raw, at)
        if not 0 < length <= DECIMAL_BYTES:
            raise MalformedError(f"a decimal of 1 to {DECIMAL_BYTES} bytes", value=True)
        unscaled = int.from_bytes(raw[at : at + length], "big", signed=True)
        return DECIMAL.scaleb(unscaled, -scale), at + length

    return read


def _nullable(read_value: Read) -> Read:
    def read(raw: bytes, at: int) -> tuple[Any, int]:
        index = raw[at]
        if index == 0:
            return None, at + 1
        if index != _SECOND:
            raise MalformedError("a union's index, 0 (null) or 1")
        return read_value(raw, at + 1)

    return read


def _array(read_item: Read) -> Read:
    # An item has at least one byte (`_record` sees to it), so the bytes end before a false count eats time or memory.
    def read(raw: bytes, at: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        while raw[at]:
            count, at = read_long(raw, at)
            end = None
            if count < 0:
                size, at = _read_length(raw, at)
                end = at + size
            try:
                for _ in range(abs(count)):
                    item, at = read_item(raw, at)
                    items.append(item)
            except MalformedError as error:
                raise _inside(str(len(items)), error) from None
            if end not in (None, at):
                raise MalformedError("a block of as many bytes as it says")
        return items, at + 1

    return read


def _record(fields: tuple[tuple[str, Read], ...]) -> Read:
    if not fields:
        raise ValueError("a record without fields has no bytes, and an array of it could be endless: give it a field")

    # Most fields are short strings: read on the spot, they make a judgment 7 % faster to read (0.7 of 10 µs).
    steps = tuple((name, read_value, read_value is _read_string) for name, read_value in fields)

    def read(raw: bytes, at: int) -> tuple[dict[str, Any], int]:
        values = {}
        name = ""
        try:
            for name, read_value, is_string in steps:
                if is_string and not (length := raw[at]) & _NOT_SHORT:
                    start = at + 1
                    at = start + (length >> 1)
                    values[name] = raw[start:at].decode()
                else:
                    values[name], at = read_value(raw, at)
        except (MalformedError, IndexError, UnicodeDecodeError) as error:
            raise _inside(name, error) from None
        return values, at

    return read


def _inside(name: str, error: Exception) -> MalformedError:
    """The error, with the field that it happened in; in our words where it is Python that found the bytes wrong."""
    if not isinstance(error, MalformedError):
        cut_off = isinstance(error, IndexError)
        error = MalformedError("more bytes, they end before the field does" if cut_off else "UTF-8")
    error.path.append(name)
    return error


def _without(dropped: frozenset[str], read_record: Read) -> Read:
    def read(raw: bytes, at: int) -> tuple[dict[str, Any], int]:
        values, at = read_record(raw, at)
        return {name: value for name, value in values.items() if name not in dropped}, at

    return read


_SIMPLE: dict[str, Read] = {
    "string": _read_string,
    "uuid": _read_string,
    "long": read_long,
    "boolean": _read_boolean,
    "date": _read_date,
    "timestamp-micros": _read_instant,
}


class _Readers:
    """The readers of one schema: named records are read the same wherever they are named again."""

    def __init__(self, fields_today: FieldsToday) -> None:
        self._fields_today = fields_today
        self._named: dict[str, Read] = {}

    def of(self, schema: Any) -> Read:
        if isinstance(schema, list):
            return self._union(schema)
        if isinstance(schema, str):
            return self._named.get(schema) or _SIMPLE[schema]
        if schema["type"] == "record":
            return self._record(schema)
        if schema["type"] == "array":
            return _array(self.of(schema["items"]))
        if schema["logicalType"] == "decimal":
            return _decimal(schema["scale"])
        return _SIMPLE[schema["logicalType"]]

    def _union(self, branches: list[Any]) -> Read:
        null, value = branches
        if null != "null":
            raise ValueError(f"expected a union of null and one type, got {branches}")
        return _nullable(self.of(value))

    def _record(self, schema: dict[str, Any]) -> Read:
        names = [field["name"] for field in schema["fields"]]
        read = _record(tuple((field["name"], self.of(field["type"])) for field in schema["fields"]))
        dropped = frozenset(names) - self._fields_today.get(schema["name"], frozenset(names))
        self._named[schema["name"]] = _without(dropped, read) if dropped else read
        return self._named[schema["name"]]


def reader_of(schema: dict[str, Any], fields_today: FieldsToday) -> Read:
    """Read what was written by ``schema``, leaving out fields that its records no longer have."""
    return _Readers(fields_today).of(schema)


def read_whole(read: Read, raw: bytes, at: int) -> Any:
    """The value that fills the bytes from ``at`` to their end, exactly; MalformedError else."""
    value, end = read(raw, at)
    if end > len(raw):
        raise MalformedError("more bytes, they end before the record does")
    if end < len(raw):
        raise MalformedError(f"the end of the record, {len(raw) - end} bytes are left over")
    return value
