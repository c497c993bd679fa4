"""ISO 20022: camt.052 reports, camt.053 statements and camt.054 notifications, whatever their version."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from lxml import etree
from pydantic import ValidationError

from connectors.bank_camt_entry import bookings_of
from connectors.bank_camt_fields import day_of, signed, text
from connectors.bank_statement import Balance, Entry, Statement, check_number, on_page, page_between, unfit
from connectors.bank_values import is_wrong_iban
from connectors.refusal import Refusal, excerpt, refusal
from connectors.xml_stream import ended, root_of, well_formed
from schemas.errors import RefusedError

CHECKED = frozenset({"camt.053.001.02", "camt.053.001.08", "camt.054.001.02", "camt.054.001.08"})
"""Versions whose reading is tested against their schema."""
_MESSAGES = {"052": "Rpt", "053": "Stmt", "054": "Ntfctn"}
_NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:((?:camt|pain|pacs)\.\d{3}\.\d{3}\.\d\d)\}")
_TOTAL = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,17})?|\.\d{1,17})", re.ASCII)  # decimals of XML Schema
_STATEMENT = re.compile(r"camt\.(052|053|054)\.")
_MOST_ELEMENTS = 1_000_000  # in one entry; a transaction has 50
_ASK_AGAIN = "a damaged file publishes nothing: ask the bank for it again"


def statements(file: BinaryIO) -> Iterator[Statement | Refusal]:
    """Each statement of the file, or why it cannot be taken; RefusedError where the file cannot be believed.

    Only who reads to the end knows that the file is whole. Memory holds one statement's entries, not its XML.
    """
    file.seek(0)
    with well_formed(_ASK_AGAIN):
        yield from _Reading(file).statements()


@dataclass(slots=True)
class _Open:
    """What was read of a statement that has not ended."""

    entries: list[Entry] = field(default_factory=list)
    amounts: list[Decimal] = field(default_factory=list)
    """Of each `Ntry`, as the account sees it."""
    contradictions: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    error: RefusedError | None = None
    """Why the statement cannot be taken: nothing behind it is looked at."""


class _Reading:
    """One way through a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._version = self._ntry = self._container = ""
        self._open = _Open()
        self._bookings = 0
        self._read: etree._Element | None = None

    def statements(self) -> Iterator[Statement | Refusal]:
        count = since_last = 0
        for element in self._elements():
            since_last += 1
            if since_last > _MOST_ELEMENTS:
                raise RefusedError("absurd_size", f"more than {_MOST_ELEMENTS} elements in one entry: {_ASK_AGAIN}")
            if element.tag == self._ntry:
                since_last = 0
                self._take(element)
            elif element.tag == self._container:
                count += 1
                yield self._statement(element, count)
                self._forget(element)
        if count == 0:
            raise RefusedError("no_statement", f"expected {_MESSAGES[self._version[5:8]]} elements, got none")

    def _elements(self) -> Iterator[etree._Element]:
        """Each element at its end."""
        for _, element in ended(self._file):
            if not self._version:
                self._version = _version(element)
                namespace = str(element.getroottree().getroot().tag).partition("}")[0]
                self._ntry, self._container = (
                    f"{namespace}}}{name}" for name in ("Ntry", _MESSAGES[self._version[5:8]])
                )
            yield element

    def _take(self, ntry: etree._Element) -> None:
        """Read the entry, and let its XML go, once the next one comes: lxml still walks on it."""
        if self._open.error is None:
            ordinal = len(self._open.amounts) + 1
            try:
                found = bookings_of(ntry, f"entry {ordinal}")
                self._open.entries += found.entries
                self._bookings += len(found.entries)
                self._open.amounts.append(signed(ntry)[0])
                self._open.contradictions += found.contradictions
                self._open.remarks += found.remarks
            except RefusedError as error:
                self._open.error = _placed(error, ntry, ordinal)
            except ValidationError as error:
                self._open.error = _placed(unfit(error), ntry, ordinal)
        check_number(self._bookings)
        self._forget(ntry)

    def _forget(self, element: etree._Element) -> None:
        element.clear()
        if self._read is not None and (parent := self._read.getparent()) is not None:
            parent.remove(self._read)
        self._read = element

    def _statement(self, element: etree._Element, count: int) -> Statement | Refusal:
        read, self._open = self._open, _Open()
        try:
            if read.error is not None:
                raise read.error
            return _assembled(element, self._version, read)
        except RefusedError as refused:
            label = text(element, "Id") or "statement"
            return refusal(label, f"statement {count}, line {element.sourceline}", refused)


def _version(element: etree._Element) -> str:
    """The message of the file, as `camt.053.001.08`, told by the namespace of its root."""
    root = root_of(element)
    found = _NAMESPACE.match(str(root.tag))
    if found is None:
        raise RefusedError(
            "unknown_format", f"expected a camt.052, 053 or 054 message, got the root <{excerpt(root.tag)}>"
        )
    if not _STATEMENT.match(found[1]):
        raise RefusedError(
            "not_a_statement", f"expected a camt.052, 053 or 054 message, got {found[1]}: it tells of no booking"
        )
    return found[1]


def _placed(error: RefusedError, ntry: etree._Element, ordinal: int) -> RefusedError:
    return RefusedError(error.reason, f"entry {ordinal}, line {ntry.sourceline}: {error.detail}")


