"""BODACC's records as Opendatasoft gives them: an object a line, with JSON inside strings, older ones with gaps."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from connectors.bodacc_notice import Citation, Notice, reference_of
from connectors.bodacc_person import Concerned, concerned
from connectors.french import tidy
from connectors.json_lines import Fields, decoded, objects
from connectors.refusal import excerpt
from schemas.errors import RefusedError

JUDGED = ("collective", "conciliation", "retablissement_professionnel")
_KINDS = {
    "annonce": "creation",
    "initial": "creation",
    "rectificatif": "rectificatif",
    "annulation": "annulation",
}
_PERSON_KINDS = {"pm": "legal", "pp": "natural"}
_INSIDE_A_PERSON = ("numeroImmatriculation", "inscriptionRM", "adresseSiegeSocial", "adressePP", "adresse")
_ID = re.compile(r"([A-Z])(\d{8})(\d{1,7})", re.ASCII)


def records(file: BinaryIO) -> Iterator[tuple[str, Fields | RefusedError]]:
    """Each record with its place, or why it is none; the interface's pages hold theirs in `results`."""
    return objects(file, page="results")


def notice(record: Fields | RefusedError) -> Notice:
    """The notice that a record is; RefusedError where it is none, or about no judgment."""
    if isinstance(record, RefusedError):
        raise record
    judgment = _judgment(record)
    letter, parution, number = _reference(record)
    persons = _persons(record)
    return Notice(
        kind=_kind(record, judgment),
        letter=letter,
        parution=parution,
        number=number,
        published_on=_text(record, "dateparution"),
        department=_text(record, "numerodepartement"),
        court=_text(record, "tribunal"),
        nature=_text(judgment, "nature"),
        judgment_date=_text(judgment, "date"),
        text=_text(judgment, "complementJugement"),
        persons=tuple(persons),
        citation=_citation(record),
    )


def label(record: Fields | RefusedError) -> str:
    """What a refusal calls the record: its id where it has one."""
    found = record.get("id") if isinstance(record, Mapping) else None
    return found if isinstance(found, str) and found else "record"


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RefusedError("invalid_value", f"{name}: expected a text, got {type(value).__name__}")
    return tidy(str(value))


def _object(fields: Fields, name: str) -> dict[str, Any]:
    """The object that stands in the field, as such or as JSON in a text; empty where there is none."""
    value = fields.get(name)
    if isinstance(value, str) and value.strip():
        value = decoded(value)
    if not value:
        return {}
    if not isinstance(value, dict):
        raise RefusedError("invalid_value", f"{name}: expected a JSON object, got {type(value).__name__}")
    return value


def _judgment(record: Fields) -> dict[str, Any]:
    family = _text(record, "familleavis")
    if family and family not in JUDGED:
        raise RefusedError("not_a_judgment", f"familleavis: expected one of {', '.join(JUDGED)}, got {excerpt(family)}")
    judgment = _object(record, "jugement")
    if not judgment:
        raise RefusedError("missing_field", "jugement: expected the judgment, got nothing")
    return judgment


def _kind(record: Fields, judgment: Fields) -> str:
    kind = _text(record, "typeavis") or _text(judgment, "type")
    return _KINDS.get(kind, kind)


def _reference(record: Fields) -> tuple[str, str, str]:
    """Letter, issue and number: from their fields, and from the id where older records lack them."""
    identifier = _text(record, "id")
    found = _ID.fullmatch(identifier)
    letter, parution, number = found.groups() if found else ("A", "", "")
    letter = _text(record, "publicationavis") or letter
    parution = _text(record, "parution") or parution
    number = _text(record, "numeroannonce") or number
    composed = reference_of(letter, parution, number)
    if identifier and identifier != composed:
        raise RefusedError(
            "contradictory_reference", f"id is {excerpt(identifier)}, its parts make {excerpt(composed)}"
        )
    return letter, parution, number


def _persons(record: Fields) -> list[Concerned]:
    """Everyone in `listepersonnes`; where older records have none, the trader's name beside the register's numbers."""
    listed = _object(record, "listepersonnes").get("personne")
    persons = listed if isinstance(listed, list) else [listed] if listed else []
    registers = _registers(record)
    if not persons:
        return [concerned("legal", {"denomination": _text(record, "commercant"), "numeroIdentification": registers})]
    described = [concerned(_person_kind(fields), fields) for fields in map(_fields, persons)]
    if len(described) == 1 and not any(map(str.isdigit, described[0].registration)):
        return [replace(described[0], registration=f"{described[0].registration} {registers}".strip())]
    return described


def _registers(record: Fields) -> str:
    """The numbers of `registre`, which holds a SIREN twice, spaced and not, in either order."""
    value = record.get("registre")
    numbers = value if isinstance(value, list) else [value]
    return ", ".join(number for number in numbers if isinstance(number, str))


def _fields(person: Any) -> dict[str, str]:
    if not isinstance(person, dict):
        raise RefusedError("invalid_value", f"listepersonnes: expected JSON objects, got {type(person).__name__}")
    fields: dict[str, str] = {}
    for part in _parts(person):
        fields |= {name: tidy(str(value)) for name, value in part.items() if isinstance(value, str | int) and value}
        if isinstance(part.get("prenom"), list):
            fields["prenom"] = tidy(" ".join(map(str, part["prenom"])))
    return fields


def _parts(person: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The person and what stands inside: an address may be split once more, by where it is."""
    yield person
    for name in _INSIDE_A_PERSON:
        if not isinstance(person.get(name), str):
            part = _object(person, name)
            yield from (part, *(_object(part, place) for place in ("france", "etranger")))


def _person_kind(fields: Mapping[str, str]) -> str:
    kind = _PERSON_KINDS.get(fields.get("typePersonne", ""))
    return kind or ("legal" if fields.get("denomination") else "natural")


def _citation(record: Fields) -> Citation | None:
    """The notice cited; a citation that is no JSON is kept as it stands."""
    told = record.get("parutionavisprecedent")
    if isinstance(told, str) and told.strip() and not told.lstrip().startswith("{"):
        return Citation(gazette=tidy(told), parution="", date="", number="")
    cited = _object(record, "parutionavisprecedent")
    fields = ("nomPublication", "numeroParution", "dateParution", "numeroAnnonce")
    return Citation(*(_text(cited, field) for field in fields)) if cited else None
