"""An entry of a camt message, and the transactions that a batch was made of."""

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from lxml import etree

from connectors.bank_camt_fields import day_of, each, money, sign, signed, text, texts
from connectors.bank_statement import Entry, Returned
from connectors.bank_values import is_wrong_iban, read_bic, read_creditor_reference
from connectors.refusal import excerpt
from schemas.errors import RefusedError
from schemas.events.bookings import Counterparty, References
from schemas.events.payments import NOT_PROVIDED

_TAKEN_BACK = frozenset({"UPDD", "RRTN", "PRDD", "RCDD", "RPCR", "UPCQ", "UPCT", "UPUD"})
"""Sub-families of ISO 20022's transaction codes that take an earlier payment back."""
_BOOKED = ("Amt", "AmtDtls/TxAmt/Amt")
"""Where a transaction says what it adds to the account."""
_STATUSES = frozenset({"BOOK", "PDNG", "INFO", "FUTR"})


@dataclass(frozen=True, slots=True)
class Bookings:
    """What an entry books."""

    entries: list[Entry]
    contradictions: tuple[str, ...] = ()
    """What of its sums is wrong."""
    remarks: tuple[str, ...] = ()


def bookings_of(ntry: etree._Element, place: str) -> Bookings:
    """The entry's transactions, or the entry whole, in the bank's own amount, where they do not make it."""
    details = each(ntry, "NtryDtls/TxDtls")
    whole = _whole(ntry, place, details)
    if len(details) <= 1:
        return Bookings([whole])
    amounts = _amounts(whole, details)
    if amounts is None and any(map(_is_return, details)):
        return Bookings([whole], (f"{place}: a return stands in a batch without amounts",))
    if amounts is None:
        untold = f"{place}: its {len(details)} transactions do not tell what was booked of each: it stays whole"
        return Bookings([whole], remarks=(untold,))
    told = sum(amounts, Decimal(0))
    if told != whole.amount:
        wrong = f"{place}: its {len(details)} transactions make {told}, it is booked as {whole.amount}"
        return Bookings([whole], (wrong,))
    parts = zip(details, amounts, strict=True)
    return Bookings([_part(whole, detail, amount, number) for number, (detail, amount) in enumerate(parts, start=1)])


def _whole(ntry: etree._Element, place: str, details: list[etree._Element]) -> Entry:
    """The entry as one booking; what only its transactions say counts where there is one of them."""
    amount, currency = signed(ntry)
    entry = Entry(
        place=place,
        amount=amount,
        currency=currency,
        booked_on=_booked_on(ntry),
        value_on=_day(ntry, "ValDt"),
        is_booked=_status(ntry) == "BOOK",
        bank_reference=_reference(ntry, "AcctSvcrRef"),
        entry_reference=text(ntry, "NtryRef") or None,
        is_reversal=text(ntry, "RvslInd") in ("true", "1"),
        batch_size=_batch_size(ntry, details),
        code=_code(ntry),
        charges=_charges(ntry, currency),
        references=References(free_text=texts(ntry, "AddtlNtryInf")),
        returned=Returned() if text(ntry, "BkTxCd/Domn/Fmly/SubFmlyCd") in _TAKEN_BACK else None,
    )
    if len(details) == 1 and entry.batch_size in (None, 1):
        return _with_detail(entry, details[0])
    return replace(entry, references=_common(ntry, details), transactions=max(entry.batch_size or 1, 1))


def _part(whole: Entry, detail: etree._Element, amount: Decimal, number: int) -> Entry:
    """One transaction of a batch."""
    alone = replace(whole, place=f"{whole.place}, transaction {number}", amount=amount, transactions=1, charges=None)
    part = _with_detail(alone, detail)
    told = "\x1f".join(text(detail, f"Refs/{name}") for name in ("AcctSvcrRef", "TxId", "InstrId", "EndToEndId"))
    # the order of a batch is not promised to be the same in each report of it
    return replace(part, within=hashlib.blake2b(told.encode(), digest_size=8).hexdigest())


def _with_detail(entry: Entry, detail: etree._Element) -> Entry:
    instructed = money(detail, "AmtDtls/InstdAmt/Amt")
    differs = instructed is not None and instructed != (abs(entry.amount), entry.currency)
    returned = _returned(detail, instructed) or entry.returned
    taken_back = returned is not None or entry.is_reversal
    return replace(
        entry,
        bank_reference=entry.bank_reference or _reference(detail, "Refs/AcctSvcrRef"),
        code=_code(detail) or entry.code,
        instructed_amount=instructed[0] if instructed and differs else None,
        instructed_currency=instructed[1] if instructed and differs else None,
        charges=_charges(detail, entry.currency) or entry.charges,
        references=_references(detail, entry.references),
        counterparty=_counterparty(detail, is_credit=(entry.amount > 0) is not taken_back),
        returned=returned,
    )


