"""camt.052, 053 and 054: what their entries become."""

from decimal import Decimal

import pytest

from schemas.events.payments import FundsReceived, PaymentReturned
from tests.connectors.bank_builders import (
    ACCOUNT,
    PAYER,
    a_detail,
    a_file,
    a_statement,
    an_entry,
    an_event,
    events,
    seen,
    xsd_errors,
)

VERSIONS = ["camt.053.001.02", "camt.053.001.08", "camt.054.001.02", "camt.054.001.08"]
OTHERS = ["camt.052.001.02", "camt.052.001.08", "camt.053.001.04", "camt.054.001.13"]


def a_plain_file(version: str) -> bytes:
    detail = a_detail("250.00", end_to_end="E2E-1", text="FACTURE 2026-17", version=version)
    return a_file(a_statement(an_entry("250.00", detail, version=version), version=version), version=version)


@pytest.mark.parametrize("version", VERSIONS + OTHERS)
def test_every_version_reads_alike(version: str) -> None:
    """A credit is money received, with its dates, references and payer, in whatever version it is told."""
    event = an_event(a_plain_file(version))
    assert isinstance(event, FundsReceived)
    assert (event.booking.account, event.booking.amount, event.booking.currency) == (ACCOUNT, Decimal(250), "EUR")
    assert event.payment_reference == "E2E-1"
    assert event.references.free_text == ["FACTURE 2026-17"]
    assert event.counterparty is not None
    assert (event.counterparty.name, event.counterparty.account) == ("Ateliers du Rêve", PAYER)
    assert event.statement is not None
    assert event.statement.format == version


@pytest.mark.parametrize("version", VERSIONS)
def test_what_we_test_with_is_valid(version: str) -> None:
    """The statements of these tests are valid by their schema, and the result says that the version was tested so."""
    content = a_plain_file(version)
    assert xsd_errors(content, version) == []
    assert seen(content)["checked"] == "xsd"


@pytest.mark.parametrize("version", OTHERS)
def test_a_version_without_a_schema_says_so(version: str) -> None:
    """A version that is read by its structure alone says so."""
    assert seen(a_plain_file(version))["checked"] == "structure"


def test_the_sign_is_that_of_the_indicator_alone() -> None:
    """A reversed credit is a debit already: flipping it again would break the sums."""
    content = a_file(a_statement(an_entry("40.00", sign="DBIT", reversal=True), opening="100.00", closing="60.00"))
    event = an_event(content)
    assert isinstance(event, PaymentReturned)
    assert event.booking.amount == Decimal(-40)
    assert event.booking.is_reversal
    assert event.statement is not None
    assert event.statement.reconciled is True


def test_what_is_paid_out_or_only_announced_is_no_event() -> None:
    """A debit that returns nothing, a pending credit and an amount of nothing are shown, and become no event."""
    content = a_file(
        a_statement(an_entry(sign="DBIT"), an_entry(status="PDNG"), an_entry("0.00"), closing="-150.00"),
    )
    assert events(content) == []
    line = seen(content)
    assert [(entry["amount"], entry["is_booked"], entry["event"]) for entry in line["entries"]] == [
        ("-250.00", True, None),
        ("250.00", False, None),
        ("0.00", True, None),
    ]
    assert line["reconciled"] is True


