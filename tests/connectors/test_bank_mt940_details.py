"""MT940: what the details of a line keep, by which a person or a rule may know what it is for."""

import datetime as dt
from decimal import Decimal

import pytest

from schemas.events.payments import FundsReceived, PaymentReturned
from streams.commitments.matching import citations_of
from tests.connectors.bank_builders import PAYER, an_event, an_mt940

LINE = ":61:2611201120C250,00NTRFNONREF//BANK-1"
IBAN = "NL91ABNA0417164300"


def told(details: str, line: str = LINE) -> FundsReceived:
    event = an_event(an_mt940(line, *f":86:{details}".split("\n")))
    assert isinstance(event, FundsReceived)
    return event


def cites(event: FundsReceived) -> set[str]:
    return {citation.name for citation in citations_of(event)}


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ("/EREF/E1//REMI/USTD//CLM-2026-0042 FACTUUR 17/", ["CLM-2026-0042 FACTUUR 17"]),
        ("/EREF/E1//REMI/STRD/CUR/9001123412341234/", ["9001123412341234"]),
        ("/REMI/CLM 2026/0042/EREF/E1", ["CLM 2026/0042"]),
        ("/REMI/Factuur 877/2026//ISDT/2026-11-20", ["Factuur 877/2026", "/ISDT/2026-11-20"]),
        ("/REMI/A//B/C", ["A//B/C"]),
        ("/TRTP/SEPA/ULTD/DE KLANT/REMI/F-17/EREF/E1", ["F-17", "/TRTP/SEPA", "/ULTD/DE KLANT"]),
        ("/EREF/E1//REMI/ONE//REMI/TWO", ["ONE", "TWO"]),
        ("BETALING\n/EREF/E1//REMI/F-17", ["BETALING", "F-17"]),
        ("/EREF/E1//XYZT/ABC-1/REMI/F-17", ["F-17", "XYZT/ABC-1"]),
        ("VIR /DE ATELIERS /MOTIF CLM-2026-0042\n/REF VIR77", ["VIR /DE ATELIERS /MOTIF CLM-2026-0042", "/REF VIR77"]),
    ],
)  # fmt: skip
def test_codewords_leave_no_text_out(details: str, text: list[str]) -> None:
    """A text goes to the next codeword, slashes and all; what is no field of ours stays as it is."""
    assert told(details).references.free_text == text


@pytest.mark.parametrize(
    ("details", "name"),
    [
        (f"/CNTP/{IBAN}/ABNANL2A/ATELIER DROOM///REMI/USTD//F-17/", "ATELIER DROOM"),
        (f"/CNTP/{IBAN}/ABNANL2A/A/S DROOM///REMI/USTD//F-17/", "A/S DROOM"),
        (f"/IBAN/{IBAN}/BIC/ABNANL2A/NAME/A/S DROOM/REMI/F-17", "A/S DROOM"),
        (f"/ORDP//NAME/A/S DROOM//IBAN/{IBAN}/BIC/ABNANL2A//ULTD//NAME/ANDER/REMI/F-17", "A/S DROOM"),
        (f"/IBAN/{IBAN}/BIC/ABNANL2A\n/NAME/A/S\nDROOM/REMI/F-17", "A/S DROOM"),
    ],
)
def test_the_other_side_is_read_from_codewords(details: str, name: str) -> None:
    """ING's /CNTP/ and others' /NAME/, /IBAN/ and /BIC/ say who paid; the first of two names does."""
    party = told(details).counterparty
    assert party is not None
    assert (party.name, party.account, party.bank) == (name, IBAN, "ABNANL2A")


@pytest.mark.parametrize(
    "details",
    [
        "/REMI/STRD/CUR/RF18539007547034/",
        "/REMI//CDTRREFTP//CD/SCOR/ISSR/CUR/CDTRREF/RF18539007547034//ISDT/2026-11-20",
        "/REMI/FACTUUR 17/CDTRREF/RF18 5390 0754 7034",
        "166?00GUTSCHRIFT?20SVWZ+RF18539007547034?32ATELIER",
    ],
)
def test_a_creditor_reference_is_read_from_details(details: str) -> None:
    """A structured reference is carried as one, under /REMI/ or its own codeword, whatever stands beside it."""
    assert told(details).references.creditor_reference == "RF18539007547034"


@pytest.mark.parametrize("details", ["/EREF/2026/17", "/EREF/2026/17//REMI/X", "/EREF/20\n26/17/REMI/X"])
def test_a_reference_may_have_slashes(details: str) -> None:
    """An end-to-end id goes to the next codeword, over the end of a line too."""
    assert told(details).references.end_to_end_id == "2026/17"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ((f"/REMI/{'x' * 44} CLM-2026-00", "42 VOM 3. MAERZ"), f"{'x' * 44} CLM-2026-0042 VOM 3. MAERZ"),
        ((f"/EREF/E1//TRTP/{'x' * 43}/RE", "MI/F-2026-118"), "F-2026-118"),
        (("/EREF/E1/RE", "MI/F-2026-118"), "F-2026-118"),
        ((f"/REMI/{'x' * 55}", *["y" * 65] * 16, "z"), f"{'x' * 55}{'y' * 945}"),
    ],
)
def test_a_full_line_goes_on_in_the_next(lines: tuple[str, ...], text: str) -> None:
    """The tag and 61 characters fill a line, which is cut within words and codewords alike."""
    assert told("\n".join(lines)).references.free_text[0] == text