def _amounts(whole: Entry, details: list[etree._Element]) -> list[Decimal] | None:
    """What each transaction adds to the account, None where one of them does not say.

    Counter values, and what was instructed, say it only where they make what was booked: banks keep charges on the way.
    """
    amounts = _signed(whole, details, *_BOOKED)
    if amounts is not None:
        return amounts
    likely = _signed(whole, details, *_BOOKED, "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt")
    return likely if likely and sum(likely) == whole.amount else None


def _signed(whole: Entry, details: list[etree._Element], *paths: str) -> list[Decimal] | None:
    """Each transaction's amount at the first of the paths that tells it, None where one of them has none.

    Older versions give no sign to a transaction: it is the entry's, but for a return inside a batch of credits where
    the sum shows that it was taken off.
    """
    found = [_amount(detail, whole.currency, paths) for detail in details]
    told = [amount for amount in found if amount is not None]
    if len(told) < len(details):
        return None
    direction = 1 if whole.amount >= 0 else -1
    amounts = [(sign(detail) or direction) * amount for detail, amount in zip(details, told, strict=True)]
    if sum(amounts) == whole.amount:
        return amounts
    turned = [
        -amount if sign(detail) is None and _is_return(detail) else amount
        for detail, amount in zip(details, amounts, strict=True)
    ]
    return turned if sum(turned) == whole.amount else amounts


def _amount(detail: etree._Element, currency: str, paths: tuple[str, ...]) -> Decimal | None:
    """The transaction's unsigned amount in the account's currency."""
    for path in paths:
        found = money(detail, path)
        if found is not None and found[1] == currency:
            return found[0]
    return None


def _status(ntry: etree._Element) -> str:
    """`BOOK` or what the entry is instead; a code of its own since version 08."""
    status = text(ntry, "Sts/Cd") or text(ntry, "Sts/Prtry") or text(ntry, "Sts")
    if not status:
        raise RefusedError("missing_field", "Sts: expected whether the entry is booked, got nothing")
    if status not in _STATUSES:
        raise RefusedError("unknown_status", f"Sts: expected BOOK, PDNG, INFO or FUTR, got {excerpt(status)}")
    return status


def _day(ntry: etree._Element, name: str) -> dt.date | None:
    path = next((path for path in (f"{name}/Dt", f"{name}/DtTm") if text(ntry, path)), None)
    return day_of(ntry, path) if path else None


def _booked_on(ntry: etree._Element) -> dt.date:
    day = _day(ntry, "BookgDt") or _day(ntry, "ValDt")
    if day is None:
        raise RefusedError("missing_field", "expected BookgDt or ValDt, got no day of booking")
    return day


def _batch_size(ntry: etree._Element, details: list[etree._Element]) -> int | None:
    told = [int(size) for size in texts(ntry, "NtryDtls/Btch/NbOfTxs") if size.isdecimal() and len(size) <= 9]  # noqa: PLR2004  # digits of an Int32
    size = max(sum(told), len(details))
    return size if size > 1 or told else None


