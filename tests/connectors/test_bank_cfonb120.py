"""CFONB120: what its records become."""

import datetime as dt
from decimal import Decimal

import pytest

from schemas.events.payments import FundsReceived, PaymentReturned
from tests.connectors.bank_builders import (
    a_cfonb120,
    a_refusal,
    an_event,
    cfonb_balance,
    cfonb_complement,
    cfonb_movement,
    events,
    outcomes,
    overpunched,
    seen,
)


@pytest.mark.parametrize(
    ("cents", "written"),
    [(19_040, "0000000001904{"), (-19_040, "0000000001904}"), (1, "0000000000000A"), (-3_221, "0000000000322J")],
)
def test_the_last_digit_carries_the_sign(cents: int, written: str) -> None:
    """Amounts overpunch their last digit: {A-I are 0 to 9 credited, }J-R are 0 to 9 debited."""
    assert overpunched(cents) == written
    line = seen(a_cfonb120(cfonb_movement(cents), opening=0, closing=cents))
    assert (Decimal(line["entries"][0]["amount"]) * 100, line["reconciled"]) == (cents, True)


def test_a_credit_is_money_received() -> None:
    """A credit is money received, with what records 05 say of its payer and its references."""
    content = a_cfonb120(
        cfonb_movement(),
        cfonb_complement("NPY", "ATELIERS DU REVE"),
        cfonb_complement("RCN", "E2E-9".ljust(35) + "GOODS"),
        cfonb_complement("LCC", "FACTURE 2026-17"),
        cfonb_complement("LCS", "RF18539007547034"),
        cfonb_complement("MMO", "USD200000000027000"),
    )
    event = an_event(content)
    assert isinstance(event, FundsReceived)
    assert (event.booking.account, event.booking.amount) == ("300060000112345678901", Decimal(250))
    assert (event.payment_reference, event.references.creditor_reference) == ("E2E-9", "RF18539007547034")
    assert "FACTURE 2026-17" in event.references.free_text
    assert event.counterparty is not None
    assert event.counterparty.name == "ATELIERS DU REVE"
    assert (event.booking.instructed_amount, event.booking.instructed_currency) == (Decimal(270), "USD")
    assert event.booking.booked_on == dt.date(2026, 11, 20)


def test_a_rejection_code_is_a_return() -> None:
    """A movement with a reason of rejection takes a payment back, and says the bank's code and words for it."""
    event = an_event(a_cfonb120(cfonb_movement(-25_000, rejected="50", label="PRLV IMPAYE"), closing=-15_000))
    assert isinstance(event, PaymentReturned)
    assert (event.reason_code, event.reason_said) == ("50", ["PRLV IMPAYE"])
    assert event.booking.amount == Decimal(-250)


def test_what_is_paid_out_is_no_event() -> None:
    """A debit that returns nothing is shown and becomes no event."""
    content = a_cfonb120(cfonb_movement(-25_000), closing=-15_000)
    assert events(content) == []
    assert [entry["event"] for entry in seen(content)["entries"]] == [None]


def test_one_cent_is_enough() -> None:
    """A closing balance that is a cent off flags the statement and each of its events."""
    event = an_event(a_cfonb120(closing=35_001))
    assert event.statement is not None
    assert (event.statement.reconciled, event.statement.difference) == (False, Decimal("0.01"))


@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\r\n"])
def test_records_may_end_in_anything(end: bytes) -> None:
    """A file in which records of 120 characters are not parted reads like one of lines, however these end."""
    content = a_cfonb120()
    told = [e.header.event_id for e in events(content)]
    assert [e.header.event_id for e in events(content.replace(b"\r\n", end))] == told
    assert [e.header.event_id for e in events(content.replace(b"\r\n", end) + b"\x1a")] == told


@pytest.mark.parametrize(
    ("movement", "reason"),
    [
        (cfonb_movement(day="310226"), "bad_date"),
        (cfonb_movement(decimals="3"), "bad_amount"),
        (cfonb_movement().replace("{", "X"), "bad_amount"),
        (cfonb_movement().replace("12345678901", "99999999999"), "contradictory_account"),
        (cfonb_movement().replace("EUR", "XYZ"), "unknown_currency"),
        (cfonb_movement()[:95], "bad_amount"),
    ],
)
def test_a_bad_record_refuses_its_statement_alone(movement: str, reason: str) -> None:
    """A statement with a record that cannot be read is refused whole; the next statement of the file stands."""
    refused, event = outcomes(a_cfonb120(movement) + a_cfonb120())
    assert refused.reason.startswith(f"{reason}: ")
    assert isinstance(event, FundsReceived)


def test_three_decimals_in_euros_are_refused() -> None:
    """An account in euros that counts in thousandths is refused: nobody pays a tenth of a cent."""
    content = a_cfonb120().replace(b"EUR2", b"EUR3").replace(b"0000003500{", b"0000003500A")
    assert a_refusal(content).reason.startswith("bad_amount: ")


@pytest.mark.parametrize(
    "content",
    [
        a_cfonb120()[:-122],
        a_cfonb120() + cfonb_balance("01", 0).encode(),
        a_cfonb120() + cfonb_movement().encode(),
        a_cfonb120().replace(b"\r\n04", b"\r\n09"),
        a_cfonb120().replace(b"\r\n07", b"X\r\n07"),
    ],
)
def test_a_damaged_file_publishes_nothing(content: bytes) -> None:
    """No closing balance, a record of no statement, of no kind or too long: one refusal and no event."""
    refused = a_refusal(content)
    assert (refused.refused, refused.reason.split(": ")[0]) == ("file", "damaged_file")
