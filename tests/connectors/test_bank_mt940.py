"""MT940: what its lines become."""

import datetime as dt
from decimal import Decimal

import pytest

from schemas.events.payments import FundsReceived, PaymentReturned
from tests.connectors.bank_builders import ACCOUNT, PAYER, a_refusal, an_event, an_mt940, events, outcomes, seen


def test_a_credit_is_money_received() -> None:
    """A line C is a credit, with booking and value dates, the bank's reference and its text."""
    event = an_event(an_mt940())
    assert isinstance(event, FundsReceived)
    assert event.booking.model_dump(include={"account", "amount", "currency", "booked_on", "value_on", "code"}) == {
        "account": ACCOUNT,
        "amount": Decimal(250),
        "currency": "EUR",
        "booked_on": dt.date(2026, 11, 20),
        "value_on": dt.date(2026, 11, 20),
        "code": "NTRF",
    }
    assert event.payment_reference == f"{ACCOUNT}/BANK-1"
    assert event.references.free_text == ["FACTURE 2026-17"]
    assert event.statement is not None
    assert (event.statement.format, event.statement.reconciled) == ("mt940", True)


@pytest.mark.parametrize(
    ("mark", "amount", "closing"), [("RC", -250, "D261120EUR150,00"), ("RD", 250, "C261120EUR350,00")]
)
def test_a_reversal_is_signed_as_the_account_sees_it(mark: str, amount: int, closing: str) -> None:
    """The reversal of a credit takes off, that of a debit gives back; both are returns, and sums are right."""
    event = an_event(an_mt940(f":61:2611201120{mark}250,00NTRFNONREF//R-1", closing=closing))
    assert isinstance(event, PaymentReturned)
    assert (event.booking.amount, event.booking.is_reversal) == (Decimal(amount), True)
    assert event.statement is not None
    assert event.statement.reconciled is True


def test_german_details_are_told_apart() -> None:
    """Of a structured :86:, the payer, its account and the end-to-end id are fields, and the purpose is free text."""
    details = f":86:166?00GUTSCHRIFT?20EREF+E2E-7?21SVWZ+RECHNUNG 17?30DEUTDEFF?31{PAYER}?32ATELIER TRAUM"
    event = an_event(an_mt940(":61:2611201120C250,00NTRFNONREF//BANK-1", details))
    assert (event.payment_reference, event.references.free_text) == ("E2E-7", ["RECHNUNG 17"])
    assert event.counterparty is not None
    assert (event.counterparty.name, event.counterparty.account) == ("ATELIER TRAUM", PAYER)
    assert event.counterparty.bank == "DEUTDEFF"


def test_dutch_codewords_are_told_apart() -> None:
    """Of a :86: in codewords, the end-to-end id, the payer and the reason of a return are fields."""
    details = f":86:/TRTP/SEPA/IBAN/{PAYER}/NAME/ATELIER DROOM/REMI/RF18539007547034/EREF/E2E-8/RTRN/MS03/"
    event = an_event(an_mt940(":61:2611201120D250,00NTRFNONREF//BANK-1", details, closing="D261120EUR150,00"))
    assert isinstance(event, PaymentReturned)
    assert (event.payment_reference, event.reason_code) == ("E2E-8", "MS03")
    assert event.references.creditor_reference == "RF18539007547034"


@pytest.mark.parametrize("code", ["NRTINONREF", "NTRFNONREF"])
def test_a_return_is_known_by_its_code(code: str) -> None:
    """SWIFT's type RTI, or the German code of a direct debit that came back, says that a payment returned."""
    line = f":61:2611201120D250,00{code}//BANK-1"
    event = an_event(an_mt940(line, ":86:109?00RUECKLASTSCHRIFT?20F-17", closing="D261120EUR150,00"))
    assert isinstance(event, PaymentReturned)
    assert event.reason_said == ["RUECKLASTSCHRIFT"]


@pytest.mark.parametrize(
    ("days", "value_on", "booked_on", "is_guessed"),
    [
        ("2602300220", dt.date(2026, 2, 28), dt.date(2026, 2, 20), False),
        ("260230", dt.date(2026, 2, 28), dt.date(2026, 2, 28), True),
        ("260229", dt.date(2026, 2, 28), dt.date(2026, 2, 28), True),
        ("280230", dt.date(2028, 2, 29), dt.date(2028, 2, 29), True),
        ("280229", dt.date(2028, 2, 29), dt.date(2028, 2, 29), False),
    ],
)
def test_the_thirtieth_of_february_is_its_last_day(
    days: str, value_on: dt.date, booked_on: dt.date, *, is_guessed: bool
) -> None:
    """Banks value money on 30 February: the month's last day is meant; where that is the booking's too, it is said."""
    content = an_mt940(f":61:{days}C250,00NTRFNONREF//BANK-1")
    booking = an_event(content).booking
    assert (booking.value_on, booking.booked_on) == (value_on, booked_on)
    remark = "entry 1, line 5: no day of booking: the last of February, as of its value date"
    assert seen(content)["remarks"] == [remark] * is_guessed


