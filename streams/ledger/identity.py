"""Keys by which the ledger knows things: hashes of fixed length, whatever a provider calls them."""

from functools import lru_cache
from hashlib import blake2b

from kafka.partitioner.default import murmur2

from schemas.base import EventHeader


def event_key(header: EventHeader) -> bytes:
    """16 bytes for (source, event_id): the same event by whichever route."""
    return pair_key(header.source, header.event_id)


@lru_cache(maxsize=20_000)
def pair_key(source: str, name: str) -> bytes:
    """16 bytes for a source's own name of something; neither can hold the NUL byte between them."""
    return blake2b(f"{source}\x00{name}".encode(), digest_size=16).digest()


@lru_cache(maxsize=100_000)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as Kafka's default partitioner has it (murmur2, positive, modulo)."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
