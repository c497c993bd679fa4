"""Sirene, INSEE's register of French companies: its records become buyer updates.

Source: INSEE, API Sirene 3.11; licence Etalab 2.0.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from stdnum.fr import siren as siren_number

from connectors import json_lines
from connectors.json_fields import Fields, date, instant, invalid, part, parts, text, verbatim
from connectors.refusal import Refusal, excerpt, refusal, refuses_file
from connectors.registry import Connector
from connectors.sirene_fetch import SireneSettings, fetch
from schemas.base import EventHeader
from schemas.errors import RefusedError
from schemas.events.buyer_updates import Activity, Address, BuyerUpdated, Successor

SOURCE = "sirene"
_PARIS = ZoneInfo("Europe/Paris")  # INSEE's times have no zone
_STATUSES = {"A": "ACTIVE", "C": "CEASED"}
_WITHHELD = "[ND]"
_CHANGES = {
    "changementEtatAdministratifUniteLegale": "status",
    "changementDenominationUniteLegale": "name",
    "changementNomUniteLegale": "name",
    "changementNomUsageUniteLegale": "name",
    "changementCategorieJuridiqueUniteLegale": "legal_form",
    "changementActivitePrincipaleUniteLegale": "activity",
    "changementNicSiegeUniteLegale": "address",
}
_STREET = (
    *("numeroVoieEtablissement", "indiceRepetitionEtablissement"),
    *("typeVoieEtablissement", "libelleVoieEtablissement"),
)
_TOWN = ("codePostalEtablissement", "libelleCommuneEtablissement")
_ABROAD = ("libelleCommuneEtrangerEtablissement", "libellePaysEtrangerEtablissement")
_FRANCE = "FR"


@refuses_file
def parse(file: BinaryIO, now: dt.datetime) -> Iterator[BuyerUpdated | Refusal]:
    """What INSEE's answers say of each company, or a refusal for each record that says nothing of one.

    Companies (`/siren`), head offices (`/siret`) and links of succession are read. ``now`` is when we publish.
    """
    for place, answer in json_lines.objects(file):
        yield from _updates(place, answer, now)


def _updates(place: str, answer: Fields | RefusedError, now: dt.datetime) -> Iterator[BuyerUpdated | Refusal]:
    """What one answer says of each company in it."""
    try:
        records = _records(answer)
    except RefusedError as error:
        yield refusal("record", place, error)
        return
    for ordinal, (kind, record) in enumerate(records, start=1):
        try:
            yield _update(kind, record, now)
        except RefusedError as error:
            yield refusal(_label(record), place if len(records) == 1 else f"{place}, {kind} {ordinal}", error)


def _records(answer: Fields | RefusedError) -> list[tuple[str, dict[str, Any]]]:
    """The records of an answer, or the one that stands alone, each with what it is."""
    if isinstance(answer, RefusedError):
        raise answer
    for name, kind in _ALONE.items():
        if name in answer:
            return [(kind, dict(answer))]
    for name, kind in _SINGLE.items():
        if name in answer:
            return [(kind, part(answer, name))]
    for name, kind in _SEVERAL.items():
        if name in answer:
            return [(kind, record) for record in parts(answer, name)]
    raise RefusedError(
        "unknown_format", f"expected one of {', '.join((*_SINGLE, *_SEVERAL))}, got {excerpt(sorted(answer))}"
    )


def _label(record: Fields) -> str:
    found = record.get("siret") or record.get("siren")
    return found if isinstance(found, str) else "record"


def _update(kind: str, record: Fields, now: dt.datetime) -> BuyerUpdated:
    try:
        return _READERS[kind](record, now)
    except ValidationError as error:
        raise invalid(error) from error


def _company(unit: Fields, now: dt.datetime) -> BuyerUpdated:
    """A legal unit: its state is that of its newest period, whatever the order they stand in."""
    return _state(unit, unit, _periods(unit), None, now)


def _head_office(office: Fields, now: dt.datetime) -> BuyerUpdated:
    """An establishment that is the head office: its unit's state now, with its address."""
    if office.get("etablissementSiege") is not True:
        raise RefusedError("not_a_head_office", "expected etablissementSiege: true; other establishments are no buyers")
    unit = part(office, "uniteLegale")
    return _state(
        office, {"siren": office.get("siren"), **unit}, [unit], _address(part(office, "adresseEtablissement")), now
    )


def _state(
    record: Fields, unit: Fields, periods: list[Fields], address: Address | None, now: dt.datetime
) -> BuyerUpdated:
    siren, period = _siren(text(unit, "siren")), periods[-1]
    said_at = _treated_at(record, "dateDernierTraitementEtablissement", "dateDernierTraitementUniteLegale")
    reference = f"{record.get('siret') or siren}/{said_at:%Y-%m-%dT%H:%M:%S}"
    said, changed = text(period, "etatAdministratifUniteLegale"), _changed(period)
    same = list(takewhile(lambda each: text(each, "etatAdministratifUniteLegale") == said, reversed(periods)))
    before = _name({**unit, **periods[-2]}) if len(periods) > 1 else None
    name = _name({**unit, **period})
    return BuyerUpdated(
        header=EventHeader(event_id=reference, source=SOURCE, occurred_at=said_at, published_at=now),
        buyer_id=f"FR:{siren}",
        reference=reference,
        status=_STATUSES.get(said, "UNKNOWN"),
        status_said=said,
        status_since=date(same[-1], "dateDebut"),
        name=name,
        former_name=before if "name" in changed and before != name else None,
        kind=_kind_of_person(period),
        legal_form=text(period, "categorieJuridiqueUniteLegale") or None,
        address=address,
        activity=_activity(period),
        effective_on=date(period, "dateDebut"),
        changed=changed,
        said=verbatim(record),
    )


