"""The XML archive: events, references, persons, corrections."""

import datetime as dt
import io

import pytest

from connectors.bodacc import parse
from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified
from tests.connectors.builders import (
    COMPANY,
    NOW,
    REGISTERED,
    SAMPLES,
    SIREN,
    a_citation,
    a_refusal,
    an_annonce,
    an_archive,
    an_event,
    events,
    needed,
    outcomes,
)

UNREGISTERED = "<nonInscrit>RCS non inscrit.</nonInscrit>"
PERSON = "<personnePhysique><nom>RÊVE</nom><prenom>Ada</prenom><prenom>Pia</prenom>{}</personnePhysique>"


def test_a_notice_is_one_event() -> None:
    """A notice's event says who, where, what, when, and under which reference."""
    event = an_event(an_archive())
    assert (event.reference, event.header.event_id) == ("A2008001048", "A2008001048-1")
    assert event.header.source == "bodacc"
    assert event.header.occurred_at == dt.datetime(2008, 1, 16, tzinfo=dt.UTC)
    assert event.header.published_at == NOW
    assert (event.buyer_id, event.person.name, event.person.kind) == ("FR:999900012", "Ateliers du Rêve", "legal")
    assert (event.country, event.court, event.court_department) == ("FR", "TRIBUNAL DE LYON", "69")
    assert event.nature_class == "OPENING_LJ"
    assert event.judgment_date == dt.date(2026, 3, 3)
    assert event.publication.model_dump() == {
        "gazette": "BODACC A",
        "number": "20080010",
        "date": dt.date(2008, 1, 16),
    }


@pytest.mark.parametrize("number", ["48", "048", "0000048"])
def test_the_number_is_unpadded(number: str) -> None:
    """However the number of a notice is padded, its reference is the same."""
    assert an_event(an_archive(an_annonce(number=number))).reference == "A2008001048"


@pytest.mark.parametrize(
    ("kind", "record"),
    [("creation", JudgmentPublished), ("rectificatif", JudgmentRectified), ("annulation", JudgmentAnnulled)],
)
def test_the_kind_of_notice_is_the_kind_of_event(kind: str, record: type[JudgmentPublished]) -> None:
    """First publications, corrections and annulments are three records."""
    assert type(an_event(an_archive(an_annonce(kind=kind)))) is record


def test_an_annulled_judgment_is_read_like_another() -> None:
    """An annulment repeats what it annuls in an element of its own."""
    annulled = "<jugementAnnule><nature>Jugement de plan de redressement</nature></jugementAnnule>"
    event = an_event(an_archive(an_annonce(kind="annulation", judgment=annulled)))
    assert event.nature_class == "PLAN_ADOPTED"
    assert event.judgment_date is None


def test_each_person_has_an_event() -> None:
    """Two persons of one notice are two events of one reference, each with his own number."""
    persons = COMPANY + REGISTERED + PERSON.format("") + UNREGISTERED
    first, second = events(an_archive(an_annonce(persons=persons)))
    assert first.reference == second.reference
    assert (first.header.event_id, first.buyer_id) == ("A2008001048-1", "FR:999900012")
    assert (second.header.event_id, second.buyer_id) == ("A2008001048-2", None)
    assert (second.person.name, second.person.kind) == ("RÊVE Ada Pia", "natural")


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (PERSON.format("<nomUsage>ODE</nomUsage>"), "RÊVE Ada Pia, nom d'usage ODE"),
        ("<personnePhysique><denominationEIRL>EIRL Rêve</denominationEIRL></personnePhysique>", "EIRL Rêve"),
        ("<personneMorale><denomination>A &amp;amp; B</denomination></personneMorale>", "A & B"),
    ],
)
def test_persons_are_named_as_published(person: str, name: str) -> None:
    """All names that the notice gives stand in the person's name, a second escaping undone."""
    assert an_event(an_archive(an_annonce(persons=person + REGISTERED))).person.name == name


def test_addresses_are_one_line() -> None:
    """Street, complement and town make one line, and so does an address abroad."""
    france = (
        "<adresse><france><numeroVoie>4</numeroVoie><typeVoie>rue</typeVoie><nomVoie>du Songe</nomVoie>"
        "<localite>Le Bas</localite><codePostal>69001</codePostal><ville>Lyon</ville></france></adresse>"
    )
    abroad = "<adresse><etranger><adresse>6 Calle Alta Madrid</adresse><pays>ESPAGNE</pays></etranger></adresse>"
    found = [an_event(an_archive(an_annonce(persons=COMPANY + REGISTERED + text))) for text in (france, abroad)]
    assert [event.person.address for event in found] == [
        "4 rue du Songe, Le Bas, 69001 Lyon",
        "6 Calle Alta Madrid, ESPAGNE",
    ]


