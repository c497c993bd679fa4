"""The message that a record travels in, where a topic takes it."""

from schemas.base import Record
from schemas.catalog import key_of
from schemas.codec import encode
from schemas.errors import RefusedError

MAX_BYTES = 1_000_000
"""Key and value of a message at most: topics take 1 MiB, the message's frame included."""


def message_of(record: Record) -> tuple[bytes, bytes]:
    """Key and value of the record's message.

    Raises:
        RefusedError: ``too_large``: no topic takes it.
    """
    key, value = key_of(record).encode(), encode(record)
    if len(key) + len(value) > MAX_BYTES:
        raise RefusedError("too_large", _too_large(record, len(key) + len(value)))
    return key, value


def _too_large(record: Record, size: int) -> str:
    return (
        f"{type(record).__name__} of key {key_of(record)}: expected at most {MAX_BYTES:,} bytes, which is what topics "
        f"take, got {size:,}; ask who sent it for one with less text"
    )
