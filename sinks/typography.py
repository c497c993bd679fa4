"""How dates, money and company numbers are written for people, in French and in English."""

import datetime as dt
import re
from decimal import Decimal

from babel.numbers import format_currency

from streams.commitments import wording

LOCALES = {"fr": "fr_FR", "en": "en_GB"}
"""Day before month in both."""

_NBSP = "\u00a0"
_THIN = "\u202f"
_BEFORE_COLON = re.compile(r" (?=[:»](?:\s|$))")
_BEFORE_HIGH = re.compile(r" (?=[;!?](?:\s|$))")
_AFTER_QUOTE = re.compile(r"(?<=«) ")
_AFTER_ABBREVIATION = re.compile(r"(?<=n°) |(?<=\bart\.) |(?<=\bL\.) |(?<=\bR\.) ")
_THREES = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")


def day(on: dt.date, language: str) -> str:
    """`14 mars 2026`, `1er mars 2026`: the rules' way, and the day stays with its month on a line."""
    return wording.day(on, language).replace(" ", _NBSP, 1)


def weekday(on: dt.date, language: str) -> str:
    """`vendredi 15 mai 2026`: for a last day."""
    return wording.day(on, language, long=True)


def money(amount: Decimal, currency: str, language: str) -> str:
    """`80 000,00 EUR`, with the decimals that the currency has."""
    return format_currency(amount, currency, "#,##0.00 ¤¤", locale=LOCALES[language])


def company_number(buyer_id: str) -> str:
    """`SIREN 912 345 675` for a French number; another stands behind its country, as `GB 01234567`."""
    country, _, number = buyer_id.partition(":")
    return f"SIREN{_NBSP}{_THREES.sub(_NBSP, number)}" if country == "FR" else f"{country} {number}"


def unbreakable(text: str, language: str) -> str:
    """The text with the spaces that French typography keeps together: before `: ; ! ? »`, after `« n° art. L.`."""
    if language != "fr":
        return text
    text = _AFTER_ABBREVIATION.sub(_NBSP, text)
    text = _BEFORE_HIGH.sub(_THIN, _BEFORE_COLON.sub(_NBSP, text))
    return _AFTER_QUOTE.sub(_NBSP, text)


def one_line(text: str, longest: int = 200) -> str:
    """Somebody's text as it may stand in a line or a header: no line break, no control or direction character."""
    printable = "".join(char if char.isprintable() else " " for char in text.encode("utf-8", "replace").decode("utf-8"))
    shown = " ".join(printable.split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
