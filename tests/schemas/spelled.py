"""A record spelled byte by byte, of which a test spoils a part, and what the codec says against it."""

import pytest

from schemas import golden
from schemas.codec import decode, encode
from schemas.errors import RefusedError
from schemas.writer import write_long

HEAD = encode(golden.load(golden.ROOT / "limits/LimitWithdrawn/plain.json"))[:5]
HEADER = write_long(0) + b"\x02e\x02s" + write_long(0)
"""Of an event: published_at 1970, event_id `e`, source `s`, occurred_at 1970."""

NOTHING_MORE = b"\x00\x00\x00"  # no announced_on, no reasons, no exceptional circumstances


def a_withdrawal(header: bytes = HEADER, buyer_id: bytes = b"\x08FR:1", tail: bytes = b"\x02p\x02c\x00") -> bytes:
    """The bytes of a LimitWithdrawn, of which a test spoils a part."""
    return HEAD + header + buyer_id + tail + NOTHING_MORE


def refusal(raw: bytes | None) -> RefusedError:
    """What decode says against these bytes."""
    with pytest.raises(RefusedError) as caught:
        decode(raw)
    return caught.value