def _assembled(element: etree._Element, version: str, read: _Open) -> Statement:
    account = text(element, "Acct/Id/IBAN") or text(element, "Acct/Id/Othr/Id")
    if not account:
        raise RefusedError("missing_field", "Acct/Id: expected the account, got none")
    account = account.replace(" ", "")
    balances = tuple(_balance(found) for found in element.iterfind("{*}Bal"))
    opening, closing = _outer(balances)
    missing = _missing_balances(opening, closing) if version[5:8] == "053" else ()
    page = _page(element, version, opening, closing)
    totals = () if page else _wrong_totals(element, read.amounts)
    wrong_account = (f"the account {account} has an IBAN's form and fails its check",) if is_wrong_iban(account) else ()
    return Statement(
        statement_id=text(element, "Id") or _missing("Id"),
        format=version,
        checked="xsd" if version in CHECKED else "structure",
        account=account,
        currency=text(element, "Acct/Ccy") or None,
        from_on=_bound(element, "FrToDt/FrDtTm"),
        to_on=_bound(element, "FrToDt/ToDtTm"),
        balances=balances,
        opening=opening,
        closing=closing,
        entries=on_page(page, read.entries),
        contradictions=(*read.contradictions, *totals, *missing),
        remarks=(*wrong_account, *read.remarks),
    )


def _missing(path: str) -> str:
    raise RefusedError("missing_field", f"{path}: expected a text, got nothing")


def _bound(element: etree._Element, path: str) -> dt.date | None:
    return day_of(element, path) if text(element, path) else None


def _balance(bal: etree._Element) -> Balance:
    amount, currency = signed(bal)
    on = day_of(bal, "Dt/Dt") if text(bal, "Dt/Dt") else _bound(bal, "Dt/DtTm")
    return Balance(text(bal, "Tp/CdOrPrtry/Cd") or text(bal, "Tp/CdOrPrtry/Prtry"), amount, currency, on)


def _outer(balances: tuple[Balance, ...]) -> tuple[Balance | None, Balance | None]:
    """The opening and the closing balance; of an intraday report, or of one page of several, an interim one.

    Of several days, each with its own, those of the first and of the last.
    """
    opening = _first(sorted(balances, key=_day), "OPBD", "PRCD") or _first(balances, "ITBD")
    closing = _first(sorted(balances, key=_day, reverse=True), "CLBD") or _first(balances[::-1], "ITBD")
    return None if opening is closing else opening, closing


def _day(balance: Balance) -> dt.date:
    return balance.on or dt.date.min


def _first(balances: Iterable[Balance], *kinds: str) -> Balance | None:
    found = list(balances)
    return next((balance for kind in kinds for balance in found if balance.kind == kind), None)


def _page(element: etree._Element, version: str, opening: Balance | None, closing: Balance | None) -> str:
    """Which page of several this is, by its own number or that of the message; empty for a whole statement."""
    for holder, name in ((element, f"{_MESSAGES[version[5:8]]}Pgntn"), (element.getparent(), "GrpHdr/MsgPgntn")):
        number = text(holder, f"{name}/PgNb").lstrip("0")
        if number:
            is_whole = number == "1" and text(holder, f"{name}/LastPgInd") not in ("false", "0")
            return "" if is_whole else f"page {number}"
    return page_between(opening, closing) if version[5:8] == "053" else ""


def _missing_balances(opening: Balance | None, closing: Balance | None) -> Iterator[str]:
    """What a statement must have to be checked; reports and notifications need not."""
    if opening is None:
        yield "no opening balance: expected OPBD, PRCD or ITBD"
    if closing is None:
        yield "no closing balance: expected CLBD or ITBD"


def _wrong_totals(element: etree._Element, amounts: list[Decimal]) -> Iterator[str]:
    """The statement's own totals that its entries do not make. On one page of several they may be the whole's."""
    for name, total in _totals(amounts).items():
        told = text(element, f"TxsSummry/{name}")
        if told and not (_TOTAL.fullmatch(told) and abs(Decimal(told)) == total):  # some sign what they debit
            yield f"{name} is {excerpt(told)}, the entries make {total}"
    net = sum(amounts, Decimal(0))
    for name in ("TtlNtries/CdtDbtInd", "TtlNtries/TtlNetNtry/CdtDbtInd"):
        told = text(element, f"TxsSummry/{name}")
        if told == ("DBIT" if net > 0 else "CRDT" if net < 0 else None):
            yield f"{name} is {told}, the entries make {net}"


def _totals(amounts: list[Decimal]) -> dict[str, Decimal]:
    """Every total that a statement may give, by its place, as its entries make it."""
    credited = [amount for amount in amounts if not amount.is_signed()]  # a debit of nothing is -0
    debited = [-amount for amount in amounts if amount.is_signed()]
    came, went = sum(credited, Decimal(0)), sum(debited, Decimal(0))
    return {
        "TtlNtries/NbOfNtries": Decimal(len(amounts)),
        "TtlNtries/Sum": came + went,
        "TtlNtries/TtlNetNtryAmt": abs(came - went),
        "TtlNtries/TtlNetNtry/Amt": abs(came - went),
        "TtlCdtNtries/NbOfNtries": Decimal(len(credited)),
        "TtlCdtNtries/Sum": came,
        "TtlDbtNtries/NbOfNtries": Decimal(len(debited)),
        "TtlDbtNtries/Sum": went,
    }
