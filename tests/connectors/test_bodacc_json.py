"""Opendatasoft's records: JSON in strings, gaps, lines that stand alone."""

import datetime as dt
import json
from typing import Any

import pytest

from connectors.refusal import Refusal
from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified
from tests.connectors.builders import (
    NOW,
    a_person,
    a_record,
    a_refusal,
    an_event,
    events,
    lines_of,
    outcomes,
)


def persons_of(*persons: dict[str, Any]) -> str:
    return json.dumps({"personne": list(persons)})


def test_a_record_is_one_event() -> None:
    """A record's event says what the archive's would: who, what, when, under which reference."""
    event = an_event(lines_of(a_record()))
    assert (event.reference, event.header.event_id) == ("A202601852758", "A202601852758-1")
    assert event.header.occurred_at == dt.datetime(2026, 9, 27, tzinfo=dt.UTC)
    assert event.header.published_at == NOW
    assert (event.buyer_id, event.person.address) == ("FR:999900012", "4 rue du Songe, Douai")
    assert (event.court, event.court_department) == ("Tribunal de commerce de Douai", "59")
    assert (event.nature_class, event.judgment_date) == ("CLOSURE", dt.date(2026, 9, 23))


def test_an_older_record_tells_by_its_id() -> None:
    """Where issue, bulletin and persons are missing, the id and the register's number say enough."""
    gaps = dict.fromkeys(("publicationavis", "parution", "typeavis", "listepersonnes", "tribunal"), ...)
    event = an_event(lines_of(a_record(**gaps)))
    assert (event.reference, event.buyer_id) == ("A202601852758", "FR:999900012")
    assert (event.person.name, event.court) == ("Ateliers du Rêve", "")


@pytest.mark.parametrize("registre", [["999900012", "999 900 012"], ["999 900 012", "999900012"], "999 900 012"])
def test_the_register_is_read_in_either_order(registre: list[str] | str) -> None:
    """The number stands twice, spaced and not, in either order: it is one buyer."""
    assert an_event(lines_of(a_record(registre=registre, listepersonnes=...))).buyer_id == "FR:999900012"


def test_two_numbers_are_nobody_in_particular() -> None:
    """Where the register holds two buyers and no person is listed, the judgment is unidentified and keeps both."""
    event = an_event(lines_of(a_record(registre=["999900012", "999900020"], listepersonnes=...)))
    assert event.buyer_id is None
    assert event.text == "Immatriculation publiée : 999900012, 999900020"


def test_a_person_listed_without_number_has_that_of_the_register() -> None:
    """A single person listed without a number is the one in the register."""
    person = a_person(numeroImmatriculation=None, nonInscrit="RCS non inscrit")
    assert an_event(lines_of(a_record(listepersonnes=persons_of(person)))).buyer_id == "FR:999900012"


def test_each_person_listed_has_an_event() -> None:
    """Several persons are a list, and each is an event with his own number."""
    natural = {"typePersonne": "pp", "nom": "RÊVE", "prenom": ["Ada", "Pia"], "nonInscrit": "RCS non inscrit"}
    record = a_record(listepersonnes=persons_of(a_person("999 900 020"), natural))
    first, second = events(lines_of(record))
    assert [first.header.event_id, second.header.event_id] == ["A202601852758-1", "A202601852758-2"]
    assert (first.buyer_id, second.buyer_id) == ("FR:999900020", None)
    assert (second.person.name, second.person.kind) == ("RÊVE Ada Pia", "natural")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ({"numeroVoie": "4", "typeVoie": "rue", "nomVoie": "du Songe", "ville": "Douai"}, "4 rue du Songe, Douai"),
        ({"france": {"nomVoie": "Le Bas", "codePostal": 59500, "ville": "Douai"}}, "Le Bas, 59500 Douai"),
        ({"etranger": {"adresse": "6 Calle Alta Madrid", "pays": "ESPAGNE"}}, "6 Calle Alta Madrid, ESPAGNE"),
        ("4 rue du Songe à Douai", None),
        (None, None),
    ],
)
def test_addresses_are_one_line(address: Any, line: str | None) -> None:
    """An address makes one line, whether it is split by where it is or not."""
    person = a_person(adresseSiegeSocial=address)
    assert an_event(lines_of(a_record(listepersonnes=persons_of(person)))).person.address == line


def test_objects_may_stand_outside_strings() -> None:
    """A field that holds an object is read like one that holds its JSON."""
    plain = a_record(listepersonnes={"personne": a_person()}, jugement=json.loads(a_record()["jugement"]))
    assert events(lines_of(plain)) == events(lines_of(a_record()))


@pytest.mark.parametrize(
    ("changes", "record"),
    [
        ({"typeavis": "annonce"}, JudgmentPublished),
        ({"typeavis": ...}, JudgmentPublished),
        ({"typeavis": "rectificatif"}, JudgmentRectified),
        ({"typeavis": "annulation"}, JudgmentAnnulled),
    ],
)
def test_the_kind_of_record_is_the_kind_of_event(changes: dict[str, Any], record: type[JudgmentPublished]) -> None:
    """The kind of notice decides, and the judgment's own where that is missing."""
    assert type(an_event(lines_of(a_record(**changes)))) is record


