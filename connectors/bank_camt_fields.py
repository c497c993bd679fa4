"""Fields of camt messages, which are named alike in every version's namespace."""

import datetime as dt
import re
from decimal import Decimal
from functools import cache

from lxml import etree

from connectors.bank_values import read_amount, read_currency, read_date
from connectors.refusal import excerpt
from schemas.errors import RefusedError

_SIGNS = {"CRDT": 1, "DBIT": -1}
_DECIMAL = re.compile(r"(?:\+|-(?=[0.]+$))?(\d*(?:\.\d*)?)", re.ASCII)  # of XML Schema, from 0
_SPACES = re.compile(r"\s+")


@cache
def _anywhere(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def text(element: etree._Element | None, path: str) -> str:
    """The text at the path, on one line; empty where there is none."""
    found = None if element is None else element.findtext(_anywhere(path))
    return _SPACES.sub(" ", found or "").strip()


def texts(element: etree._Element, path: str) -> list[str]:
    """The texts at the path that are not empty."""
    found = (_SPACES.sub(" ", each.text or "").strip() for each in element.iterfind(_anywhere(path)))
    return [each for each in found if each]


def each(element: etree._Element, path: str) -> list[etree._Element]:
    """The elements at the path."""
    return element.findall(_anywhere(path))


def sign(element: etree._Element) -> int | None:
    """1 for a credit, -1 for a debit, None where it is not told. `RvslInd` changes nothing of it."""
    told = text(element, "CdtDbtInd")
    if told and told not in _SIGNS:
        raise RefusedError("bad_sign", f"CdtDbtInd: expected CRDT or DBIT, got {excerpt(told)}")
    return _SIGNS.get(told)


def money(element: etree._Element, path: str = "Amt") -> tuple[Decimal, str] | None:
    """The unsigned amount at the path with its currency, None where there is none."""
    found = element.find(_anywhere(path))
    if found is None:
        return None
    currency = read_currency(found.get("Ccy", ""))
    return read_amount(_plain((found.text or "").strip()), currency), currency


def _plain(told: str) -> str:
    """The decimal of XML Schema without its sign and the zeros before it; what is none, or below zero, as told."""
    found = _DECIMAL.fullmatch(told)
    if found is None or found[1] in ("", "."):
        return told
    whole, point, part = found[1].partition(".")
    return f"{whole.lstrip('0') or '0'}{point}{part}"


def signed(element: etree._Element) -> tuple[Decimal, str]:
    """The amount of an entry or a balance as the account sees it, and its currency."""
    found, direction = money(element), sign(element)
    if found is None or direction is None:
        raise RefusedError("missing_field", "expected Amt and CdtDbtInd, without which there is no amount")
    return direction * found[0], found[1]


def day_of(element: etree._Element, path: str) -> dt.date:
    """The day at the path; RefusedError (``bad_date``) where it is none."""
    return read_date(text(element, path))
