"""Dates, company numbers and spaces as French gazettes write them."""

import datetime as dt
import re
import unicodedata
from functools import lru_cache

from stdnum import luhn

from schemas.base import LAST_DAY

_WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
    *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
)
# An instant with a zone is a day's only where it is that zone's midnight.
_TIME = r"[t ](?:\d\d:\d\d(?::\d\d(?:\.\d+)?)?|00:00(?::00(?:\.0+)?)?(?:z|[+-]\d\d:?\d\d))"
_ISO = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?:{_TIME})?", re.ASCII)
_NUMBERS = re.compile(r"(?P<day>\d{1,2})(?P<by>[/.-])(?P<month>\d{1,2})(?P=by)(?P<year>\d{4})", re.ASCII)
_WORDS = re.compile(
    rf"(?:le )?(?:(?P<weekday>{'|'.join(_WEEK)}) )?"
    r"(?P<day>\d{1,2})(?: ?er)? (?P<month>[a-z]{3,})\.? (?P<year>\d{4})",
    re.ASCII,
)
_PLAUSIBLE_YEARS = range(1900, LAST_DAY.year + 1)

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
    """The date written as `2008-01-16`, `16/01/2008` or `mardi 1er avril 2008`, None for anything else."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    plain = " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
    found = _ISO.fullmatch(plain) or _NUMBERS.fullmatch(plain) or _WORDS.fullmatch(plain)
    if found is None or int(found["year"]) not in _PLAUSIBLE_YEARS:
        return None
    try:
        date = dt.date(int(found["year"]), _month(found["month"]), int(found["day"]))
    except ValueError:
        return None
    weekday = found.groupdict().get("weekday")
    return date if weekday in (None, _WEEK[date.weekday()]) else None


def _month(told: str) -> int:
    """The month's number, of its name or what it starts with; 0 where that is no month, or not one alone."""
    if told.isdecimal():
        return int(told)
    found = [number for number, name in enumerate(_MONTHS, start=1) if name.startswith(told)]
    return found[0] if len(found) == 1 else 0


def read_siren(text: str) -> str | None:
    """The one valid SIREN in the text, None where there is none or more than one."""
    numbers = {re.sub(r"\s", "", number) for number in _NINE_DIGITS.findall(text)}
    valid = {number for number in numbers if number != _NOBODY and luhn.checksum(number) == 0}
    return valid.pop() if len(valid) == 1 else None