@pytest.mark.parametrize(
    ("cited", "reference", "verbatim"),
    [
        (
            {"nomPublication": "BODACC A", "numeroParution": "20260101", "numeroAnnonce": 7},
            "A202601017",
            "BODACC A n° 20260101 annonce n° 7",
        ),
        ({"numeroAnnonce": "7"}, None, "annonce n° 7"),
        ("BODACC A du 3 mars", None, "BODACC A du 3 mars"),
        (None, None, ""),
    ],
)
def test_a_correction_keeps_what_it_cites(cited: Any, reference: str | None, verbatim: str) -> None:
    """The earlier notice is derived where the citation settles it, and kept as published anyway."""
    told = json.dumps(cited) if isinstance(cited, dict) else cited
    event = an_event(lines_of(a_record(typeavis="rectificatif", parutionavisprecedent=told)))
    assert isinstance(event, JudgmentRectified)
    assert (event.corrects.reference, event.corrects.cited) == (reference, verbatim)


@pytest.mark.parametrize("family", ["collective", "conciliation", "retablissement_professionnel", ...])
def test_families_of_judgments_are_read(family: Any) -> None:
    """Whatever the family of a court's judgment is called, it is published; without one the judgment tells."""
    assert an_event(lines_of(a_record(familleavis=family))).nature_class == "CLOSURE"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"familleavis": "vente"}, "not_a_judgment"),
        ({"familleavis": "dpc"}, "not_a_judgment"),
        ({"jugement": None}, "missing_field"),
        ({"jugement": "{"}, "not_json"),
        ({"jugement": "[1]"}, "invalid_value"),
        ({"jugement": '{"type": "initial"}'}, "missing_field"),
        ({"jugement": '{"a":' * 100_000}, "absurd_size"),
        ({"typeavis": "suite"}, "unknown_kind"),
        ({"typeavis": ..., "jugement": '{"nature": "Arrêts divers"}'}, "unknown_kind"),
        ({"dateparution": "2026-02-30"}, "bad_date"),
        ({"dateparution": ...}, "bad_date"),
        ({"id": "A202601852759"}, "contradictory_reference"),
        ({"id": ..., "parution": ...}, "bad_reference"),
        ({"numeroannonce": 2758.5}, "invalid_value"),
        ({"numeroannonce": True}, "invalid_value"),
        ({"listepersonnes": ..., "commercant": ...}, "missing_field"),
        ({"listepersonnes": '{"personne": ["x"]}'}, "invalid_value"),
        ({"publicationavis": "\ud800", "id": ...}, "invalid_value"),
        ({"tribunal": "a\x00b"}, "invalid_value"),
        ({"tribunal": "\ud800"}, "invalid_value"),
    ],
)
def test_a_bad_record_is_refused_alone(changes: dict[str, Any], code: str) -> None:
    """A record that cannot be an event is refused with its line and a reason, and the next line is published."""
    refusal, event = outcomes(lines_of(a_record(**changes), a_record()))
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(f"{code}: ")
    assert refusal.where == "record 1, line 1"
    assert isinstance(event, JudgmentPublished)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "not_json"),
        (b"nonsense", "not_json"),
        (b"null", "bad_record"),
        (b"[3]", "bad_record"),
        (b'{"id": "\xff"}', "bad_encoding"),
        (b"[" * 200_000, "absurd_size"),
        (b'{"a":' * 200_000, "absurd_size"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not_json"),
        (b" " * 33_000_000 + b"{}", "absurd_size"),
    ],
)
def test_a_bad_line_is_refused_alone(line: bytes, code: str) -> None:
    """A line that is no record harms neither the one before nor the one after."""
    good = lines_of(a_record())
    before, refusal, *_, after = outcomes(good + line + b"\n" + good)
    assert isinstance(before, JudgmentPublished)
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(f"{code}: ")
    assert isinstance(after, JudgmentPublished)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([a_record()]),
        json.dumps([a_record()], indent=1),
        json.dumps({"total_count": 1, "results": [a_record()]}),
        json.dumps(a_record(), indent=1),
        "\ufeff" + json.dumps(a_record()),
        "\n\n  " + json.dumps(a_record()) + "\n\n",
    ],
)
def test_arrays_and_pages_are_read_too(content: str) -> None:
    """An export as an array, a page of the interface, a printed record and a mark of byte order change nothing."""
    assert events(content.encode()) == events(lines_of(a_record()))


def test_json_of_another_encoding_is_refused() -> None:
    """JSON is UTF-8; anything else is refused by name."""
    assert a_refusal(json.dumps(a_record()).encode("utf-16")).reason.startswith("bad_encoding: ")
