"""Dates, company numbers and spaces as French gazettes write them."""

import datetime as dt
import re
import unicodedata
from functools import lru_cache

from stdnum import luhn

_MONTHS = ("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre")
_MONTH_NUMBERS = {name: number for number, name in enumerate((*_MONTHS, "decembre"), start=1)}
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII)
_SLASHES = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})", re.ASCII)
_WORDS = re.compile(r"(?P<day>\d{1,2})(?:er)? (?P<month>[a-z]+) (?P<year>\d{4})", re.ASCII)
_PLAUSIBLE_YEARS = range(1900, 2200)

_NINE_DIGITS = re.compile(r"(?<!\d)(?:[0-9]{3}\s?){2}[0-9]{3}(?!\d)")
_NOBODY = "000000000"  # passes Luhn, and stands in bulletins where there is no number

_TOKEN_SPACES = re.compile(r"[ \t\r\n]+")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
_ENTITY = re.compile("|".join(_ENTITIES))


def tidy(text: str | None) -> str:
    """The text as XSD's `token` reads it, bulletins' second escaping (`&amp;amp;`) undone; no-break spaces stay."""
    if not text:
        return ""
    if "&" in text:
        text = _ENTITY.sub(lambda entity: _ENTITIES[entity[0]], text)
    if "  " in text or not text.isprintable():  # most texts have neither, and no pattern is as fast as this
        text = _TOKEN_SPACES.sub(" ", text)
    return text.strip(" ")


@lru_cache(maxsize=4096)  # a file has thousands of notices and few dates
def read_date(text: str) -> dt.date | None:
    """The date written as `2008-01-16`, `16/01/2008` or `1er avril 2008`, None for anything else."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    plain = " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
    found = _ISO.fullmatch(plain) or _SLASHES.fullmatch(plain) or _WORDS.fullmatch(plain)
    if found is None or int(found["year"]) not in _PLAUSIBLE_YEARS:
        return None
    month = found["month"]
    try:
        return dt.date(int(found["year"]), _MONTH_NUMBERS.get(month) or int(month), int(found["day"]))
    except ValueError:
        return None


def read_siren(text: str) -> str | None:
    """The one valid SIREN in the text, None where there is none or more than one."""
    numbers = {re.sub(r"\s", "", number) for number in _NINE_DIGITS.findall(text)}
    valid = {number for number in numbers if number != _NOBODY and luhn.checksum(number) == 0}
    return valid.pop() if len(valid) == 1 else None
