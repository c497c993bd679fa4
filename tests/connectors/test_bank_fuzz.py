"""Nothing but events and refusals comes out of any bytes, in bounded time, and what comes out can travel."""

import io
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.bank import statements
from connectors.refusal import Refusal
from tests.connectors.bank_builders import (
    a_cfonb120,
    a_detail,
    a_file,
    a_refusal,
    a_statement,
    an_entry,
    an_mt940,
    cfonb_complement,
    cfonb_movement,
    events,
    outcomes,
    overpunched,
)
from tests.connectors.damage import look_at, mutated

CAMT = a_file(
    a_statement(an_entry("250.00", a_detail("250.00", end_to_end="E", creditor="RF18539007547034", returned="AC04")))
)
MT940 = an_mt940(":61:2611201120C250,00NTRFNONREF//B", ":86:166?00X?20EREF+E-7?30DEUTDEFF?31DE89370400440532013000?32N")
CFONB = a_cfonb120(
    cfonb_movement(),
    cfonb_complement("RCN", "E"),
    cfonb_complement("MMO", "USD200000000027000"),
    cfonb_complement("LCS", "RF1"),
)
PIECES = st.binary(max_size=6) | st.sampled_from(
    [
        b"<",
        b">",
        b"&x;",
        b"<!DOCTYPE x>",
        b"\x00",
        b"\xff",
        b"\n:61:",
        b"\n:86:",
        b"\n:62F:",
        b"\n:62M:C261120EUR350,00",
        b"\n:60M:C261120EUR350,00",
        b"?20",
        b"?60",
        b"SVWZ+",
        b"/REMI/",
        b"/CNTP/",
        b"//",
        b",",
        b"-",
        b"RC",
        b"\n01",
        b"\n04",
        b"\n05",
        b"\n07",
        b"}",
        b"{",
        b"EUR",
        b"\xc3",
        b"999999",
        b"310299",
        b" " * 20,
        b"<Amt Ccy='X'>",
        b"</Ntry>",
    ]
)
CUTS = st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 20), PIECES), min_size=1, max_size=4)


def check(content: bytes) -> None:
    """Each outcome is a line for a person, or an event that the codec takes; so is each statement."""
    for outcome in outcomes(content):
        look_at(outcome)
    for line in statements(io.BytesIO(content)):
        assert isinstance(line, Refusal) or json.dumps(line, ensure_ascii=False).encode()


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"<", b":20:", b"0130006    00001EUR2", b"\xff\xfe<\x00", b"<?xml "])
)
def test_any_bytes(content: bytes, head: bytes) -> None:
    """Bytes of any kind are events or refusals."""
    check(head + content)


