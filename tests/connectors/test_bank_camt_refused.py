"""camt.052, 053 and 054: what is refused, and how much with it."""

from decimal import Decimal

import pytest

from tests.connectors.bank_builders import (
    a_detail,
    a_file,
    a_refusal,
    a_statement,
    an_entry,
    an_event,
    outcomes,
    seen,
    xsd_errors,
)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (an_entry("10.005"), "bad_amount"),
        (an_entry("10.000"), "bad_amount"),
        (an_entry("-10.00"), "bad_amount"),
        (an_entry("1e3"), "bad_amount"),
        (an_entry("١٠"), "bad_amount"),
        (an_entry("+-1.00"), "bad_amount"),
        (an_entry("-0.01"), "bad_amount"),
        (an_entry("+."), "bad_amount"),
        (an_entry("1 000.00"), "bad_amount"),
        (an_entry("+250.000"), "bad_amount"),
        (an_entry("250.000", currency="JPY"), "bad_amount"),
        (an_entry("250.50", currency="JPY"), "bad_amount"),
        (an_entry("9" * 19), "bad_amount"),
        (an_entry("9" * 16 + ".99"), "invalid_value"),
        (an_entry("9" * 16), "invalid_value"),
        (an_entry(currency="XYZ"), "unknown_currency"),
        (an_entry(booked="<Dt>2026-02-30</Dt>"), "bad_date"),
        (an_entry(booked="<Dt>20/11/2026</Dt>"), "bad_date"),
        (an_entry(sign="CREDIT"), "bad_sign"),
        (an_entry(status="DONE"), "unknown_status"),
        (an_entry().replace("<CdtDbtInd>CRDT</CdtDbtInd>", ""), "missing_field"),
        (an_entry(reference="x" * 300), "invalid_value"),
        (an_entry("250.00", a_detail("250.00", text="</Ustrd><Ustrd>".join(["a" * 20] * 60_000))), "too_large"),
    ],
)
def test_one_bad_entry_refuses_its_statement_alone(entry: str, reason: str) -> None:
    """A statement is taken whole or not at all; the next statement of the file stands."""
    good = an_entry(reference="GOOD")
    content = a_file(a_statement(good, entry, name="BAD"), a_statement(good, name="SOUND"))
    refused, event = outcomes(content)
    assert refused.reason.startswith(f"{reason}: ")
    assert refused.refused == "BAD"
    assert event.statement.statement_id == "SOUND"


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "2700"), ("TND", "12.345"), ("EUR", "12.3"), ("DEM", "12.34")]
)
def test_decimals_are_those_of_the_currency(currency: str, amount: str) -> None:
    """JPY has no decimals, TND three, EUR two, and a currency of the past those it had."""
    event = an_event(a_file(a_statement(an_entry(amount, currency=currency), opening=None)))
    assert event.booking.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        ("+250.00", "250"),
        (".50", "0.5"),
        ("250.", "250"),
        ("0000000000000000250.00", "250"),
        ("-0.00", "0"),
        ("123456789012345.67", "123456789012345.67"),
        ("\n 250.00\t", "250"),
    ],
)
def test_amounts_are_those_of_the_schema(told: str, amount: str) -> None:
    """What ISO 20022's schema takes for an amount is one, however its decimal is written."""
    content = a_file(a_statement(an_entry("250.00"), closing="1.00")).replace(b">250.00<", f">{told}<".encode())
    assert xsd_errors(content, "camt.053.001.08") == []
    assert Decimal(seen(content)["entries"][0]["amount"]) == Decimal(amount)
    total = f"<TxsSummry><TtlNtries><Sum>{told}</Sum></TtlNtries></TxsSummry>".encode()
    assert seen(content.replace(b"<Ntry>", total + b"<Ntry>", 1))["contradictions"] == []


BOMB = "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (a_file()[:-40], "damaged_file"),
        (a_file(head="<!DOCTYPE x>"), "doctype"),
        (a_file(a_statement(name="&b;"), head=BOMB), "doctype"),
        (
            a_file(head="<?xml version='1.0' encoding='UTF-8'?>", encoding="latin-1").replace(b"S-1", b"S\xe9"),
            "damaged_file",
        ),
        (
            a_file(
                a_statement(an_entry("250.00", a_detail("250.00"))), head="<?xml version='1.0' encoding='ISO-8859-1'?>"
            ),
            "bad_encoding",
        ),
        (a_file().replace(b"</Stmt>", b"<a>" * 200_000 + b"</Stmt>"), "damaged_file"),
        (a_file().replace(b"Ntry>", b"Other>").replace(b"Stmt>", b"Rpt>"), "no_statement"),
        (a_file().replace(b"camt.053.001.08", b"pain.001.001.03"), "not_a_statement"),
        (a_file().replace(b"iso:20022", b"iso:20023"), "unknown_format"),
        (b"\x1f\x8b\x08\x00" + bytes(40), "unknown_format"),
        (b"", "unknown_format"),
    ],
)
def test_a_file_that_cannot_be_believed_publishes_nothing(content: bytes, reason: str) -> None:
    """Damage anywhere, a DOCTYPE, another encoding or another message: one refusal and no event."""
    refused = a_refusal(content)
    assert refused.refused == "file"
    assert refused.reason.startswith(f"{reason}: ")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_that_a_file_declares_are_read(encoding: str) -> None:
    """UTF-8 with a BOM, UTF-16 and Latin-1 read alike where the file says so."""
    declared = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "latin-1": "ISO-8859-1"}[encoding]
    head = f"<?xml version='1.0' encoding='{declared}'?>"
    detail = a_detail("250.00")
    event = an_event(a_file(a_statement(an_entry("250.00", detail)), head=head, encoding=encoding))
    assert event.counterparty is not None
    assert event.counterparty.name == "Ateliers du Rêve"
