"""A person concerned by a notice of BODACC: both formats name their fields alike, so both read them here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.errors import RefusedError

_STREET = ("numeroVoie", "typeVoie", "nomVoie")
_PLACE = ("complGeographique", "BP", "localite")
_TOWN = ("codePostal", "ville")
_ABROAD = ("adresse", "pays")
_REGISTERS = (
    *("numeroIdentificationRCS", "numeroIdentification", "codeRCS", "nomGreffeImmat", "nonInscrit"),
    *("numeroIdentificationRM", "codeRM"),  # a person in no register of companies may be a craftsman with a SIREN
)


@dataclass(frozen=True, slots=True)
class Concerned:
    """A person whom the notice concerns, as published; what is not published is an empty text."""

    name: str
    kind: str
    """`legal` for a company, `natural` for a person."""
    legal_form: str
    address: str
    registration: str
    """Everything said about registers, verbatim: a number, or that there is none."""


def concerned(kind: str, fields: Mapping[str, str]) -> Concerned:
    """The person that the published fields describe; `prenom` holds all first names."""
    name = fields.get("denomination", "") if kind == "legal" else _natural_name(fields)
    if not name:
        raise RefusedError("missing_field", "expected the name of each person concerned, got none")
    return Concerned(
        name=name,
        kind=kind,
        legal_form=fields.get("formeJuridique", ""),
        address=_address(fields),
        registration=_joined(fields, _REGISTERS),
    )


def _natural_name(fields: Mapping[str, str]) -> str:
    name = _joined(fields, ("nom", "prenom")) or fields.get("denominationEIRL", "")
    used = fields.get("nomUsage", "")
    return f"{name}, nom d'usage {used}" if name and used else name


def _address(fields: Mapping[str, str]) -> str:
    street, town = _joined(fields, _STREET), _joined(fields, _TOWN)
    lines = (street, *(fields.get(name, "") for name in _PLACE), town, *(fields.get(name, "") for name in _ABROAD))
    return ", ".join(filter(None, lines))


def _joined(fields: Mapping[str, str], names: Iterable[str]) -> str:
    return " ".join([fields[name] for name in names if fields.get(name)])
