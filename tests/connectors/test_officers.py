"""Officers of the court in the wordings that courts use, with invented names."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bodacc import parse
from connectors.officers import officers_in
from schemas.events.court_judgments import JudgmentPublished
from tests.connectors.builders import NOW, SAMPLES, needed

WORDINGS = json.loads((Path(__file__).parent / "goldens" / "officers.json").read_text())


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording["text"][:40])
def test_officers_are_found(wording: dict[str, Any]) -> None:
    """Each officer comes with role, name, address and postal code as the text gives them."""
    assert [officer.model_dump() for officer in officers_in(wording["text"])] == wording["officers"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Les déclarations des créances sont à déposer au mandataire judiciaire dans les deux mois.",
        "mettant fin à la mission de l'administrateur Me Passé Jean 1 Rue Haute 06300 NICE.",
        "prorogation de deux ans de la mission du commissaire à l'exécution du plan.",
        "à l'encontre de M. Inventé Achille pour une durée de 5 ans",
        "réclamation devant le juge-commissaire dans le délai d'un mois",
        "un délai supplémentaire au représentant des créanciers pour déposer la liste",
    ],
)
def test_nobody_is_invented(text: str) -> None:
    """A text that appoints nobody names no officer."""
    assert officers_in(text) == []


@given(st.text(alphabet=st.sampled_from("Meé 1;,.:AlPS'-"), max_size=400))
def test_no_text_breaks_the_reader_of_officers(text: str) -> None:
    """Whatever the text, what is found is a list of officers whose names stand in it."""
    plain = " ".join(f"désignant liquidateur {text}".split())
    assert all(officer.name in plain for officer in officers_in(plain))


@pytest.mark.parametrize("name", ["PCL_BXA20080010.xml", "PCL_BXA20080085.xml"])
def test_no_real_opening_is_left_without_officer(name: str) -> None:
    """Every opening, extension and conversion of the real archives names the officer to declare to, with his place."""
    with needed(SAMPLES / name).open("rb") as file:
        judgments = [outcome for outcome in parse(file, NOW) if isinstance(outcome, JudgmentPublished)]
    procedures = [judgment for judgment in judgments if _starts(judgment.nature_class)]
    assert procedures
    assert [judgment.reference for judgment in procedures if not _can_be_declared_to(judgment)] == []


def _starts(nature_class: str | None) -> bool:
    return (nature_class or "").startswith(("OPENING_", "EXTENSION_", "CONVERSION_"))


def _can_be_declared_to(judgment: JudgmentPublished) -> bool:
    return any(
        officer.role in ("LIQUIDATOR", "MANDATAIRE_JUDICIAIRE") and officer.postal_code for officer in judgment.officers
    )
