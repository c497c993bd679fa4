"""MT940: SWIFT's customer statement message, as banks write it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import BinaryIO

from pydantic import ValidationError

from connectors.bank_mt940_details import Details, details_of
from connectors.bank_mt940_fields import (
    BALANCES,
    Field,
    Line,
    balance_of,
    booking_day,
    checked,
    is_guessed,
    line_of,
    pages,
    value_day,
)
from connectors.bank_statement import Entry, Returned, Statement, check_number, on_page, page_between, unfit
from connectors.bank_text import characters
from connectors.bank_values import is_wrong_iban, read_amount, read_bic, read_creditor_reference, read_currency
from connectors.refusal import Refusal, excerpt, refusal
from schemas.errors import RefusedError
from schemas.events.bookings import Counterparty, References
from schemas.events.payments import NOT_PROVIDED

_RETURN_TYPE = "RTI"
_RETURN_CODES = frozenset({"108", "109", "159", "181", "184"})
"""German transaction codes of SEPA direct debits and transfers that came back."""
_NO_REFERENCE = NOT_PROVIDED | {"EREF", "IREF", "KREF", "KREF+", "MARF", "PREF"}
"""What stands for the customer's reference and is none: that there is none, or under which word of :86: it stands."""
_NUMBER = re.compile(r"(\d{1,5})(?:/?(\d{1,5}))?", re.ASCII)
_ORIGINAL = re.compile(r"/OCMT/([^/]+)")
_MONEY = re.compile(r"([A-Z]{3})? ?(\d{1,12}(?:[.,]\d{0,3})?) ?([A-Z]{3})?", re.ASCII)


def statements(file: BinaryIO) -> Iterator[Statement | Refusal]:
    """Each statement of the file, or why it cannot be taken; RefusedError where the file is not whole."""
    text = characters(file)
    check_number(text.count("\n:61:"))
    before: Statement | None = None
    for number, page in enumerate(pages(text), start=1):
        found = _statement(page, number)
        if isinstance(found, Statement):
            found = before = _behind(before, found)
        yield found


def _statement(page: list[Field], number: int) -> Statement | Refusal:
    try:
        return _read(checked(page))
    except ValidationError as error:
        why = unfit(error)
    except RefusedError as error:
        why = error
    label = page[0].value[:16].split("\n", maxsplit=1)[0] or "statement"
    return refusal(label, f"statement {number}, line {page[0].line}", why)


def _behind(before: Statement | None, page: Statement) -> Statement:
    """The page; contradictory where it begins amid a statement, and not where the page before it in the file ended."""
    if before is None or (before.account, before.currency) != (page.account, page.currency):
        return page
    ended, begun = before.balances[-1], page.balances[0]
    if begun.kind != "60M" or begun.amount == ended.amount:
        return page
    gap = f"it opens with {begun.amount}, the page before it closed with {ended.amount}: is one missing?"
    return replace(page, contradictions=(*page.contradictions, gap))


def _read(fields: list[Field]) -> Statement:
    balances = tuple(balance_of(field) for field in fields if field.tag in BALANCES)
    opening, closing = balances[0], balances[-1]
    number, page = _number(_head(fields, "28"))
    account = _account(_head(fields, "25")[:35], opening.currency)
    return Statement(
        # banks repeat the reference, and some the number
        statement_id=f"{_head(fields, '20')[:16]} {number} {closing.on}",
        format="mt940",
        checked="structure",
        account=account,
        currency=opening.currency,
        from_on=opening.on,
        to_on=closing.on,
        balances=balances,
        opening=opening,
        closing=closing,
        entries=on_page("" if page else page_between(opening, closing), _entries(fields, opening.currency)),
        remarks=(*_wrong_account(account), *_guessed_days([field for field in fields if field.tag == "61"])),
    )


def _head(fields: list[Field], tag: str) -> str:
    """The first line of the field, empty where there is none."""
    value = next((field.value for field in fields if field.tag.startswith(tag)), "")
    return value.strip().split("\n", maxsplit=1)[0]


