"""Whose a record is, though the rest of it is refused."""

import pytest

from schemas import golden
from schemas.codec import encode, header_in
from schemas.writer import write_long
from tests.schemas.spelled import HEAD, HEADER, a_withdrawal, refusal


@pytest.mark.parametrize("raw", [a_withdrawal(buyer_id=b"\x04\xff\xff"), a_withdrawal()[:-1], HEAD + HEADER])
def test_what_is_refused_may_still_say_whose_it_is(raw: bytes) -> None:
    """The header comes first: whatever follows is wrong, the provider and its id are known."""
    refusal(raw)
    header = header_in(raw)
    assert header is not None
    assert (header.source, header.event_id) == ("s", "e")


@pytest.mark.parametrize("name", ["JudgmentAlert", "LimitWithdrawn"])
def test_what_has_no_header_of_an_event_says_nothing(name: str) -> None:
    """Neither a notice, nor a header that is cut, too long for its fields, or under no id of ours."""
    topic = "notices" if name == "JudgmentAlert" else "limits"
    raw = encode(golden.load(golden.ROOT / topic / name / "plain.json"))
    cut = raw[:8] if name == "LimitWithdrawn" else raw
    long = HEAD + write_long(0) + write_long(1000) + b"x" * 1000 + b"\x02s" + write_long(0)
    for none in (cut, long, b"\x00\x00\x00\x00\x01" + raw[5:], HEAD[:4], b"", None):
        assert header_in(none) is None
