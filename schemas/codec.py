"""Records to bytes and back, in Confluent's wire format: 0x00, the schema's id in 4 bytes, Avro binary.

Strict on the way in: exactly the bytes of a record of a known schema, with values that its model allows, become a
record. Everything else is a RefusedError with one of the reasons below, and a detail that names the field and what was
expected, never a value: it may be personal. Bytes of an old version of a schema become today's record.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, NoReturn

from pydantic import ValidationError

from schemas.base import EventHeader, Record
from schemas.catalog import PARTS, RECORDS, avro_name
from schemas.errors import RefusedError
from schemas.reader import MalformedError, Read, read_whole, reader_of
from schemas.versions import HOW_TO_GENERATE, Version, subjects, versions
from schemas.writer import Write, writer_of

REASONS = ("tombstone", "not_confluent_framed", "unknown_schema_id", "malformed_avro", "invalid_value")
"""Every reason for which bytes are refused."""
_HEAD = 5


class _Reader(NamedTuple):
    name: str
    read: Read
    validate: Callable[[Any], Record]
    beside: frozenset[str]


class _Writer(NamedTuple):
    head: bytes
    write: Write


_FIELDS_TODAY = {name: frozenset(part.model_fields) for name, part in PARTS.items()}


def _reader(version: Version) -> _Reader:
    model = RECORDS[version.name]
    # model_validate() does the same and takes 0.4 µs longer.
    return _Reader(
        version.name,
        reader_of(version.schema(), _FIELDS_TODAY),
        model.__pydantic_validator__.validate_python,
        model.beside_its_content,
    )


def _writer(version: Version) -> _Writer:
    return _Writer(b"\x00" + version.id.to_bytes(4, "big"), writer_of(version.schema()))


_READERS = {version.id.to_bytes(4, "big"): _reader(version) for version in versions().values()}
_WRITERS = {RECORDS[name]: _writer(of_one[-1]) for name, of_one in subjects().items()}


def encode(record: Record) -> bytes:
    """The record's bytes, by the newest version of its schema; LookupError for what is no record of a topic."""
    try:
        head, write = _WRITERS[type(record)]
    except KeyError:
        name = type(record).__name__
        raise LookupError(f"{name} has no schema of its own: is it in schemas/catalog.py? {HOW_TO_GENERATE}") from None
    return head + write(record)


def decode(raw: bytes | None) -> Record:
    """The record that the bytes are; RefusedError with one of `REASONS` where they are none."""
    if not raw or raw[0]:
        _refuse_frame(raw)
    reader = _READERS.get(raw[1:_HEAD])
    if reader is None:
        _refuse_id(raw)
    try:
        return reader.validate(read_whole(reader.read, raw, _HEAD))
    except MalformedError as error:
        raise _malformed(reader.name, error) from None
    except ValidationError as error:
        raise _invalid(reader.name, error) from None  # its text holds values, and tracebacks are logged


def header_in(raw: bytes | None) -> EventHeader | None:
    """The header that the bytes of an event begin with, whatever the rest of them is; None where there is none."""
    version = versions().get(int.from_bytes(raw[1:_HEAD], "big")) if raw and not raw[0] else None
    if raw is None or version is None:
        return None
    try:
        header, end = _header_reader(version)(raw, _HEAD)
        return EventHeader.model_validate(header) if end <= len(raw) else None
    except (MalformedError, ValidationError):
        return None


@cache
def _header_reader(version: Version) -> Read:
    """What reads the first field alone."""
    first, *_ = version.schema()["fields"]
    return reader_of(first["type"], _FIELDS_TODAY)


def content_digest(raw: bytes) -> bytes:
    """16 bytes that are the same for the same content of an event, whenever it was published and wherever it was told.

    ``published_at`` is the very first field of an event's header, so that it can be skipped without decoding. Only
    records that say where they were told (`Record.beside_its_content`) are decoded.
    """
    beside = _READERS[raw[1:_HEAD]].beside
    if beside:
        raw = _written(decode(raw).model_copy(update=dict.fromkeys(beside)), int.from_bytes(raw[1:_HEAD], "big"))
    at = _HEAD
    while raw[at] & 0x80:
        at += 1
    return hashlib.blake2b(raw[1:_HEAD] + raw[at + 1 :], digest_size=16).digest()


def same_content(digest: bytes, raw: bytes) -> bool:
    """Whether the digest is of what the bytes say, in whatever version of its schema an event was written each time.

    A provider that has not changed says the same again in bytes of today's version; one of yesterday repeats what it
    said to a newer one. What a version leaves out must be as if it had not been said.
    """
    if content_digest(raw) == digest:
        return True
    record = decode(raw)
    written = (_written(record, version.id) for version in subjects()[avro_name(type(record))])
    return any(content_digest(other) == digest for other in written if decode(other) == record)


def _written(record: Record, schema_id: int) -> bytes:
    head, write = _writer_of(schema_id)
    return head + write(record)


@cache
def _writer_of(schema_id: int) -> _Writer:
    return _writer(versions()[schema_id])


def _refuse_frame(raw: bytes | None) -> NoReturn:
    if raw is None:
        raise RefusedError("tombstone", "expected a record, got a null value: nothing is deleted by tombstones here")
    got = f"a first byte 0x{raw[0]:02x}" if raw else "no byte"
    raise RefusedError("not_confluent_framed", f"expected 0x00, the schema's id in 4 bytes and Avro binary, got {got}")


def _refuse_id(raw: bytes) -> NoReturn:
    if len(raw) < _HEAD:
        got = f"{len(raw)} bytes"
        raise RefusedError(
            "not_confluent_framed", f"expected 0x00, the schema's id in 4 bytes and Avro binary, got {got}"
        )
    schema_id = int.from_bytes(raw[1:_HEAD], "big")
    raise RefusedError("unknown_schema_id", f"expected the id of a schema of ours (schemas/ids.lock), got {schema_id}")


def _malformed(name: str, error: MalformedError) -> RefusedError:
    where = ".".join([name, *reversed(error.path)])
    return RefusedError("invalid_value" if error.value else "malformed_avro", f"{where}: expected {error.expected}")


def _invalid(name: str, error: ValidationError) -> RefusedError:
    first, *others = error.errors(include_input=False, include_context=False, include_url=False)
    where = ".".join([name, *map(str, first["loc"])])
    more = f" (and {len(others)} more)" if others else ""
    return RefusedError("invalid_value", f"{where}: {first['msg']}{more}")
