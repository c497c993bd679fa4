"""Insolvency as Companies House tells it: each event holds all cases of a company, whoever opened them."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.json_fields import Fields, date, part, parts, text, verbatim
from connectors.refusal import excerpt
from schemas.errors import RefusedError
from schemas.events.court_judgments import Officer

_ORDERED: Mapping[str, tuple[str, str | None]] = {
    "compulsory-liquidation": ("ordered-to-wind-up-on", "OPENING_LJ"),
    "administration-order": ("administration-started-on", None),  # none of our classes is it: a person reads it
}
"""Cases that a court opens: which date is that of its order, and its class. A petition is no judgment yet.

`in-administration` may be opened without a court, and the register does not say by whom: no judgment is made of it.
"""
_SOLVENT = {"members-voluntary-liquidation"}
_ENDED = {
    *("administration-discharged-on", "administration-ended-on", "concluded-winding-up-on", "case-end-on"),
    *("voluntary-arrangement-ended-on", "moratorium-ended-on"),
}
_LIQUIDATORS = {"final-liquidator", "interim-liquidator", "provisional-liquidator"}
_ADDRESS = ("premises", "address_line_1", "address_line_2", "locality", "region", "country")


@dataclass(frozen=True, slots=True)
class Case:
    """One insolvency case of a company."""

    number: str
    kind: str
    """As the register names it, as `in-administration`."""
    dates: Mapping[str, dt.date]
    officers: tuple[Officer, ...]
    """Those in office."""

    @property
    def is_open(self) -> bool:
        """Whether the register gives it no end."""
        return not _ENDED & self.dates.keys()

    @property
    def is_insolvency(self) -> bool:
        """Whether creditors may not be paid: a members' voluntary liquidation is one of a solvent company."""
        return self.kind not in _SOLVENT

    @property
    def began_on(self) -> dt.date | None:
        """The earliest of its dates."""
        return min(self.dates.values(), default=None)

    @property
    def order(self) -> tuple[dt.date, str | None] | None:
        """The day of the court's order that opened it, and its class if we have one; None where there is no order."""
        kind, nature_class = _ORDERED.get(self.kind, ("", None))
        return (self.dates[kind], nature_class) if kind in self.dates else None


def cases(resource: Fields) -> list[Case]:
    """The cases of the resource, in the order of their numbers."""
    return sorted(map(_case, parts(resource, "cases")), key=lambda case: (len(case.number), case.number))


def _case(fields: Fields) -> Case:
    number, kind = text(fields, "number"), text(fields, "type")
    if not number or not kind:
        raise RefusedError("missing_field", f"cases: expected a number and a type, got {excerpt(verbatim(fields))}")
    return Case(number, kind, dict(_dates(fields)), tuple(_officers(fields)))


def _dates(fields: Fields) -> Iterator[tuple[str, dt.date]]:
    for each in parts(fields, "dates"):
        day = date(each, "date")
        if day is not None:
            yield text(each, "type"), day


def _officers(fields: Fields) -> Iterator[Officer]:
    for each in parts(fields, "practitioners"):
        if text(each, "name") and not text(each, "ceased_to_act_on"):
            address = part(each, "address")
            yield Officer(
                role="LIQUIDATOR" if text(each, "role") in _LIQUIDATORS else "OTHER",
                name=text(each, "name"),
                address=", ".join(filter(None, (text(address, name) for name in (*_ADDRESS, "postal_code")))) or None,
                postal_code=text(address, "postal_code")[:10] or None,
            )