def test_a_full_line_of_plain_text_goes_on_too() -> None:
    """A name that the end of a full line cuts is cited; where the line was none of these, its words stand alone."""
    lines = [f"{'x' * 49} CLM-2026-00", "42 VOM 3. MAERZ", "MERCI"]
    event = told("\n".join(lines))
    assert event.references.free_text == [*lines, f"{'x' * 49} CLM-2026-0042 VOM 3. MAERZ"]
    assert "CLM20260042" in cites(event)


@pytest.mark.parametrize(
    ("purpose", "text"),
    [
        ("?20SVWZ+FALL?21CLM-2026-0042?22VOM 3.", ["FALL", "CLM-2026-0042", "VOM 3.", "FALLCLM-2026-0042VOM 3."]),
        ("?20SVWZ+UND CLM-2026-?210042", ["UND CLM-2026-", "0042", "UND CLM-2026-0042"]),
        ("?20RECHNUNG?21 CLM-2026-0042", ["RECHNUNG", "CLM-2026-0042", "RECHNUNG CLM-2026-0042"]),
        ("?20SVWZ+ZAHLUNG ZU CLM-2026-00?2142 VOM 3.", ["ZAHLUNG ZU CLM-2026-0042 VOM 3."]),
        ("?29SVWZ+VOM 3. MAERZ ZUM FALLE?60 CLM-2026-0042", ["VOM 3. MAERZ ZUM FALLE CLM-2026-0042"]),
        ("?20SVWZ+F-17?60F-18?63F-19", ["F-17", "F-18", "F-19", "F-17F-18F-19"]),
        ("?20EREF+E1?21CLM-2026-0042", ["CLM-2026-0042"]),
        ("?20EREF+E1 SVWZ+CLM-2026-0042", ["CLM-2026-0042"]),
        ("?20SVWZ+CLM-2026-0042?21ABWA+DER KUNDE?22PURP+RINP", ["CLM-2026-0042", "ABWA+DER KUNDE", "PURP+RINP"]),
        ("?20SVWZ+CLM-2026-0042?30DEUTDEFF?38PL081060007600007777", ["CLM-2026-0042", "?38PL081060007600007777"]),
        ("?20SVWZ+WARUM? CLM-2026-0042", ["WARUM? CLM-2026-0042"]),
        ("?20SVWZ+A + B?20CLM-2026-0042", ["A + B", "CLM-2026-0042", "A + BCLM-2026-0042"]),
    ],
)  # fmt: skip
def test_german_purposes_are_kept(purpose: str, text: list[str]) -> None:
    """The purpose goes on from ?29 in ?60; a full subfield goes on in the next, a shorter one may do either."""
    assert told(f"166?00GUTSCHRIFT{purpose}?32ATELIER?33 TRAUM").references.free_text == text


def test_a_claim_is_cited_however_lines_are_cut() -> None:
    """What stands whole on its line is looked for, and what the end of a line cuts, in German and in Dutch details."""
    for details in (
        "166?00GUTSCHRIFT?20SVWZ+ZAHLUNG ZU SCHADEN?21CLM-2026-0042?22VOM 3. MAERZ",
        "166?00GUTSCHRIFT?20SVWZ+RECHNUNG VOM 3. MAERZ?60 CLM-2026-0042",
        "166?00GUTSCHRIFT?20SVWZ+RECHNUNG 17?60 UND CLM-2026-?610042",
        "/EREF/E1//REMI/USTD//ZAHLUNG\nCLM-2026-0042\nVOM 3. MAERZ/",
        "/EREF/E1//REMI/USTD//ZAHLUNG CLM-2026-\n0042/",
        "/REMI/CLM 2026/0042/EREF/E1",
    ):
        assert "CLM20260042" in cites(told(details))


def test_german_words_are_fields() -> None:
    """References and names over two subfields are one, and ?31 goes before IBAN+."""
    purpose = f"?20EREF+{'E' * 22}?2142?22MREF+M-1?23KREF+K-1?24IBAN+DE02120300000000202051?25SVWZ+X"
    event = told(f"166?00GUTSCHRIFT{purpose}?30DEUTDEFF?31{PAYER}?32ATELIER?33 TRAUM")
    references = event.references
    assert (references.end_to_end_id, references.mandate_id) == ("E" * 22 + "42", "M-1")
    assert references.instruction_id == "K-1"
    assert event.counterparty is not None
    assert (event.counterparty.name, event.counterparty.account) == ("ATELIER TRAUM", PAYER)
    bare = told("166?00GUTSCHRIFT?20IBAN+DE02120300000000202051?21BIC+DEUTDEFF?22SVWZ+X").counterparty
    assert bare is not None
    assert (bare.account, bare.bank) == ("DE02120300000000202051", "DEUTDEFF")