@settings(max_examples=250)
@given(st.sampled_from([CAMT, MT940, CFONB]), CUTS)
def test_any_damage(content: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    """A statement damaged anywhere, in each format, is events or refusals."""
    check(mutated(content, cuts))


@settings(max_examples=200)
@given(
    st.sampled_from(
        ["<Amt Ccy='EUR'>250.00</Amt>", "CRDT", "BOOK", "2026-11-20", "S-1", "AC04", "DE89370400440532013000"]
    ),
    st.text(max_size=30),
)
def test_any_text_in_a_field(field: str, text: str) -> None:
    """Any characters in any field of a message are events or refusals."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    check(CAMT.decode().replace(field, escaped).encode("utf-8", "surrogatepass"))


@settings(max_examples=200)
@given(st.text(max_size=80), st.text(max_size=120))
@example("C250,00NTRFNONREF", "/EREF/" * 20)
def test_any_text_in_a_line(line: str, details: str) -> None:
    """Any characters in a line of MT940 and in its details are events or refusals."""
    text = an_mt940(f":61:261120{line}", f":86:{details}").decode("utf-8", "surrogatepass")
    check(text.encode("utf-8", "surrogatepass"))


@given(st.integers(-(10**14), 10**14))
def test_any_amount_of_cfonb(cents: int) -> None:
    """Every amount that 14 digits hold comes back with its sign, or is refused as longer."""
    if abs(cents) < 10**14:
        check(a_cfonb120(cfonb_movement(cents), opening=0, closing=cents))
        assert overpunched(cents)[-1] in "{ABCDEFGHI}JKLMNOPQR"


BIG = 200_000
LINE = ":61:2611201120C250,00NTRFNONREF"


@pytest.mark.parametrize(
    "content",
    [
        a_file(a_statement()).replace(b"<Ntry>", b"<Ntry>" + b"<a>" * BIG),
        an_mt940(":61:2611201120C250,00NTRFNONREF", ":86:" + "?20" * BIG),
        an_mt940(":61:2611201120C250,00NTRFNONREF", ":86:" + "/EREF/" * BIG),
        an_mt940(":61:2611201120C250,00NTRFNONREF", ":86:" + "\n " * BIG),
        an_mt940(":61:2611201120C250,00NTRFNONREF", ":86:" + "/REMI/x" * BIG),
        an_mt940(":61:2611201120C250,00NTRFNONREF", ":86:" + "x\n" * BIG),
        an_mt940(":61:2611201120C250,00NTRFNONREF", ":86:166?00X" + "?20x" * BIG),
        an_mt940(":62F:C261120EUR100,00\n:60F:C261120EUR100,00\n" * (BIG // 20)),
        b":20:" * BIG,
        b"\n:20:" * BIG,
        a_cfonb120(cfonb_movement(), *[cfonb_complement("RCN", "x")] * 20_000),
        b"<" * 5_000_000,
        b"0" * 5_000_000,
    ],
    ids=lambda content: repr(content[:10]) + str(len(content)),
)
def test_absurd_sizes_take_little_time(content: bytes) -> None:
    """Nesting, repetition and length are read or refused within seconds."""
    start = time.process_time()
    check(content)
    assert time.process_time() - start < 8


def test_an_entry_has_a_size() -> None:
    """More than a million elements in one entry are refused: memory is bounded whatever the file's size."""
    content = a_file(a_statement()).replace(b"<Ntry>", b"<a/>" * 1_000_100 + b"<Ntry>")
    assert a_refusal(content).reason.startswith("absurd_size: ")


def test_a_file_of_text_has_a_size() -> None:
    """A text file of more than fifty megabytes is refused before it is read."""
    assert a_refusal(an_mt940() + b" " * 50_000_000).reason.startswith("absurd_size: ")


@pytest.mark.parametrize(
    "of",
    [
        lambda number: a_file(a_statement(*[an_entry()] * number)),
        lambda number: a_file(a_statement() * number),
        lambda number: a_file(a_statement(an_entry(f"{number}.00", *[a_detail("1.00")] * number))),
        lambda number: an_mt940(*[LINE] * number),
        lambda number: an_mt940(LINE) * number,
        lambda number: a_cfonb120(*[cfonb_movement()] * number),
        lambda number: a_cfonb120() * number,
    ],
)
def test_a_file_has_so_many_bookings(monkeypatch: pytest.MonkeyPatch, of: Callable[[int], bytes]) -> None:
    """More bookings than a file may have are refused in every format, in one statement or in several."""
    monkeypatch.setattr("connectors.bank_statement.MOST_BOOKINGS", 4)  # 200,000 of camt take a minute
    assert len(events(of(4))) == 4
    assert a_refusal(of(5)).reason.startswith("absurd_size: ")


def test_too_many_bookings_are_refused_before_they_are_read() -> None:
    """Lines are counted first, so that a file of nothing but lines costs next to nothing."""
    start = time.process_time()
    for content in (an_mt940(*[LINE] * 200_001), a_cfonb120(*[cfonb_movement()] * 200_001)):
        assert a_refusal(content).reason.startswith("absurd_size: expected at most 200,000 bookings")
    assert time.process_time() - start < 8
