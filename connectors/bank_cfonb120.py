"""CFONB120: the French banks' statement, records of 120 characters."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from pydantic import ValidationError

from connectors.bank_statement import Balance, Entry, Returned, Statement, check_number, unfit
from connectors.bank_text import characters
from connectors.bank_values import day, read_amount, read_creditor_reference, read_currency
from connectors.refusal import Refusal, excerpt, refusal
from schemas.errors import RefusedError
from schemas.events.bookings import Counterparty, References

LINE = re.compile(rb"01\d{5}.{4}[\dA-Z]{5}[A-Z]{3}\d")
"""How a file starts: bank, branch, currency and its decimals."""
_LENGTH = 120
_OPENING, _MOVEMENT, _COMPLEMENT, _CLOSING = "01", "04", "05", "07"
_POSITIVE, _NEGATIVE = "{ABCDEFGHI", "}JKLMNOPQR"
"""The last digit of an amount, 0 to 9, and its sign in one character."""
_AMOUNT = re.compile(r"(\d{13})([{}A-R])", re.ASCII)
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)
_ORIGINAL = re.compile(r"([A-Z]{3})([0-5])(\d{14})", re.ASCII)
_ASK_AGAIN = "a damaged file publishes nothing: ask the bank for it again"


@dataclass(slots=True)
class _Group:
    """The records of one statement, or of one movement, with their lines."""

    line: int
    head: str
    movements: list["_Group"] = field(default_factory=list)
    complements: list[str] = field(default_factory=list)
    closing: str = ""


def statements(file: BinaryIO) -> Iterator[Statement | Refusal]:
    """Each statement of the file, or why it cannot be taken; RefusedError where the file is not whole."""
    for group in list(_groups(_records(characters(file)))):
        try:
            yield _statement(group)
        except RefusedError as error:
            yield refusal(_account(group.head), f"statement at line {group.line}", error)
        except ValidationError as error:
            yield refusal(_account(group.head), f"statement at line {group.line}", unfit(error))


def _records(text: str) -> Iterator[tuple[int, str]]:
    """Each record with its line, as long as it must be; also where they follow each other without line ends."""
    lines = text.split("\n") if "\n" in text else re.findall(f".{{1,{_LENGTH}}}", text, re.DOTALL)
    for number, line in enumerate(lines, start=1):
        record = line.rstrip(" ")
        if len(record) > _LENGTH:
            raise RefusedError("damaged_file", f"line {number}: expected 120 characters, got {len(record)}")
        if record:
            yield number, record.ljust(_LENGTH)


def _groups(records: Iterator[tuple[int, str]]) -> Iterator[_Group]:
    """Statements, each from its old balance to its new one; nothing may stand between them."""
    group: _Group | None = None
    movements = 0
    for number, record in records:
        kind = record[:2]
        movements += kind == _MOVEMENT
        check_number(movements)
        if (kind == _OPENING) is not (group is None):
            expected = "a closing balance (07) before the next statement" if group else "an opening balance (01)"
            raise RefusedError("damaged_file", f"line {number}: expected {expected}, got {kind!r}; {_ASK_AGAIN}")
        if group is None:
            group = _Group(number, record)
        elif kind == _CLOSING:
            group.closing = record
            yield group
            group = None
        else:
            _add(group, number, record)
    if group is not None:
        raise RefusedError(
            "damaged_file", f"line {group.line}: the statement has no closing balance (07); {_ASK_AGAIN}"
        )


def _add(group: _Group, number: int, record: str) -> None:
    if record[:2] == _MOVEMENT:
        group.movements.append(_Group(number, record))
    elif record[:2] == _COMPLEMENT and group.movements:
        group.movements[-1].complements.append(record)
    else:
        raise RefusedError("damaged_file", f"line {number}: expected a record 04, 05 or 07, got {record[:2]!r}")


def _statement(group: _Group) -> Statement:
    opening, closing = _balance(group.head), _balance(group.closing)
    account = _account(group.head)
    entries = tuple(_entry(movement, number) for number, movement in enumerate(group.movements, start=1))
    return Statement(
        statement_id=f"{account} {opening.on} {closing.on}",
        format="cfonb120",
        checked="structure",
        account=account,
        currency=opening.currency,
        from_on=opening.on,
        to_on=closing.on,
        balances=(opening, closing),
        opening=opening,
        closing=closing,
        entries=entries,
        remarks=tuple(dict.fromkeys(_strangers(group, account))),
    )


def _account(record: str) -> str:
    """Bank, branch and number: the start of a French IBAN's national part."""
    return record[2:7] + record[11:16] + record[21:32].strip()


