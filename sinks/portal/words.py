"""The portal's own words, in French and in English. What is said about a judgment is not here: the rules have it."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from sinks import typography

LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str
    page: dict[str, str]
    kinds: dict[str, str]
    invitation: dict[str, str]
    labels: dict[str, str]

    def __call__(self, key: str, **values: Any) -> str:
        """The text of the page under `key`."""
        return self.page[key].format(**values)

    def kind(self, name: str) -> str:
        """What a kind of notice is called; one that is not known yet keeps its own name."""
        return self.kinds.get(name, name)

    def label(self, group: str, code: str) -> str:
        """What a code of the contract is called; one that is not known yet stands as it is."""
        return self.labels.get(f"{group}.{code}", code)

    def day(self, day: dt.date) -> str:
        """`14 mars 2026`."""
        return typography.day(day, self.language)

    def weekday(self, day: dt.date) -> str:
        """`vendredi 15 mai 2026`: for a last day."""
        return typography.weekday(day, self.language)

    def moment(self, at: dt.datetime, zone: ZoneInfo) -> str:
        """`14 mars 2026, 09:00` on the clocks of the people who read."""
        there = at.astimezone(zone)
        return f"{self.day(there.date())}, {there:%H:%M}"

    def money(self, amount: Decimal, currency: str) -> str:
        """`80 000,00 EUR`."""
        return typography.money(amount, currency, self.language)

    def company(self, buyer_id: str) -> str:
        """`SIREN 912 345 675`."""
        return typography.company_number(buyer_id)


def _read(language: str) -> Words:
    text = files("sinks.portal").joinpath("languages", f"{language}.toml").read_text("utf-8")
    tables = tomllib.loads(typography.unbreakable(text, language))
    return Words(language=language, **tables)


WORDS = {language: _read(language) for language in LANGUAGES}