def _number(told: str) -> tuple[str, bool]:
    """The statement's number with its page's, and whether it has one."""
    found = _NUMBER.fullmatch(told)
    if told and not found:
        raise RefusedError("bad_field", f":28C: expected a number, as 324/1, got {excerpt(told)}")
    numbers = [number for number in (found.groups() if found else ()) if number]
    return "/".join(numbers), len(numbers) > 1


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


def _entries(fields: list[Field], currency: str) -> Iterator[Entry]:
    """The bookings, each with the details that follow it before the next."""
    starts = [place for place, field in enumerate(fields) if field.tag == "61"]
    for ordinal, start, end in zip(count(1), starts, [*starts[1:], len(fields)]):
        details = details_of(field.value for field in fields[start:end] if field.tag == "86")
        try:
            yield _entry(fields[start], details, currency, f"entry {ordinal}")
        except RefusedError as error:
            raise RefusedError(error.reason, f"entry {ordinal}, line {fields[start].line}: {error.detail}") from error


def _entry(field: Field, details: Details, currency: str, place: str) -> Entry:
    line = line_of(field, currency)
    code = details.words.get("code")
    is_return = line.kind[1:] == _RETURN_TYPE or code in _RETURN_CODES or "RTRN" in details.words
    return Entry(
        place=place,
        amount=line.amount,
        currency=currency,
        booked_on=booking_day(field.value) or value_day(field.value),
        value_on=value_day(field.value),
        bank_reference=_told(line.bank),
        is_reversal=line.mark.startswith("R"),
        code="/".join(filter(None, (line.kind, code))),
        references=_references(line, details),
        counterparty=_counterparty(details.words),
        returned=_returned(line, details, currency) if is_return else None,
    )


def _told(value: str | None) -> str | None:
    """The reference, None for what only says that there is none."""
    told = (value or "").strip()
    return None if told.upper() in NOT_PROVIDED else told


def _references(line: Line, details: Details) -> References:
    own, instructed = line.customer.strip(), _told(details.words.get("IREF"))
    has_own = own.upper() not in _NO_REFERENCE
    second = [instructed] if has_own and instructed and instructed != own else []
    return References(
        end_to_end_id=_told(details.words.get("EREF")),
        creditor_reference=_creditor_reference(details.texts),
        instruction_id=own if has_own else instructed,
        mandate_id=_told(details.words.get("MARF")),
        free_text=[*details.remittance, *second, *details.others, *line.beside],
    )


def _creditor_reference(texts: list[str]) -> str | None:
    """The structured reference that all texts make, or one of them alone."""
    return next(filter(None, map(read_creditor_reference, ("".join(texts), *texts))), None)


def _counterparty(words: dict[str, str]) -> Counterparty | None:
    account = words.get("IBAN", "").replace(" ", "")
    bank = words.get("BIC", "")
    told = {
        "name": words.get("NAME", ""),
        "account": "" if is_wrong_iban(account) else account,
        "bank": read_bic(bank) or bank,
    }
    given = {name: value for name, value in told.items() if value}
    return Counterparty(**given) if given else None


def _returned(line: Line, details: Details, currency: str) -> Returned:
    said = details.words.get("00")
    beside = _ORIGINAL.search("\n".join(line.beside))
    told = details.words.get("OAMT") or details.words.get("OCMT") or (beside[1] if beside else "")
    amount, of = _money(told, currency) or (None, None)
    return Returned(_told(details.reason), (said,) if said else (), amount, of)


def _money(told: str, currency: str) -> tuple[Decimal, str] | None:
    """The amount that had been paid, None where it is not told plainly; its currency may stand on either side."""
    found = _MONEY.fullmatch(told.strip())
    if found is None:
        return None
    of = found[1] or found[3] or currency
    try:
        return read_amount(found[2], read_currency(of)), of
    except RefusedError:
        return None