def _succession(link: Fields, now: dt.datetime) -> BuyerUpdated:
    """A head office that passed to another company: who was there has a successor. Other links concern no buyer."""
    before, after = text(link, "siretEtablissementPredecesseur"), text(link, "siretEtablissementSuccesseur")
    if link.get("transfertSiege") is not True or before[:9] == after[:9]:
        raise RefusedError(
            "not_a_succession", "expected transfertSiege: true between two companies; other links concern no buyer"
        )
    on = date(link, "dateLienSuccession")
    said_at = _treated_at(link, "dateDernierTraitementLienSuccession")
    reference = f"{before}/{after}/{on or ''}"
    return BuyerUpdated(
        header=EventHeader(event_id=reference, source=SOURCE, occurred_at=said_at, published_at=now),
        buyer_id=f"FR:{_siren(before[:9])}",
        reference=reference,
        status="UNKNOWN",
        status_said="",
        successor=Successor(buyer_id=f"FR:{_siren(after[:9])}", effective_on=on),
        effective_on=on,
        changed=["successor"],
        said=verbatim(link),
    )


def _periods(unit: Fields) -> list[Fields]:
    """The periods, oldest first; a unit without any is one period."""
    found = parts(unit, "periodesUniteLegale") or [dict(unit)]
    return sorted(found, key=lambda period: date(period, "dateDebut") or dt.date.min)


def _siren(said: str) -> str:
    if not (said.isascii() and said.isdigit() and siren_number.is_valid(said)):
        raise RefusedError("bad_siren", f"siren: expected nine digits that satisfy Luhn, got {excerpt(said)}")
    return said


def _treated_at(record: Fields, *names: str) -> dt.datetime:
    for name in names:
        found = instant(record, name, _PARIS)
        if found is not None:
            return found
    raise RefusedError("missing_field", f"{names[-1]}: expected when INSEE wrote the record, got nothing")


def _changed(period: Fields) -> list[str]:
    return list(dict.fromkeys(ours for theirs, ours in _CHANGES.items() if period.get(theirs) is True))


def _name(unit: Fields) -> str | None:
    """The name, None where the register withholds it."""
    said = _said(unit, "denominationUniteLegale")
    if said:
        return said
    family = _said(unit, "nomUsageUniteLegale") or _said(unit, "nomUniteLegale")
    first = _said(unit, "prenomUsuelUniteLegale") or _said(unit, "prenom1UniteLegale")
    return " ".join(filter(None, (first, family))) if family else None


def _said(fields: Fields, name: str) -> str:
    found = text(fields, name)
    return "" if found == _WITHHELD else found


def _kind_of_person(period: Fields) -> str | None:
    """By the legal category: 1000 is an individual in business."""
    category = text(period, "categorieJuridiqueUniteLegale")
    return None if not category else "natural" if category.startswith("1") else "legal"


def _activity(period: Fields) -> Activity | None:
    code = _said(period, "activitePrincipaleUniteLegale")
    classification = text(period, "nomenclatureActivitePrincipaleUniteLegale")
    return Activity(code=code, classification=classification) if code and classification else None


def _address(fields: Fields) -> Address | None:
    street, town = (" ".join(filter(None, (_said(fields, name) for name in names))) for names in (_STREET, _TOWN))
    abroad = [_said(fields, name) for name in _ABROAD]
    complement = _said(fields, "complementAdresseEtablissement")
    special = _said(fields, "distributionSpecialeEtablissement")
    lines = [line for line in (complement, street, special, town, *abroad[:1]) if line]
    if not lines:
        return None
    return Address(
        lines=lines,
        postal_code=_said(fields, "codePostalEtablissement") or None,
        city=_said(fields, "libelleCommuneEtablissement") or abroad[0] or None,
        country=None if abroad[1] or abroad[0] else _FRANCE,
    )


_SINGLE = {"uniteLegale": "company", "etablissement": "head office"}
_SEVERAL = {"unitesLegales": "company", "etablissements": "head office", "liensSuccession": "succession"}
_ALONE = {"siretEtablissementPredecesseur": "succession", "siret": "head office", "siren": "company"}
_OWN = re.compile(rb'"\w*(?:[Uu]niteLegale|[Ee]tablissement)\w*":')
_READERS: Mapping[str, Callable[[Fields, dt.datetime], BuyerUpdated]] = {
    "company": _company,
    "head office": _head_office,
    "succession": _succession,
}

CONNECTOR = Connector(
    name="sirene",
    reads="INSEE's records of companies (API Sirene 3.11, JSON)",
    topics=("buyer-updates",),
    parse=parse,
    owns=lambda head: _OWN.search(head) is not None,
    settings=SireneSettings,
    fetch=fetch,
)
