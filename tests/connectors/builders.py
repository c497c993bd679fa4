"""BODACC files of invented content, for tests: everything has a default."""

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.bodacc import Outcome, parse
from connectors.refusal import Refusal
from schemas.events.court_judgments import JudgmentPublished

NOW = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
DAY = Path(__file__).parents[2] / "streams" / "demo" / "day.xml"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "bodacc"
XSD = Path(__file__).parents[3] / "shared" / "xsd" / "PCL_V13.xsd"

SIREN = "999 900 012"
COMPANY = "<personneMorale><denomination>Ateliers du Rêve</denomination></personneMorale>"
REGISTERED = (
    f"<numeroImmatriculation><numeroIdentificationRCS>{SIREN}</numeroIdentificationRCS>"
    "<codeRCS>RCS</codeRCS><nomGreffeImmat>Lyon</nomGreffeImmat></numeroImmatriculation>"
)
JUDGMENT = (
    "<jugement><nature>Jugement d'ouverture de liquidation judiciaire</nature><date>3 mars 2026</date></jugement>"
)


def needed(path: Path) -> Path:
    """The shared file, or a test skipped with a word about what is missing."""
    if not path.exists():
        pytest.skip(f"{path} is not here: this test reads the shared samples beside the checkout")
    return path


def an_annonce(
    *,
    kind: str = "creation",
    number: str = "48",
    persons: str = COMPANY + REGISTERED,
    judgment: str = JUDGMENT,
    citation: str = "",
) -> str:
    return (
        f"<annonce><typeAnnonce><{kind}/></typeAnnonce><numeroAnnonce>{number}</numeroAnnonce>"
        f"<numeroDepartement>69</numeroDepartement><tribunal>TRIBUNAL DE LYON</tribunal>{persons}{judgment}"
        f"{citation}</annonce>"
    )


def a_citation(parution: str = "00000234", date: str = "5 décembre 2007", number: str = "40") -> str:
    return (
        f"<parutionAvisPrecedent><nomPublication>BODACC A</nomPublication><numeroParution>{parution}</numeroParution>"
        f"<dateParution>{date}</dateParution><numeroAnnonce>{number}</numeroAnnonce></parutionAvisPrecedent>"
    )


def an_archive(*annonces: str, parution: str = "20080010", date: str = "16/01/2008", head: str = "") -> bytes:
    inside = "".join(annonces or (an_annonce(),))
    return (
        f"{head}<PCL_REDIFF><parution>{parution}</parution><dateParution>{date}</dateParution>"
        f"<annonces>{inside}</annonces></PCL_REDIFF>"
    ).encode()


def a_record(**changes: Any) -> dict[str, Any]:
    record = {
        "id": "A202601852758",
        "publicationavis": "A",
        "parution": "20260185",
        "dateparution": "2026-09-27",
        "numeroannonce": 2758,
        "typeavis": "annonce",
        "familleavis": "collective",
        "numerodepartement": "59",
        "tribunal": "Tribunal de commerce de Douai",
        "commercant": "Ateliers du Rêve",
        "registre": ["999900012", SIREN],
        "listepersonnes": json.dumps({"personne": a_person()}),
        "jugement": json.dumps(
            {"type": "initial", "nature": "Jugement de clôture pour insuffisance d'actif", "date": "2026-09-23"}
        ),
        "parutionavisprecedent": None,
    }
    return {name: value for name, value in (record | changes).items() if value is not ...}


def a_person(siren: str = SIREN, **changes: Any) -> dict[str, Any]:
    return {
        "typePersonne": "pm",
        "numeroImmatriculation": {"numeroIdentification": siren, "codeRCS": "RCS", "nomGreffeImmat": "Douai"},
        "denomination": "Ateliers du Rêve",
        "formeJuridique": "Société à responsabilité limitée",
        "adresseSiegeSocial": {"numeroVoie": "4", "typeVoie": "rue", "nomVoie": "du Songe", "ville": "Douai"},
    } | changes


def lines_of(*records: Any) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def outcomes(content: bytes) -> list[Outcome]:
    return list(parse(io.BytesIO(content), NOW))


def events(content: bytes) -> list[JudgmentPublished]:
    """The events of a file of which nothing is refused."""
    found = outcomes(content)
    assert [outcome for outcome in found if isinstance(outcome, Refusal)] == []
    return [outcome for outcome in found if isinstance(outcome, JudgmentPublished)]


def an_event(content: bytes) -> JudgmentPublished:
    (event,) = events(content)
    return event


def a_refusal(content: bytes) -> Refusal:
    """The refusal of a file that gives nothing else."""
    (outcome,) = outcomes(content)
    assert isinstance(outcome, Refusal)
    return outcome