@pytest.mark.parametrize(
    ("line", "instruction", "bank", "text"),
    [
        ("NTRFNONREF//B1", "K-1", "B1", ["X"]),
        ("NTRFKREF+//B1", "K-1", "B1", ["X"]),
        ("NTRFEREF//B1\n/TRCD/00100/", "K-1", "B1", ["X", "/TRCD/00100/"]),
        ("NTRFOWN-1//B1", "OWN-1", "B1", ["X", "K-1"]),
        ("NTRFBIPI-dvT1FzfMqvzF5HaU4oetlH7SGRkonU//2022070616391534000", "BIPI-dvT1FzfMqvzF5HaU4oetlH7SGRkonU",
         "2022070616391534000", ["X", "K-1"]),
        ("NTRF0123456789012345P.POPULAIR", "0123456789012345", None, ["X", "K-1", "P.POPULAIR"]),
        ("NTRFOWN-1//B1\n/OCMT/USD300,00/\nCARD 17", "OWN-1", "B1", ["X", "K-1", "/OCMT/USD300,00/", "CARD 17"]),
    ],
)  # fmt: skip
def test_references_of_a_line(line: str, instruction: str, bank: str | None, text: list[str]) -> None:
    """The bank's reference stands behind //, however long the customer's is; what only points to :86: is none."""
    event = told("166?00X?20KREF+K-1?21SVWZ+X", f":61:2611201120C250,00{line}".replace("\n", "\r\n"))
    assert event.references.instruction_id == instruction
    assert event.booking.bank_reference == bank
    assert event.references.free_text == text


def test_two_details_of_a_line_are_both_kept() -> None:
    """A second :86: of a booking adds to the first, whatever the form of either."""
    first = "166?00GUTSCHRIFT?20EREF+E1?21SVWZ+CLM-2026-0042"
    event = an_event(an_mt940(LINE, f":86:{first}", ":86:/EREF/E2//REMI/F-17", ":86:PLAIN"))
    assert event.references.end_to_end_id == "E1"
    assert event.references.free_text == ["CLM-2026-0042", "F-17", "PLAIN", "/EREF/E2"]
    assert event.booking.booked_on == dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("words", "amount", "reason"),
    [
        ("?23OAMT+250,00?24COAM+3,00?25SVWZ+AC06 KONTO GESPERRT?34914", "250.00", "AC06"),
        ("?23OAMT+EUR 250,00?24COAM+EUR 3,00?34914", "250.00", "914"),
        ("?23OAMT+250.00 EUR?25SVWZ+AM 04 RECHNUNG 17", "250.00", None),
        ("?25SVWZ+MAHNUNG?34000", None, None),
        ("?23OAMT+UNBEKANNT?25SVWZ+RR04", None, "RR04"),
    ],
)
def test_a_german_return_says_what_had_come_and_why(words: str, amount: str | None, reason: str | None) -> None:
    """OAMT is the amount before charges; the reason is ISO's where the purpose starts with one, else the bank's own."""
    details = f":86:109?00RUECKLASTSCHRIFT?10931?20EREF+E2E-7?21MREF+M1{words}"
    event = an_event(an_mt940(":61:2611201120D253,00NRTINONREF//B1", details, closing="D261120EUR153,00"))
    assert isinstance(event, PaymentReturned)
    assert event.original_amount == (Decimal(amount) if amount else None)
    assert event.original_currency == ("EUR" if amount else None)
    assert (event.reason_code, event.reason_said) == (reason, ["RUECKLASTSCHRIFT"])
    assert event.payment_reference == "E2E-7"


def test_a_return_says_what_had_come_as_swift_writes_it() -> None:
    """Beside the line, /OCMT/ is the original amount, in its currency."""
    line = ":61:2611201120D253,00NRTIEREF//B1\r\n/OCMT/USD250,00//CHGS/EUR3,00/"
    event = an_event(an_mt940(line, ":86:/RTRN/MS03//EREF/E2E-7/", closing="D261120EUR153,00"))
    assert isinstance(event, PaymentReturned)
    assert (event.original_amount, event.original_currency, event.reason_code) == (Decimal(250), "USD", "MS03")


def test_a_reason_or_an_original_amount_make_no_return() -> None:
    """A credit whose purpose starts like a reason, or that names another amount, is money received all the same."""
    event = told("166?00GUTSCHRIFT?20OAMT+250,00?21SVWZ+AC06 F-17?34914")
    assert event.references.free_text == ["AC06 F-17", "OAMT+250,00"]