def test_a_craftsman_outside_the_register_has_his_siren() -> None:
    """`RCS non inscrit` beside a SIREN in the register of crafts is a buyer that we know."""
    crafts = (
        f"<inscriptionRM><numeroIdentificationRM>{SIREN}</numeroIdentificationRM><codeRM>RM</codeRM></inscriptionRM>"
    )
    assert an_event(an_archive(an_annonce(persons=COMPANY + UNREGISTERED + crafts))).buyer_id == "FR:999900012"


@pytest.mark.parametrize("number", ["999 900 013", "000 000 000", "99 900 012"])
def test_a_wrong_number_loses_no_judgment(number: str) -> None:
    """A number that is no SIREN makes an unidentified judgment whose text keeps the number."""
    event = an_event(an_archive(an_annonce(persons=COMPANY + REGISTERED.replace(SIREN, number))))
    assert event.buyer_id is None
    assert event.text == f"Immatriculation publiée : {number} RCS Lyon"


def test_an_unreadable_date_is_kept_as_published() -> None:
    """A day that is none leaves the judgment without a date, and its text says what was published."""
    judgment = "<jugement><nature>Divers</nature><date>31 novembre 2026</date></jugement>"
    event = an_event(an_archive(an_annonce(judgment=judgment)))
    assert (event.judgment_date, event.text) == (None, "Date publiée : 31 novembre 2026")
    nobody = an_event(an_archive(an_annonce(persons=COMPANY + UNREGISTERED, judgment=judgment)))
    assert nobody.text == "Immatriculation publiée : RCS non inscrit.\nDate publiée : 31 novembre 2026"


@pytest.mark.parametrize("date", ["mercredi 16 janvier 2008", "2008-01-16T00:00:00", "16-01-2008"])
def test_a_publication_is_dated_in_any_form(date: str) -> None:
    """Whatever form the day of publication has, it is that day."""
    assert an_event(an_archive(date=date)).publication.date == dt.date(2008, 1, 16)


def test_an_unknown_nature_is_kept_verbatim() -> None:
    """A nature that we do not know has no class, and stands in the event as published."""
    event = an_event(an_archive(an_annonce(judgment="<jugement><nature>Jugement  lunaire</nature></jugement>")))
    assert (event.nature, event.nature_class) == ("Jugement lunaire", None)


@pytest.mark.parametrize(
    ("citation", "reference"),
    [
        (a_citation(), "A2007023440"),
        (a_citation(date="5\u00a0décembre\u00a02007"), "A2007023440"),
        (a_citation(parution="20070234"), "A2007023440"),
        (a_citation(parution="20070234", date=""), "A2007023440"),
        (a_citation(number="0040"), "A2007023440"),
        (a_citation(parution="20070234", date="5 décembre 2008"), None),
        (a_citation(date=""), None),
        (a_citation(parution="00000000"), None),
        (a_citation(number="quarante"), None),
        (a_citation(number="0"), None),
        (a_citation().replace("BODACC A", "Les Petites Affiches"), None),
        ("", None),
    ],
)
def test_a_correction_names_its_target(citation: str, reference: str | None) -> None:
    """The target is derived from the citation, a year left out from its date; where that settles nothing it is null."""
    event = an_event(an_archive(an_annonce(kind="rectificatif", citation=citation)))
    assert isinstance(event, JudgmentRectified)
    assert event.corrects.reference == reference


def test_a_citation_is_kept_verbatim() -> None:
    """What the notice cites stands in the event as published, with the date read."""
    event = an_event(an_archive(an_annonce(kind="annulation", citation=a_citation())))
    assert isinstance(event, JudgmentAnnulled)
    assert event.corrects.cited == "BODACC A n° 00000234 du 5 décembre 2007 annonce n° 40"
    assert event.corrects.published_on == dt.date(2007, 12, 5)


def test_a_first_publication_that_cites_corrects_nothing() -> None:
    """A judgment that cites the notice of the procedure's opening is a publication of its own."""
    assert type(an_event(an_archive(an_annonce(citation=a_citation())))) is JudgmentPublished