def _strangers(group: _Group, account: str) -> Iterator[str]:
    """Records that name another bank or branch; those of another account number are no part of the statement."""
    for record in (*(movement.head for movement in group.movements), group.closing):
        if record[21:32] != group.head[21:32] or record[16:20] != group.head[16:20]:
            raise RefusedError(
                "contradictory_account",
                f"expected {group.head[16:32].strip()}, as the statement starts, got {excerpt(record[16:32].strip())}",
            )
        if _account(record) != account:
            yield f"a record is of account {_account(record)}, the statement of {account}"


def _balance(record: str) -> Balance:
    currency = read_currency(record[16:19])
    return Balance(record[:2], _amount(record, currency), currency, _date(record[34:40]))


def _amount(record: str, currency: str) -> Decimal:
    found = _AMOUNT.fullmatch(record[90:104])
    if found is None or not record[19].isdecimal():
        raise RefusedError(
            "bad_amount", f"expected 13 digits and an overpunched one, got {excerpt(record[90:104])} ({record[:2]})"
        )
    digits, last = found.groups()
    digit = (_POSITIVE if last in _POSITIVE else _NEGATIVE).index(last)
    amount = read_amount(f"{Decimal(f'{digits}{digit}').scaleb(-int(record[19])):f}", currency)
    return amount if last in _POSITIVE else -amount


def _date(text: str) -> dt.date:
    found = _DATE.fullmatch(text)
    if found is None:
        raise RefusedError("bad_date", f"expected a date as DDMMYY, got {excerpt(text)}")
    return day(2000 + int(found[3]), int(found[2]), int(found[1]))


def _entry(movement: _Group, number: int) -> Entry:
    record, place = movement.head, f"entry {number}"
    try:
        return _read(movement, place)
    except RefusedError as error:
        raise RefusedError(error.reason, f"{place}, line {movement.line} ({record[48:60]}…): {error.detail}") from error


def _read(movement: _Group, place: str) -> Entry:
    record = movement.head
    currency = read_currency(record[16:19])
    amount = _amount(record, currency)
    told = _complements(movement)
    rejected = record[40:42].strip()
    label = record[48:79].strip()
    original = _original(told)
    is_credit = (amount > 0) is not bool(rejected)
    return Entry(
        place=place,
        amount=amount,
        currency=currency,
        booked_on=_date(record[34:40]),
        value_on=_date(record[42:48]) if record[42:48].strip() else None,
        entry_reference=record[81:88].strip("0 ") or record[104:120].strip() or None,
        code=record[32:34].strip() or None,
        instructed_amount=original[0] if original else None,
        instructed_currency=original[1] if original else None,
        references=_references(label, told, record[104:120].strip()),
        counterparty=_counterparty(told, is_credit=is_credit),
        returned=Returned(reason_code=rejected, reason_said=(label,) if label else ()) if rejected else None,
    )


def _complements(movement: _Group) -> dict[str, list[str]]:
    """What records 05 say, by their qualifier."""
    told: dict[str, list[str]] = {}
    for record in movement.complements:
        if record[48:118].strip():
            told.setdefault(record[45:48], []).append(record[48:118].rstrip())
    return told


def _original(told: dict[str, list[str]]) -> tuple[Decimal, str] | None:
    """What the payer ordered in another currency; None where `MMO` does not say it plainly."""
    found = _ORIGINAL.match("".join(told.get("MMO", [])))
    if found is None:
        return None
    currency = read_currency(found[1])
    return read_amount(f"{Decimal(found[3]).scaleb(-int(found[2])):f}", currency), currency


def _references(label: str, told: dict[str, list[str]], reference: str) -> References:
    structured = "".join(line[:35] for line in told.get("LCS", []))
    creditor = read_creditor_reference(structured)
    lines = [
        line.strip() for name, said in told.items() if name not in ("NPY", "NBE", "IPY", "IBE", "MMO") for line in said
    ]
    return References(
        end_to_end_id="".join(line[:35].strip() for line in told.get("RCN", [])[:1]) or None,
        creditor_reference=creditor,
        instruction_id="".join(line[:35].strip() for line in told.get("REF", [])[:1]) or reference or None,
        free_text=[text for text in (label, *lines) if text],
    )


def _counterparty(told: dict[str, list[str]], *, is_credit: bool) -> Counterparty | None:
    """The other side: who paid what is credited, who is paid what is debited."""
    names, numbers = ("NPY", "IPY") if is_credit else ("NBE", "IBE")
    name = " ".join(line.strip() for line in told.get(names, []))
    number = "".join(line[:35].strip() for line in told.get(numbers, [])[:1])
    return Counterparty(name=name or None, identification=number or None) if name or number else None
