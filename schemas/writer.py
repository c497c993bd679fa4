"""Records to Avro binary, by their schema, without a detour over dictionaries.

A writer is a tree of closures, made once for each schema. Avro is concatenative: a record is its fields' bytes, one
after the other. So each record's writer keeps the bytes of the instance that it wrote last: the thousands of notices of
one judgment share the judgment's facts, and write them once. That is sound because records are frozen.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from schemas.reader import DECIMAL, EPOCH, EPOCH_ORDINAL, MORE

MICROSECOND = dt.timedelta(microseconds=1)

Write = Callable[[Any], bytes]


def write_long(value: int) -> bytes:
    """The zigzag varint of a signed 64-bit integer."""
    rest = (value << 1) ^ (value >> 63)
    out = bytearray()
    while rest >= MORE:
        out.append(rest & 0x7F | MORE)
        rest >>= 7
    out.append(rest)
    return bytes(out)


_TABLED = 1024
_LENGTHS = tuple(write_long(length) for length in range(_TABLED))


def _with_length(raw: bytes) -> bytes:
    length = len(raw)
    return (_LENGTHS[length] if length < _TABLED else write_long(length)) + raw


def _write_string(value: str) -> bytes:
    raw = value.encode()
    length = len(raw)
    return (_LENGTHS[length] if length < _TABLED else write_long(length)) + raw  # most fields: not worth a call


def _write_uuid(value: object) -> bytes:
    return _with_length(str(value).encode())


def _write_boolean(value: bool) -> bytes:  # noqa: FBT001
    return b"\x01" if value else b"\x00"


@lru_cache(maxsize=1024)
def _write_date(value: dt.date) -> bytes:
    return write_long(value.toordinal() - EPOCH_ORDINAL)


@lru_cache(maxsize=1024)
def _write_instant(value: dt.datetime) -> bytes:
    return write_long((value - EPOCH) // MICROSECOND)


def _decimal(scale: int) -> Write:
    def write(value: Decimal) -> bytes:
        unscaled = int(DECIMAL.scaleb(value, scale))
        bits = (unscaled if unscaled >= 0 else ~unscaled).bit_length()
        return _with_length(unscaled.to_bytes(bits // 8 + 1, "big", signed=True))

    return write


def _nullable(write_value: Write) -> Write:
    def write(value: Any) -> bytes:
        return b"\x00" if value is None else b"\x02" + write_value(value)

    return write


def _array(write_item: Write) -> Write:
    def write(value: list[Any]) -> bytes:
        if not value:
            return b"\x00"
        return b"".join([write_long(len(value)), *map(write_item, value), b"\x00"])

    return write


def _record(fields: tuple[tuple[str, Write], ...]) -> Write:
    last: tuple[Any, bytes] = (None, b"")

    def write(value: Any) -> bytes:
        nonlocal last
        written, raw = last  # read and replaced as one: threads may share a writer
        if value is not written:
            values = value.__dict__
            raw = b"".join([write_value(values[name]) for name, write_value in fields])
            last = (value, raw)
        return raw

    return write


_SIMPLE: dict[str, Write] = {
    "string": _write_string,
    "uuid": _write_uuid,
    "long": write_long,
    "boolean": _write_boolean,
    "date": _write_date,
    "timestamp-micros": _write_instant,
}


class _Writers:
    def __init__(self) -> None:
        self._named: dict[str, Write] = {}

    def of(self, schema: Any) -> Write:
        if isinstance(schema, list):
            return _nullable(self.of(schema[1]))
        if isinstance(schema, str):
            return self._named.get(schema) or _SIMPLE[schema]
        if schema["type"] == "record":
            write = _record(tuple((field["name"], self.of(field["type"])) for field in schema["fields"]))
            return self._named.setdefault(schema["name"], write)
        if schema["type"] == "array":
            return _array(self.of(schema["items"]))
        if schema["logicalType"] == "decimal":
            return _decimal(schema["scale"])
        return _SIMPLE[schema["logicalType"]]


def writer_of(schema: dict[str, Any]) -> Write:
    """Write records of ``schema``."""
    return _Writers().of(schema)