@pytest.mark.parametrize(
    ("annonce", "code"),
    [
        (an_annonce(number=""), "bad_reference"),
        (an_annonce(number="0"), "bad_reference"),
        (an_annonce(number="12345678"), "bad_reference"),
        (an_annonce(number="٤٨"), "bad_reference"),
        (an_annonce(kind="suite"), "unknown_kind"),
        (an_annonce().replace("<creation/>", ""), "missing_field"),
        (an_annonce().replace("<creation/>", "<creation/><annulation/>"), "missing_field"),
        (an_annonce(judgment=""), "missing_field"),
        (an_annonce(judgment="<jugement><nature/></jugement>"), "missing_field"),
        (an_annonce(persons=""), "missing_field"),
        (an_annonce(persons=COMPANY.replace("Ateliers du Rêve", " ") + REGISTERED), "missing_field"),
        (an_annonce().replace("TRIBUNAL", "T" * 100_001), "invalid_value"),
        ("<annonce/>", "missing_field"),
    ],
)
def test_a_bad_notice_is_refused_alone(annonce: str, code: str) -> None:
    """A notice that cannot be an event is refused with its place and a reason, and its neighbours are published."""
    before, refusal, after = outcomes(an_archive(an_annonce(number="1"), annonce, an_annonce(number="3")))
    assert [event.reference for event in (before, after) if isinstance(event, JudgmentPublished)] == [
        "A200800101",
        "A200800103",
    ]
    assert not isinstance(refusal, JudgmentPublished)
    assert refusal.reason.startswith(f"{code}: ")
    assert refusal.where.startswith("annonce 2 ")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unknown_format"),
        (b"\x00" * 100, "unknown_format"),
        (b"MZ\x90\x00", "unknown_format"),
        (b"<", "damaged_file"),
        (b"<html/>", "unknown_format"),
        (b"<PCL_REDIFF/>", "missing_field"),
        (b"<PCL_REDIFF><annonces><annonce/></annonces><parution/><dateParution/></PCL_REDIFF>", "missing_field"),
        (an_archive()[:-20], "damaged_file"),
        (an_archive(" "), "no_notice"),
        (an_archive(head="<!DOCTYPE PCL_REDIFF>"), "doctype"),
        (an_archive(head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "doctype"),
        (an_archive(head='<!DOCTYPE x [<!ENTITY a "b">]>').replace(b"LYON", b"&a;"), "doctype"),
        (an_archive().replace(b"LYON", b"&a;"), "damaged_file"),
        (an_archive().replace(b"LYON", b"\xff"), "damaged_file"),
        (an_archive().replace(b"LYON", b"\x00"), "damaged_file"),
        (an_archive(head="<?xml version='1.0' encoding='klingon'?>"), "damaged_file"),
        (an_archive(head="<?xml version='1.0' encoding='utf-16'?>"), "damaged_file"),
        (b"<a>" * 200_000, "damaged_file"),
        (an_archive(an_annonce(persons="<x/>" * 500_000)), "absurd_size"),
        (an_archive(an_annonce(judgment=f"<x>{'y' * 10_000_001}</x>")), "absurd_size"),
    ],
)
def test_a_file_that_cannot_be_believed_publishes_nothing(content: bytes, code: str) -> None:
    """What is no archive, or not a whole and harmless one, gives one refusal of the file, whatever stood before."""
    assert a_refusal(content).reason.startswith(f"{code}: ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "iso-8859-15"])
def test_encodings_are_read_as_declared(encoding: str) -> None:
    """An archive in any encoding that it declares gives the same events."""
    head = f"<?xml version='1.0' encoding='{encoding.removesuffix('-sig')}'?>"
    assert events(an_archive(head=head).decode().encode(encoding)) == events(an_archive())


@pytest.mark.parametrize("encoding", ["WINDOWS-1252", "iso-8859-15"])
def test_utf_8_that_declares_another_encoding_is_refused(encoding: str) -> None:
    """Wherever its letters stand, UTF-8 misread gives no name; pure ASCII is the same text in both."""
    head = f"<?xml version='1.0' encoding='{encoding}'?>"
    before = an_archive(head=head).index("ê".encode())
    for blanks in ("", " " * (32_767 - before)):  # the second letter stands across two of lxml's pieces
        content = an_archive(head=head + blanks)
        assert a_refusal(content).reason.startswith("bad_encoding: ")
        assert an_event(content.replace("ê".encode(), b"e")).person.name == "Ateliers du Reve"


@pytest.mark.parametrize(
    ("parution", "date", "code"),
    [("2008001", "16/01/2008", "bad_reference"), ("20080010", "32/01/2008", "bad_date"), ("20080010", "", "bad_date")],
)
def test_a_file_of_no_day_has_no_references(parution: str, date: str, code: str) -> None:
    """Without its issue and a possible date of publication no notice is believed: legal periods run from it."""
    assert a_refusal(an_archive(parution=parution, date=date)).reason.startswith(f"{code}: ")


def test_a_truncated_real_archive_publishes_nothing() -> None:
    """A real archive cut anywhere gives one refusal, which says so, and no event."""
    with needed(SAMPLES / "PCL_BXA20080085.xml").open("rb") as file:
        whole = file.read()
    for length in range(1000, len(whole) - 20, 40_000):
        assert a_refusal(whole[:length]).reason.startswith("damaged_file: ")


def test_times_come_from_the_caller() -> None:
    """The same file at another time gives the same events but for the time of publication."""
    (event,) = events(an_archive())
    (later,) = parse(io.BytesIO(an_archive()), NOW + dt.timedelta(days=1))
    assert isinstance(later, JudgmentPublished)
    header = later.header.model_copy(update={"published_at": NOW})
    assert later.model_copy(update={"header": header}) == event