def _code(element: etree._Element) -> str | None:
    codes = [text(element, f"BkTxCd/Domn/{name}") for name in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(codes) if all(codes) else text(element, "BkTxCd/Prtry/Cd") or None


def _charges(element: etree._Element, currency: str) -> Decimal | None:
    """What was kept, as far as it is told in the account's currency: in total, by record, or as in version 02."""
    found = money(element, "Chrgs/TtlChrgsAndTaxAmt")
    if found is not None:
        return found[0] if found[1] == currency else None
    kept = [money(record) for path in ("Chrgs/Rcrd", "Chrgs") for record in each(element, path)]
    amounts = [amount[0] for amount in kept if amount is not None and amount[1] == currency]
    return sum(amounts, Decimal(0)) if amounts else None


def _reference(element: etree._Element, path: str) -> str | None:
    """The reference at the path, None for what only says that there is none."""
    told = text(element, path)
    return None if told.upper() in NOT_PROVIDED else told


def _references(detail: etree._Element, of_entry: References) -> References:
    creditor, lines = _remittance(detail)
    return References(
        end_to_end_id=_reference(detail, "Refs/EndToEndId"),
        creditor_reference=creditor,
        transaction_id=_reference(detail, "Refs/TxId") or _reference(detail, "Refs/UETR"),
        instruction_id=_reference(detail, "Refs/InstrId"),
        mandate_id=_reference(detail, "Refs/MndtId"),
        free_text=[*(lines or of_entry.free_text), *_in_whose_name(detail)],
    )


def _common(ntry: etree._Element, details: list[etree._Element]) -> References:
    """Of a batch that cannot be split: what all of its transactions say, and every line that one of them has."""
    all_of_them = [_references(detail, References()) for detail in details]
    lines = [line for references in all_of_them for line in references.free_text]
    told: dict[str, Any] = {}
    for name in ("end_to_end_id", "creditor_reference", "mandate_id"):
        values = {getattr(references, name) for references in all_of_them}
        told[name] = values.pop() if len(values) == 1 else None
    return References(**told, free_text=lines or texts(ntry, "AddtlNtryInf"))


def _remittance(detail: etree._Element) -> tuple[str | None, list[str]]:
    """The creditor reference whose check digits are right, and every other line, verbatim."""
    lines = texts(detail, "RmtInf/Ustrd")
    creditor = None
    for told in texts(detail, "RmtInf/Strd/CdtrRefInf/Ref") + texts(detail, "RmtInf/Strd/CdtrRefInf/CdtrRef"):
        checked = read_creditor_reference(told)
        if checked and creditor is None:
            creditor = checked
        else:
            lines.append(told)
    for path in ("RmtInf/Strd/RfrdDocInf/Nb", "RmtInf/Strd/AddtlRmtInf", "AddtlTxInf"):
        lines += texts(detail, path)
    return creditor, lines


def _in_whose_name(detail: etree._Element) -> list[str]:
    """Whose debt is paid where somebody else pays it, as MT940 says it."""
    names = [name for path in ("UltmtDbtr/Pty/Nm", "UltmtDbtr/Nm") for name in texts(detail, f"RltdPties/{path}")]
    return [f"/ULTD/{name}" for name in names]


def _counterparty(detail: etree._Element, *, is_credit: bool) -> Counterparty | None:
    """The other side: who paid what is credited, who is paid what is debited; of a return, as of what it takes back."""
    side = "Dbtr" if is_credit else "Cdtr"
    party = next((found for path in (f"{side}/Pty", side) for found in each(detail, f"RltdPties/{path}")), None)
    agent = f"RltdAgts/{side}Agt/FinInstnId"
    account = text(detail, f"RltdPties/{side}Acct/Id/IBAN") or text(detail, f"RltdPties/{side}Acct/Id/Othr/Id")
    account = account.replace(" ", "")
    bic = text(detail, f"{agent}/BICFI") or text(detail, f"{agent}/BIC")
    told = {
        "name": text(party, "Nm"),
        "account": "" if is_wrong_iban(account) else account,
        "bank": read_bic(bic) or text(detail, f"{agent}/ClrSysMmbId/MmbId"),
        "address": _address(party),
        "country": _country(text(party, "PstlAdr/Ctry")),
        "identification": text(party, "Id/OrgId/LEI") or text(party, "Id/OrgId/Othr/Id"),
    }
    given = {name: value for name, value in told.items() if value}
    return Counterparty(**given) if given else None


def _address(party: etree._Element | None) -> str:
    street = " ".join(filter(None, (text(party, f"PstlAdr/{name}") for name in ("BldgNb", "StrtNm"))))
    town = " ".join(filter(None, (text(party, f"PstlAdr/{name}") for name in ("PstCd", "TwnNm"))))
    lines = [] if party is None else texts(party, "PstlAdr/AdrLine")
    return ", ".join(filter(None, (street, town, *lines)))


def _country(code: str) -> str | None:
    return code if len(code) == 2 and code.isascii() and code.isalpha() and code.isupper() else None  # noqa: PLR2004  # ISO 3166-1


def _is_return(detail: etree._Element) -> bool:
    return _returned(detail, None) is not None


def _returned(detail: etree._Element, instructed: tuple[Decimal, str] | None) -> Returned | None:
    """That the transaction takes an earlier one back, by its return information or by its code."""
    told = next(iter(each(detail, "RtrInf")), None)
    if told is None:
        return Returned() if text(detail, "BkTxCd/Domn/Fmly/SubFmlyCd") in _TAKEN_BACK else None
    return Returned(
        reason_code=text(told, "Rsn/Cd") or text(told, "Rsn/Prtry") or None,
        reason_said=tuple(texts(told, "AddtlInf")),
        original_amount=instructed[0] if instructed else None,
        original_currency=instructed[1] if instructed else None,
    )
