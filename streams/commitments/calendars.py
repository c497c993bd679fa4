"""Territories of France and their public holidays: where a period ends depends on where it is kept."""

import datetime as dt
from functools import lru_cache

import holidays

METROPOLITAN = "FR"
OVERSEAS = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
"""ISO 3166-1 code of each overseas territory by its number, as in postal codes and registries' departments."""
FRENCH = frozenset({METROPOLITAN, *OVERSEAS.values()})

# Two collectivities kept the postal codes that they had as communes of Guadeloupe.
_POSTAL_EXCEPTIONS = {"97133": "977", "97150": "978"}
_SUBDIVISION = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
# `holidays` lists these too. They rest on custom: L. 3422-2 C. trav. gives these territories the commemoration of the
# abolition of slavery only. Left out, so that a date that we show is never later than the law's.
_CUSTOM = {
    "971": {"Mi-Carême", "Vendredi saint", "Fête de Victor Schoelcher"},
    "972": {"Fête de Victor Schoelcher"},
    "MF": {"Fête de Victor Schoelcher"},
}
_SATURDAY = 5


def department_of(postal_code: str) -> str:
    """The department, or overseas territory, that a French postal code lies in: `69003` in `69`, `97150` in `978`."""
    if postal_code in _POSTAL_EXCEPTIONS:
        return _POSTAL_EXCEPTIONS[postal_code]
    return postal_code[:3] if postal_code.startswith(("97", "98")) else postal_code[:2]


def territory_of(department: str | None) -> str | None:
    """ISO 3166-1 code of the territory of a department (`FR` is metropolitan); None where it is not known."""
    if not department:
        return None
    if department.startswith(("97", "98")):
        return OVERSEAS.get(department)
    return METROPOLITAN


def is_working_day(day: dt.date, department: str | None) -> bool:
    """Whether a period may end on that day in that department: no Saturday, Sunday or public holiday (642 CPC)."""
    return day.weekday() < _SATURDAY and day not in _holidays(_SUBDIVISION.get(department or ""), day.year)


@lru_cache(maxsize=1024)
def _holidays(subdivision: str | None, year: int) -> frozenset[dt.date]:
    days = holidays.country_holidays("FR", subdiv=subdivision, years=year, language="fr")
    custom = _CUSTOM.get(subdivision or "", set())
    return frozenset(day for day in days if not set(days.get_list(day)) <= custom)
