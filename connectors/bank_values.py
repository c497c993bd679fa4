"""Amounts, dates, account numbers and references as banks write them."""

import datetime as dt
import re
from decimal import Decimal

from schwifty import BIC, IBAN
from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.ch import esr

from connectors.currencies import CURRENCIES, decimals
from connectors.refusal import excerpt
from schemas.base import LAST_DAY
from schemas.errors import RefusedError

_UNSIGNED = re.compile(r"\d{1,18}(?:[.,]\d{0,5})?", re.ASCII)
_IBAN_SHAPE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T+Z-].{0,30})?", re.ASCII)
_PLAUSIBLE_YEARS = range(1950, LAST_DAY.year + 1)


def read_currency(code: str) -> str:
    """The code of a currency that exists, or existed.

    Raises:
        RefusedError: ``unknown_currency``.
    """
    if code not in CURRENCIES:
        raise RefusedError("unknown_currency", f"expected a currency's code of ISO 4217, as EUR, got {excerpt(code)}")
    return code


def read_amount(text: str, currency: str) -> Decimal:
    """An amount without a sign, with no more decimals than its currency has (JPY 0, EUR 2, TND 3).

    Two that say nothing stand for none, as systems of two decimals write yen and CFA francs. Others may be thousands.

    Raises:
        RefusedError: ``bad_amount``: also for a sign, which statements tell apart from the amount.
    """
    if not _UNSIGNED.fullmatch(text):
        raise RefusedError("bad_amount", f"expected an amount without a sign, as 12.34, got {excerpt(text)}")
    most = decimals(currency)
    told = text if most else re.sub(r"[.,]00$", "", text)
    amount = Decimal(told.replace(",", "."))
    if -int(amount.as_tuple().exponent) > most:
        raise RefusedError("bad_amount", f"expected at most {most} decimals, as {currency} has, got {excerpt(text)}")
    return amount


def read_date(text: str) -> dt.date:
    """The day of an ISO date or instant, as the bank's own clock has it.

    Raises:
        RefusedError: ``bad_date``.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise RefusedError("bad_date", f"expected a date as 2026-03-14, got {excerpt(text)}")
    return day(int(found[1]), int(found[2]), int(found[3]))


def day(year: int, month: int, day_of_month: int) -> dt.date:
    """The day of the calendar; RefusedError (``bad_date``) where there is none."""
    try:
        date = dt.date(year, month, day_of_month)
    except ValueError as error:
        raise RefusedError("bad_date", f"{year}-{month}-{day_of_month} is no day of the calendar: {error}") from error
    if year not in _PLAUSIBLE_YEARS:
        raise RefusedError("bad_date", f"expected a year from 1950 to {LAST_DAY.year}, got {year}")
    return date


def is_wrong_iban(number: str) -> bool:
    """Whether the number looks like an IBAN and its country's form or its check digits say that it is none."""
    return bool(_IBAN_SHAPE.fullmatch(number)) and not IBAN(number, allow_invalid=True).is_valid


def read_bic(text: str) -> str | None:
    """The BIC, None for what is none."""
    return text if text and BIC(text, allow_invalid=True).is_valid else None


def read_creditor_reference(text: str) -> str | None:
    """The structured creditor reference whose check digits are right, without spaces; None for any other.

    ISO 11649 (`RF…`), the Belgian structured communication and the Swiss QR or ESR reference.
    """
    number = re.sub(r"[\s/+*]", "", text).upper()
    if not number.isascii():
        return None
    of_a_country = (len(number) == 12 and ogm_vcs.is_valid(number)) or (len(number) == 27 and esr.is_valid(number))  # noqa: PLR2004  # their lengths
    return number if of_a_country or (number.startswith("RF") and iso11649.is_valid(number)) else None
