"""Files damaged in any place, and what a connector may make of them."""

from connectors.refusal import Refusal
from schemas.base import Record
from schemas.catalog import key_of
from schemas.codec import decode, encode


def look_at(outcome: Record | Refusal) -> None:
    """It is a line for a person, or an event that travels and comes back."""
    if isinstance(outcome, Refusal):
        assert ": " in outcome.reason
        assert f"{outcome.refused} {outcome.where} {outcome.reason}".encode()
    else:
        assert key_of(outcome).encode()
        assert decode(encode(outcome)) == outcome


def mutated(content: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    """The content with pieces of it replaced: from where, how many bytes, by what."""
    for start, length, piece in cuts:
        content = content[:start] + piece + content[start + length :]
    return content