@pytest.mark.parametrize(
    ("days", "booked_on"),
    [
        ("2612310102", dt.date(2027, 1, 2)),
        ("2512150120", dt.date(2026, 1, 20)),
        ("2511300105", dt.date(2026, 1, 5)),
        ("2702031228", dt.date(2026, 12, 28)),
        ("2701011231", dt.date(2026, 12, 31)),
        ("2312310229", dt.date(2024, 2, 29)),
        ("2401020229", dt.date(2024, 2, 29)),
        ("2611201120", dt.date(2026, 11, 20)),
        ("2606301229", dt.date(2026, 12, 29)),
    ],
)
def test_a_day_of_booking_is_the_nearest_to_the_value_date(days: str, booked_on: dt.date) -> None:
    """The day of booking comes without a year: it is of the year that brings it nearest to the value date."""
    assert an_event(an_mt940(f":61:{days}C250,00NTRFNONREF//BANK-1")).booking.booked_on == booked_on


@pytest.mark.parametrize(
    ("currency", "told", "amount"),
    [
        ("XOF", "250,00", 250),
        ("JPY", "250,", 250),
        ("KWD", "250,125", Decimal("250.125")),
        ("IDR", "9" * 14 + ",", 10**14 - 1),
    ],
)
def test_amounts_are_as_long_as_swift_has_them(currency: str, told: str, amount: Decimal) -> None:
    """An amount has fourteen digits, and two decimals that say nothing where its currency has none."""
    content = an_mt940(
        f":61:2611201120C{told}NTRFNONREF", opening=f"C261119{currency}0,00", closing=f"C261120{currency}{told}"
    )
    assert (an_event(content).booking.amount, seen(content)["reconciled"]) == (amount, True)


def test_one_cent_is_enough() -> None:
    """A closing balance that is a cent off flags the statement."""
    line = seen(an_mt940(closing="C261120EUR350,01"))
    assert (line["reconciled"], line["difference"]) == (False, "0.01")


def test_what_follows_the_closing_balance_is_no_detail_of_a_booking() -> None:
    """The bank's information on the statement as a whole does not end up in its last line."""
    content = an_mt940() + b""
    information = content.replace(b"\r\n-\r\n", b"\r\n:86:D000001C00001\r\n-\r\n")
    assert [event.references for event in events(information)] == [event.references for event in events(content)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (an_mt940(":61:2611201120C250.00NTRFNONREF"), "bad_field: line 5, :61:"),
        (an_mt940(":61:2611201120C100,00Nxy", ":61:2611201120C250,00NTRFNONREF"), "bad_field: line 5, :61:"),
        (an_mt940(":61:2611201120C250,005NTRFNONREF"), "bad_amount: entry 1, line 5:"),
        (an_mt940(":61:2613201120C250,00NTRFNONREF"), "bad_date: line 5, :61:"),
        (an_mt940(":61:260231C250,00NTRFNONREF"), "bad_date: line 5, :61:"),
        (an_mt940(":61:2611201131C250,00NTRFNONREF"), "bad_date: line 5, :61:"),
        (an_mt940(":61:2602300229C250,00NTRFNONREF"), "bad_date: line 5, :61:"),
        (an_mt940(":61:nothing"), "bad_field: line 5, :61:"),
        (an_mt940(opening="C261119EUR100.00"), "bad_field: line 4, :60F:"),
        (an_mt940(opening="C261119XYZ100,00"), "unknown_currency: line 4, :60F:"),
        (an_mt940(closing="C261131EUR350,00"), "bad_date: line 7, :62F:"),
        (an_mt940().replace(b":25:", b":26:"), "missing_field:"),
    ],
)
def test_a_bad_line_refuses_its_statement_alone(content: bytes, reason: str) -> None:
    """An amount with a point, a day out of calendar, an unknown currency refuse that statement; the next stands."""
    refused, event = outcomes(content + an_mt940())
    assert refused.reason.startswith(f"{reason} ")
    assert refused.where.startswith("statement 1, line 1")
    assert isinstance(event, FundsReceived)


@pytest.mark.parametrize("cut", [b":62F:", b":61:"])
def test_a_truncated_file_publishes_nothing(cut: bytes) -> None:
    """A file that ends before a closing balance is damaged: also its whole statements publish nothing."""
    content = an_mt940() + an_mt940().split(cut)[0]
    assert a_refusal(content).reason.startswith("damaged_file: statement 2: ")


def test_an_interim_report_is_named() -> None:
    """MT942 has no balances, and is not taken for a damaged MT940."""
    content = an_mt940().replace(b":60F:C261119EUR100,00", b":34F:EUR0,\r\n:13D:2611201200+0100").split(b":62F:")[0]
    assert a_refusal(content).reason == "not_a_statement: statement 1: expected MT940, got MT942, which has no balances"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_banks_do_not_say_their_encoding(encoding: str) -> None:
    """UTF-8 with a BOM and Windows-1252 read alike."""
    content = an_mt940(":61:2611201120C250,00NTRFNONREF", ":86:Ateliers du Rêve").decode().encode(encoding)
    assert an_event(content).references.free_text == ["Ateliers du Rêve"]


def test_utf_16_is_refused() -> None:
    """NUL bytes are no text of a bank's: the encoding is named as the reason."""
    content = an_mt940().decode().encode("utf-16")
    assert a_refusal(content).reason.split(": ")[0] in ("bad_encoding", "unknown_format")
