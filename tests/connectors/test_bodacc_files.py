"""Whole files: the real samples, of which only hashes are kept here, and the demo's own day."""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from connectors.bodacc import parse
from connectors.refusal import Refusal
from schemas.codec import decode, encode
from schemas.events.court_judgments import JudgmentPublished
from tests.connectors.builders import DAY, NOW, SAMPLES, XSD, needed

GOLDENS = Path(__file__).parent / "goldens"
HASHES = json.loads((GOLDENS / "samples.json").read_text())
NOT_IN_THE_XSD = {"Jugement prononçant la mise sous observation lunaire"}


def outcomes_of(path: Path) -> list[JudgmentPublished | Refusal]:
    with path.open("rb") as file:
        return list(parse(file, NOW))


def events_of(path: Path) -> list[JudgmentPublished]:
    return [outcome for outcome in outcomes_of(path) if isinstance(outcome, JudgmentPublished)]


@pytest.mark.parametrize("name", sorted(HASHES))
def test_real_files_give_what_they_gave(name: str) -> None:
    """Each sample gives the events of its golden, to the byte, and no refusal."""
    outcomes = outcomes_of(needed(SAMPLES / name))
    text = "\n".join(outcome.model_dump_json() for outcome in outcomes if isinstance(outcome, JudgmentPublished))
    kinds = Counter(type(outcome).__name__ for outcome in outcomes)
    assert {"kinds": dict(kinds), "sha256": hashlib.sha256(text.encode()).hexdigest()} == HASHES[name]


@pytest.mark.parametrize("name", ["PCL_BXA20080010.xml", "PCL_BXA20080085.xml"])
def test_every_real_notice_is_accounted_for(name: str) -> None:
    """The references of the events are exactly those that the file's own text makes."""
    text = needed(SAMPLES / name).read_text("windows-1252")
    numbers = re.findall(r"<nojo>[^<]*</nojo>\s*<numeroAnnonce>(\d+)</numeroAnnonce>", text)
    assert len(numbers) == text.count("<annonce>")
    references = {event.reference for event in events_of(SAMPLES / name)}
    assert references == {f"A{name[7:15]}{int(number)}" for number in numbers}


@pytest.mark.parametrize("name", sorted(HASHES))
def test_real_events_travel(name: str) -> None:
    """Every event of the samples comes back from its bytes as it was, under an id of its own."""
    events = events_of(needed(SAMPLES / name))
    assert [decode(encode(event)) for event in events] == events
    assert len({event.header.event_id for event in events}) == len(events)


def test_the_corrections_of_a_real_file_name_their_targets() -> None:
    """All 80 corrections of January 2008 cite an issue without its year, which their dates settle."""
    events = events_of(needed(SAMPLES / "PCL_BXA20080010.xml"))
    targets = [str(event.model_dump()["corrects"]["reference"]) for event in events]
    assert len(targets) == 80
    assert all(re.fullmatch(r"A20070234[1-9]\d*", target) for target in targets)


def test_the_day_gives_what_it_gave() -> None:
    """The demo's day, all invented, gives the events and refusals of its golden."""
    found = [
        {
            type(outcome).__name__: outcome.model_dump(mode="json")
            if isinstance(outcome, JudgmentPublished)
            else _told(outcome)
        }
        for outcome in outcomes_of(DAY)
    ]
    golden = (GOLDENS / "day.jsonl").read_text().splitlines()
    assert found == [json.loads(line) for line in golden]


def _told(refusal: Refusal) -> dict[str, str]:
    return {"refused": refusal.refused, "where": refusal.where, "reason": refusal.reason}


def test_the_day_is_a_bulletin() -> None:
    """The day is valid BODACC XML, but for the one nature that it invents."""
    schema = etree.XMLSchema(file=str(needed(XSD)))
    schema.validate(etree.parse(DAY))
    wrong = [re.search(r"value '([^']*)'", error.message) for error in schema.error_log]
    assert {found[1] for found in wrong if found} == NOT_IN_THE_XSD
    assert len(wrong) == len(NOT_IN_THE_XSD)


def test_the_day_has_something_of_everything() -> None:
    """The day shows each kind of event, an unknown nature, an unidentified buyer and a refusal."""
    outcomes = outcomes_of(DAY)
    events = events_of(DAY)
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {
        "JudgmentPublished": 39,
        "JudgmentRectified": 2,
        "JudgmentAnnulled": 1,
        "Refusal": 1,
    }
    classes = {event.nature_class for event in events}
    assert {None, "OPENING_LJ", "EXTENSION_LJ", "DEPOSIT_NOTICE", "PERSON_SANCTION", "RETRACTION"} <= classes
    assert {"67", "974", "2A"} <= {event.court_department for event in events}
    assert sum(event.buyer_id is None for event in events) == 2


def test_the_days_companies_are_invented() -> None:
    """Every number of the day lies in the range 9999xxxxx, which no register has given out."""
    assert {event.buyer_id[:7] for event in events_of(DAY) if event.buyer_id} == {"FR:9999"}
