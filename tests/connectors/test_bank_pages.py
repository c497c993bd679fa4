"""A statement on several pages: each booking of each page is an event of its own, and totals are the whole's."""

import pytest

from tests.connectors.bank_builders import (
    ACCOUNT,
    a_detail,
    a_file,
    a_refusal,
    a_statement,
    an_entry,
    an_event,
    an_mt940,
    events,
    seen,
    statements_of,
    xsd_errors,
)

TOTALS = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries><Sum>500.00</Sum></TtlNtries></TxsSummry>"


def a_page(number: str, last: str, version: str) -> bytes:
    """The first or the last of two pages, which carry the totals of both; their bookings look the same."""
    is_first = number.endswith("1")
    pages = f"<PgNb>{number}</PgNb><LastPgInd>{last}</LastPgInd>"
    entry = an_entry("250.00", a_detail(text="ACOMPTE", version=version), reference=None, version=version)
    statement = a_statement(entry, opening="100.00" if is_first else "350.00", version=version)
    statement = statement.replace("<Ntry>", TOTALS + "<Ntry>", 1)
    statement = statement.replace("CLBD", "ITBD") if is_first else statement.replace("OPBD", "ITBD")
    if version.endswith("08"):
        name = {"053": "StmtPgntn", "054": "NtfctnPgntn"}[version[5:8]]
        return a_file(statement.replace("<CreDtTm>", f"<{name}>{pages}</{name}><CreDtTm>", 1), version=version)
    told = f"</CreDtTm><MsgPgntn>{pages}</MsgPgntn></GrpHdr>".encode()
    return a_file(statement, version=version).replace(b"</CreDtTm></GrpHdr>", told)


@pytest.mark.parametrize("version", ["camt.053.001.02", "camt.053.001.08", "camt.054.001.02", "camt.054.001.08"])
@pytest.mark.parametrize("flags", [("false", "true"), ("0", "1")])
def test_pages_of_a_statement_are_told_apart(version: str, flags: tuple[str, str]) -> None:
    """Bookings that look the same on two pages are two payments; page 1 again is the same one, and no sum is wrong."""
    first, last = a_page("1", flags[0], version), a_page("2", flags[1], version)
    assert xsd_errors(first, version) == xsd_errors(last, version) == []
    one, two = an_event(first), an_event(last)
    assert one.header.event_id != two.header.event_id
    assert one.payment_reference != two.payment_reference
    assert [event.statement.place for event in (one, two)] == ["page 1, entry 1", "page 2, entry 1"]
    assert an_event(a_page("00001", flags[0], version)).header.event_id == one.header.event_id
    assert [seen(page)["contradictions"] for page in (first, last)] == [[], []]


@pytest.mark.parametrize("version", ["camt.053.001.02", "camt.053.001.08"])
def test_a_statement_on_its_only_page_is_as_one_without_pages(version: str) -> None:
    """A page that is the first and the last changes no id, and its totals are checked."""
    only = a_page("1", "true", version)
    assert [event.statement.place for event in events(only)] == ["entry 1"]
    assert len(seen(only)["contradictions"]) == 2


def test_pages_without_a_number_are_told_apart_by_their_balances() -> None:
    """A camt.053 from or to an interim balance is a page, though it does not say so."""
    entry = an_entry("250.00", a_detail(text="ACOMPTE"), reference=None)
    first = a_statement(entry).replace("CLBD", "ITBD")
    last = a_statement(entry, opening="350.00").replace("OPBD", "ITBD")
    assert len({event.header.event_id for event in events(a_file(first, last))}) == 2
    assert a_refusal(a_file(first.replace("100.00", "x", 1))).reason.startswith("bad_amount: ")


@pytest.mark.parametrize("number", [":28C:0\r\n", ":28C:324\r\n", ""])
def test_pages_of_mt940_without_a_number_are_told_apart(number: str) -> None:
    """Where :28C: names no page, its balances tell it from others, in one message or in two."""
    line = ":61:2611201120C250,00NTRFNONREF"
    middle = "C261120EUR350,00"
    head = f":20:X\r\n:25:{ACCOUNT}\r\n{number}"
    first = f":60F:C261119EUR100,00\r\n{line}\r\n:62M:{middle}\r\n"
    last = f":60M:{middle}\r\n{line}\r\n:62F:C261120EUR600,00\r\n"
    two = events(f"{head}{first}-\r\n{head}{last}-\r\n".encode())
    one = events(f"{head}{first}{last}-\r\n".encode())
    assert [event.header.event_id for event in one] == [event.header.event_id for event in two]
    assert len({event.header.event_id for event in two}) == len({event.payment_reference for event in two}) == 2


def test_pages_in_one_message_of_mt940_do_not_share_its_page_number() -> None:
    """The page that :28C: names is the first one's: the next is told by its balances."""
    line = ":61:2611201120C250,00NTRFNONREF"
    middle = "C261120EUR350,00"
    content = an_mt940(line, f":62M:{middle}", f":60M:{middle}", line, closing="C261120EUR600,00")
    assert [each["statement_id"] for each in statements_of(content)] == [
        "STARTUMS 00324/001 2026-11-20",
        "STARTUMS 00324 2026-11-20",
    ]
    assert len({event.header.event_id for event in events(content)}) == 2


def test_a_whole_statement_of_mt940_is_no_page() -> None:
    """From :60F: to :62F: nothing is added to where a booking stands, whatever :28C: says."""
    for content in (an_mt940(), an_mt940().replace(b"00324/001", b"0")):
        assert an_event(content).statement.place == "entry 1"