@pytest.mark.parametrize("version", VERSIONS)
def test_a_batch_is_its_transactions(version: str) -> None:
    """A batch that was booked as one is split, with the amount and the references of each."""
    details = [
        a_detail("100.00", end_to_end="A", version=version),
        a_detail("150.00", end_to_end="B", version=version),
    ]
    content = a_file(a_statement(an_entry("250.00", *details, version=version), version=version), version=version)
    assert xsd_errors(content, version) == []
    assert [(event.payment_reference, event.booking.amount, event.booking.batch_size) for event in events(content)] == [
        ("A", Decimal(100), 2),
        ("B", Decimal(150), 2),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_return_inside_a_batch_of_credits_takes_off(version: str) -> None:
    """A return among credits is debited, by its own sign, or, where the version has none, because the sum says so."""
    back = a_detail("50.00", sign="DBIT", end_to_end="B", returned="AC04", version=version)
    batch = an_entry("200.00", a_detail("250.00", end_to_end="A", version=version), back, version=version)
    content = a_file(a_statement(batch, version=version), version=version)
    assert xsd_errors(content, version) == []
    received, returned = events(content)
    assert isinstance(received, FundsReceived)
    assert isinstance(returned, PaymentReturned)
    assert (received.booking.amount, returned.booking.amount) == (Decimal(250), Decimal(-50))
    assert (returned.reason_code, returned.reason_said) == ("AC04", ["Compte clos"])
    assert returned.payment_reference == "B"


def test_a_batch_that_does_not_add_up_stays_whole_and_is_flagged() -> None:
    """Where transactions do not make what was booked, the bank's amount stands, and the statement is to be reviewed."""
    content = a_file(a_statement(an_entry("250.00", a_detail("100.00"), a_detail("100.00"))))
    event = an_event(content)
    assert event.booking.amount == Decimal(250)
    assert event.statement is not None
    assert event.statement.reconciled is False
    assert seen(content)["contradictions"] == ["entry 1: its 2 transactions make 200.00, it is booked as 250.00"]


def test_a_batch_without_amounts_keeps_what_all_share() -> None:
    """Without amounts nothing is split: what every transaction says stands, and each one's lines; a remark says so."""
    version = "camt.054.001.02"
    details = [a_detail(end_to_end="SAME", text=text, version=version) for text in ("F-1", "F-2")]
    content = a_file(a_statement(an_entry("250.00", *details, version=version), version=version), version=version)
    event = an_event(content)
    assert (event.booking.batch_size, event.booking.transactions, event.payment_reference) == (2, 2, "SAME")
    assert event.references.free_text == ["F-1", "F-2"]
    assert seen(content)["remarks"] == [
        "entry 1: its 2 transactions do not tell what was booked of each: it stays whole"
    ]


def test_a_batch_told_by_what_was_instructed_is_split_where_that_was_booked() -> None:
    """Amounts instructed are those booked where they make the sum; else banks kept something, and nothing is wrong."""
    version = "camt.053.001.02"

    def a_batch(booked: str, currency: str) -> bytes:
        details = [a_detail(instructed=(told, currency), end_to_end=told, version=version) for told in ("60", "40")]
        return a_file(a_statement(an_entry(booked, *details, version=version), version=version), version=version)

    split = events(a_batch("100.00", "EUR"))
    assert [(event.payment_reference, event.booking.amount) for event in split] == [("60", 60), ("40", 40)]
    assert {event.booking.instructed_amount for event in split} == {None}
    for whole in (a_batch("99.00", "EUR"), a_batch("100.00", "CHF")):
        assert [event.booking.batch_size for event in events(whole)] == [2]
        assert (seen(whole)["reconciled"], len(seen(whole)["remarks"])) == (True, 1)


def test_a_batch_told_by_its_counter_values_is_split() -> None:
    """Dollars were ordered, euros booked: what they were worth in the account's currency is each one's amount."""
    version = "camt.053.001.02"
    worth = "</InstdAmt><CntrValAmt><Amt Ccy='EUR'>{}</Amt></CntrValAmt>"
    told = [("66", "60.00"), ("44", "40.00")]
    details = [
        a_detail(instructed=(dollars, "USD"), version=version).replace("</InstdAmt>", worth.format(euros))
        for dollars, euros in told
    ]
    content = a_file(a_statement(an_entry("100.00", *details, version=version), version=version), version=version)
    assert xsd_errors(content, version) == []
    assert [f"{event.booking.amount}" for event in events(content)] == ["60.00", "40.00"]


def test_a_batch_told_by_one_of_its_transactions_is_not_that_one() -> None:
    """One transaction told of three does not lend its reference to the amount of all."""
    event = an_event(a_file(a_statement(an_entry("250.00", a_detail("100.00", end_to_end="A"), batch=3))))
    assert (event.booking.batch_size, event.counterparty) == (3, None)


def test_a_return_is_known_by_its_code_too() -> None:
    """Without return information, ISO's code for an unpaid direct debit says that it came back."""
    detail = a_detail("80.00", sign="DBIT", end_to_end="OURS", instructed=("75.00", "EUR"))
    event = an_event(a_file(a_statement(an_entry("80.00", detail, sign="DBIT", family="RDDT/UPDD"))))
    assert isinstance(event, PaymentReturned)
    assert (event.reason_code, event.payment_reference) == (None, "OURS")
    assert event.counterparty is not None
    assert event.counterparty.name == "Ateliers du Rêve"


@pytest.mark.parametrize(
    ("told", "carried", "lines"),
    [
        ("RF18 5390 0754 7034", "RF18539007547034", []),
        ("RF19539007547034", None, ["RF19539007547034"]),
        ("+++010/8068/17183+++", "010806817183", []),
        ("210000000003139471430009017", "210000000003139471430009017", []),
        ("4654654654654654", None, ["4654654654654654"]),
    ],
)
def test_a_creditor_reference_is_checked(told: str, carried: str | None, lines: list[str]) -> None:
    """A structured reference is carried as one where its check digits are right; else it is a line like any other."""
    event = an_event(a_file(a_statement(an_entry("250.00", a_detail("250.00", creditor=told)))))
    assert event.references.creditor_reference == carried
    assert event.references.free_text == lines


def test_documents_that_a_payer_names_are_carried() -> None:
    """The number of each invoice that a structured remittance pays is a line, by which the payment may be matched."""
    paid = "".join(f"<Strd><RfrdDocInf><Nb>CLM-{n}</Nb></RfrdDocInf></Strd>" for n in (42, 43))
    content = a_file(a_statement(an_entry("250.00", a_detail("250.00").replace("<RmtInf>", f"<RmtInf>{paid}"))))
    assert xsd_errors(content, "camt.053.001.08") == []
    assert an_event(content).references.free_text == ["CLM-42", "CLM-43"]


@pytest.mark.parametrize("version", VERSIONS)
def test_whose_debt_is_paid_is_carried(version: str) -> None:
    """A factor pays, or a parent company: the buyer stands behind the texts, as MT940 says it."""
    name = "<Pty><Nm>Buyer SARL</Nm></Pty>" if version.endswith("08") else "<Nm>Buyer SARL</Nm>"
    detail = a_detail("250.00", text="FACTURE 17", version=version)
    detail = detail.replace("</DbtrAcct>", f"</DbtrAcct><UltmtDbtr>{name}</UltmtDbtr>")
    content = a_file(a_statement(an_entry("250.00", detail, version=version), version=version), version=version)
    assert xsd_errors(content, version) == []
    assert an_event(content).references.free_text == ["FACTURE 17", "/ULTD/Buyer SARL"]


def test_notprovided_is_no_reference() -> None:
    """An end-to-end id that only says that there is none leaves the account and the bank's own reference as the key."""
    event = an_event(a_file(a_statement(an_entry("250.00", a_detail("250.00", end_to_end="NOTPROVIDED")))))
    assert event.references.end_to_end_id is None
    assert event.payment_reference == f"{ACCOUNT}/BANK-1"


def test_a_wrong_iban_of_the_payer_is_left_out() -> None:
    """An IBAN that fails its check digits is no account to pay back to."""
    event = an_event(a_file(a_statement(an_entry("250.00", a_detail("250.00", payer="DE88370400440532013000")))))
    assert event.counterparty is not None
    assert event.counterparty.account is None


def test_a_wrong_iban_of_the_account_is_said() -> None:
    """The bank's own name of the account stands as sent; that its check digits are wrong is a remark."""
    line = seen(a_file(a_statement(account="<IBAN>FR7630006000011234567890188</IBAN>")))
    assert line["account"] == "FR7630006000011234567890188"
    assert "fails its check" in line["remarks"][0]


@pytest.mark.parametrize(("closing", "reconciled", "difference"), [("350.00", True, "0.00"), ("350.01", False, "0.01")])
def test_balances_are_reconciled_to_the_cent(closing: str, *, reconciled: bool, difference: str) -> None:
    """One cent is enough to flag a statement, on every event of it."""
    content = a_file(a_statement(closing=closing))
    event = an_event(content)
    assert event.statement is not None
    assert (event.statement.reconciled, event.statement.difference) == (reconciled, Decimal(difference))


def test_who_is_given_back_is_who_had_paid() -> None:
    """The other side of a reversed credit is who had paid it."""
    reversed_ = an_entry("40.00", a_detail("40.00", sign="DBIT"), sign="DBIT", reversal=True)
    event = an_event(a_file(a_statement(reversed_)))
    assert event.counterparty is not None
    assert event.counterparty.name == "Ateliers du Rêve"
