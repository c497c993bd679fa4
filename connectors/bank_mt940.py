"""MT940: SWIFT's customer statement message, as banks write it."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from mt940.models import Transactions
from mt940.options import Options
from pydantic import ValidationError

from connectors.bank_mt940_fields import BALANCES, Field, balance_of, booking_day, checked, is_guessed, pages, value_day
from connectors.bank_statement import Entry, Returned, Statement, check_number, on_page, page_between, unfit
from connectors.bank_text import characters
from connectors.bank_values import is_wrong_iban, read_amount, read_bic, read_creditor_reference
from connectors.refusal import Refusal, excerpt, refusal
from schemas.errors import RefusedError
from schemas.events.bookings import Counterparty, References
from schemas.events.payments import NOT_PROVIDED

logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)  # it logs what we refuse

_RETURN_TYPE = "RTI"
_RETURN_CODES = frozenset({"108", "109", "159", "181", "184"})
"""German transaction codes of SEPA direct debits and transfers that came back."""
_CODEWORDS = re.compile(r"/(EREF|REMI|NAME|IBAN|BIC|MARF|RTRN)/([^/]*)")
_LIBRARY_ERRORS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


def statements(file: BinaryIO) -> Iterator[Statement | Refusal]:
    """Each statement of the file, or why it cannot be taken; RefusedError where the file is not whole."""
    text = characters(file).replace("\r\n", "\n").replace("\r", "\n")
    check_number(text.count("\n:61:"))
    for number, page in enumerate(pages(text), start=1):
        yield _statement(page, number)


def _statement(page: list[Field], number: int) -> Statement | Refusal:
    try:
        return _read(checked(page))
    except ValidationError as error:
        why = unfit(error)
    except RefusedError as error:
        why = error
    except _LIBRARY_ERRORS as error:
        why = RefusedError("bad_field", f"expected fields as SWIFT defines them: {excerpt(error)}")
    label = page[0].value[:16].split("\n", maxsplit=1)[0] or "statement"
    return refusal(label, f"statement {number}, line {page[0].line}", why)


def _read(fields: list[Field]) -> Statement:
    balances = tuple(balance_of(field) for field in fields if field.tag in BALANCES)
    read = Transactions(options=Options.all())
    read.parse("".join(f":{field.tag}:{_undated(field)}" for field in fields))
    lines = [field for field in fields if field.tag == "61"]
    opening, closing = balances[0], balances[-1]
    told = read.data
    number = "/".join(filter(None, (told.get("statement_number"), told.get("sequence_number"))))
    page = "" if told.get("sequence_number") else page_between(opening, closing)
    account = _account(told["account_identification"], opening.currency)
    return Statement(
        # banks repeat the reference, and some the number
        statement_id=f"{told['transaction_reference']} {number} {closing.on}",
        format="mt940",
        checked="structure",
        account=account,
        currency=opening.currency,
        from_on=opening.on,
        to_on=closing.on,
        balances=balances,
        opening=opening,
        closing=closing,
        entries=on_page(
            page,
            (
                _entry(found.data, line, opening.currency, f"entry {ordinal}")
                for ordinal, (found, line) in enumerate(zip(read, lines, strict=True), start=1)
            ),
        ),
        remarks=(*_wrong_account(account), *_guessed_days(lines)),
    )


def _undated(field: Field) -> str:
    """The field without a day of booking, as the library puts it into the year of the value date or refuses it."""
    has_day = field.tag == "61" and field.value[6:10].isdecimal()
    return field.value[:6] + field.value[10:] if has_day else field.value


def _guessed_days(lines: list[Field]) -> Iterator[str]:
    for ordinal, field in enumerate(lines, start=1):
        if is_guessed(field.value):
            yield f"entry {ordinal}, line {field.line}: no day of booking: the last of February, as of its value date"


def _wrong_account(account: str) -> Iterator[str]:
    if is_wrong_iban(account):
        yield f"the account {account} has an IBAN's form and fails its check"


def _account(told: str, currency: str) -> str:
    """The account without spaces, and without the currency that some banks put after an IBAN."""
    account = told.replace(" ", "")
    iban = account.removesuffix(currency)
    return iban if is_wrong_iban(account) and not is_wrong_iban(iban) else account


def _entry(line: dict[str, Any], field: Field, currency: str, place: str) -> Entry:
    amount = line["amount"].amount
    try:
        read_amount(f"{abs(amount):f}", currency)
    except RefusedError as error:
        raise RefusedError(error.reason, f"{place}, line {field.line}: {error.detail}") from error
    details = line.get("transaction_details") or ""
    words = dict(_CODEWORDS.findall(details.replace("\n", "")))
    kind = str(line.get("id") or "")
    entry = Entry(
        place=place,
        amount=amount,
        currency=currency,
        booked_on=booking_day(field.value) or value_day(field.value),
        value_on=value_day(field.value),
        bank_reference=_told(line.get("bank_reference")),
        is_reversal=str(line["status"]).startswith("R"),
        code="/".join(filter(None, (kind, line.get("transaction_code")))) or None,
        references=_references(line, words, details),
        counterparty=_counterparty(line, words),
    )
    if kind[1:] == _RETURN_TYPE or line.get("transaction_code") in _RETURN_CODES or "RTRN" in words:
        return replace(entry, returned=_returned(line, words))
    return entry


def _told(value: str | None) -> str | None:
    """The reference, None for what only says that there is none."""
    told = (value or "").strip()
    return None if told.upper() in NOT_PROVIDED else told


def _references(line: dict[str, Any], words: dict[str, str], details: str) -> References:
    purpose = line.get("purpose") or words.get("REMI")
    text = purpose or details
    lines = [told.strip() for told in text.split("\n") if told.strip()]
    extra = (line.get("extra_details") or "").strip()
    return References(
        end_to_end_id=_told(line.get("end_to_end_reference") or words.get("EREF")),
        creditor_reference=read_creditor_reference(text),
        instruction_id=_told(line.get("customer_reference")),
        mandate_id=_told(line.get("additional_position_reference") or words.get("MARF")),
        free_text=[*lines, extra] if extra else lines,
    )


def _counterparty(line: dict[str, Any], words: dict[str, str]) -> Counterparty | None:
    account = (line.get("applicant_iban") or words.get("IBAN") or "").replace(" ", "")
    bank = (line.get("applicant_bin") or words.get("BIC") or "").strip()
    told = {
        "name": (line.get("applicant_name") or words.get("NAME") or "").strip(),
        "account": "" if is_wrong_iban(account) else account,
        "bank": read_bic(bank) or bank,
    }
    given = {name: value for name, value in told.items() if value}
    return Counterparty(**given) if given else None


def _returned(line: dict[str, Any], words: dict[str, str]) -> Returned:
    said = (line.get("posting_text") or "").strip()
    return Returned(reason_code=_told(words.get("RTRN")), reason_said=(said,) if said else ())
