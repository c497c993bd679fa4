"""Records to bytes and back: Confluent's wire format (0x00, schema id, Avro), strict on the way in."""

import hashlib
from io import BytesIO

import fastavro
from pydantic import ValidationError

from schemas.base import Record
from schemas.catalog import RECORDS, avro_name
from schemas.errors import RefusedError
from schemas.versions import VERSIONS, latest

_MAGIC = b"\x00"
_HEAD = 5
_SCHEMAS = {version.id: fastavro.parse_schema(version.schema) for version in VERSIONS.values()}
_ID_OF = {record: latest(avro_name(record)).id for record in RECORDS.values()}


def encode(record: Record) -> bytes:
    """The record's bytes on its topic."""
    schema_id = _ID_OF[type(record)]
    out = BytesIO()
    out.write(_MAGIC + schema_id.to_bytes(4, "big"))
    fastavro.schemaless_writer(out, _SCHEMAS[schema_id], record.model_dump())
    return out.getvalue()


def decode(raw: bytes | None) -> Record:
    """The record that the bytes stand for; RefusedError with a stable reason where they stand for none."""
    if raw is None:
        raise RefusedError("tombstone", "expected a record, got a null value")
    if len(raw) < _HEAD or raw[:1] != _MAGIC:
        raise RefusedError("not_confluent_framed", "expected 0x00, a 4-byte schema id and Avro binary")
    schema_id = int.from_bytes(raw[1:_HEAD], "big")
    if schema_id not in VERSIONS:
        raise RefusedError("unknown_schema_id", f"expected an id of schemas/ids.lock, got {schema_id}")
    model = RECORDS[VERSIONS[schema_id].name]
    reader = BytesIO(raw)
    reader.seek(_HEAD)
    try:
        values = fastavro.schemaless_reader(reader, _SCHEMAS[schema_id], None)
    except (EOFError, ValueError, IndexError, OverflowError) as error:
        raise RefusedError("malformed_avro", f"expected {avro_name(model)}: {type(error).__name__}") from error
    if reader.tell() != len(raw):
        raise RefusedError("malformed_avro", f"{len(raw) - reader.tell()} bytes left over after {avro_name(model)}")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, wrong["loc"]))
        raise RefusedError("invalid_value", f"{avro_name(model)}.{field}: {wrong['type']}") from error


def content_digest(raw: bytes) -> bytes:
    """16 bytes that are the same for the same content of an event, whenever it was published."""
    start = _HEAD
    while raw[start] & 0x80:
        start += 1
    return hashlib.blake2b(raw[1:_HEAD] + raw[start + 1 :], digest_size=16).digest()
