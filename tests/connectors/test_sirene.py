"""Sirene: what INSEE's records say, and its interface against a local server in its form."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.refusal import Refusal
from connectors.registry import Fetched
from connectors.sirene import CONNECTOR, SireneSettings, fetch
from schemas.catalog import key_of
from schemas.codec import decode, encode
from schemas.errors import RefusedError, UnavailableError
from schemas.events.buyer_updates import BuyerUpdated, Successor
from tests.connectors.builders import needed
from tests.connectors.feeds import serving
from tests.connectors.registers import KEY, NOW, OTHER_SIREN, SIREN, Insee, a_period, a_unit, outcomes

SAMPLE = Path(__file__).parents[3] / "shared" / "samples" / "companies" / "siren_130025265_DINUM_full.json"
GOLDEN = "694c0fd8848e4e47e939074521c35b4381092174297f73193f66179c5a029135"
CEASED = {"etatAdministratifUniteLegale": "C", "changementEtatAdministratifUniteLegale": True}


def an_update(value: Any) -> BuyerUpdated:
    (update,) = outcomes(CONNECTOR, value)
    assert isinstance(update, BuyerUpdated)
    return update


def an_office(**changes: Any) -> dict[str, Any]:
    unit = a_period() | {"dateDernierTraitementUniteLegale": "2026-03-16T10:30:00"}
    del unit["dateDebut"]
    address = {
        "numeroVoieEtablissement": "4",
        "typeVoieEtablissement": "RUE",
        "libelleVoieEtablissement": "DU SONGE",
        "codePostalEtablissement": "59500",
        "libelleCommuneEtablissement": "DOUAI",
    }
    return {
        "siren": SIREN,
        "siret": f"{SIREN}00013",
        "etablissementSiege": True,
        "dateDernierTraitementEtablissement": "2026-03-16T10:30:00",
        "uniteLegale": unit,
        "adresseEtablissement": address,
    } | changes


def a_link(**changes: Any) -> dict[str, Any]:
    return {
        "siretEtablissementPredecesseur": f"{SIREN}00013",
        "siretEtablissementSuccesseur": f"{OTHER_SIREN}00021",
        "dateLienSuccession": "2026-03-09",
        "transfertSiege": True,
        "continuiteEconomique": True,
        "dateDernierTraitementLienSuccession": "2026-03-16T10:30:00",
    } | changes


def test_the_real_record_gives_what_it_gave() -> None:
    """The sample gives one update, to the byte, and it travels."""
    with needed(SAMPLE).open("rb") as file:
        (update,) = CONNECTOR.parse(file, NOW)
    assert isinstance(update, BuyerUpdated)
    assert (update.buyer_id, update.status, update.effective_on) == ("FR:130025265", "ACTIVE", dt.date(2019, 10, 25))
    assert hashlib.sha256(update.model_dump_json().encode()).hexdigest() == GOLDEN
    assert decode(encode(update)) == update


@pytest.mark.parametrize("order", [1, -1])
def test_a_company_that_ceased_says_since_when(order: int) -> None:
    """The newest period is the state, and the status counts from the first period that has it, in any order."""
    periods = [
        a_period("2017-05-24"),
        a_period("2026-02-28", **CEASED),
        a_period("2026-03-10", etatAdministratifUniteLegale="C", changementNicSiegeUniteLegale=True),
    ]
    update = an_update({"header": {}, "uniteLegale": a_unit(*periods[::order])})
    assert (update.status, update.status_said) == ("CEASED", "C")
    assert (update.status_since, update.effective_on) == (dt.date(2026, 2, 28), dt.date(2026, 3, 10))
    assert (update.changed, update.former_name) == (["address"], None)
    assert update.header.occurred_at == dt.datetime(2026, 3, 16, 9, 30, tzinfo=dt.UTC)
    assert update.header.event_id == f"{SIREN}/2026-03-16T09:30:00"
    assert key_of(update) == f"FR:{SIREN}"


def test_a_change_of_name_says_both() -> None:
    """The name before is that of the period before."""
    changed = a_period("2026-03-10", denominationUniteLegale="LES REVES\u00a0", changementDenominationUniteLegale=True)
    update = an_update(a_unit(a_period(), changed))
    assert (update.name, update.former_name, update.changed) == ("LES REVES", "ATELIERS DU REVE", ["name"])


def test_a_person_in_business_has_a_name_too() -> None:
    """An individual is named as he is called; a name that INSEE withholds is unknown."""
    person = a_period(denominationUniteLegale=None, nomUniteLegale="REVE", categorieJuridiqueUniteLegale="1000")
    update = an_update(a_unit(person, prenom1UniteLegale="ODE", prenomUsuelUniteLegale="ODILE"))
    assert (update.name, update.kind) == ("ODILE REVE", "natural")
    withheld = a_period(denominationUniteLegale="[ND]", nomUniteLegale="[ND]")
    assert an_update(a_unit(withheld, prenom1UniteLegale="[ND]")).name is None


def test_a_head_office_brings_the_address() -> None:
    """An establishment that is the head office is its company's state, with where it is."""
    update = an_update({"etablissements": [an_office()]})
    assert update.address is not None
    assert update.address.lines == ["4 RUE DU SONGE", "59500 DOUAI"]
    assert (update.address.postal_code, update.address.city, update.address.country) == ("59500", "DOUAI", "FR")
    assert (update.status, update.effective_on) == ("ACTIVE", None)


def test_a_head_office_that_passes_to_another_company_names_its_successor() -> None:
    """A merger is a link of succession with the head office: the predecessor's update names who takes over."""
    update = an_update({"header": {}, "liensSuccession": [a_link()]})
    assert update.buyer_id == f"FR:{SIREN}"
    assert update.successor == Successor(buyer_id=f"FR:{OTHER_SIREN}", effective_on=dt.date(2026, 3, 9))
    assert (update.status, update.changed) == ("UNKNOWN", ["successor"])


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (a_unit(siren="999900013"), "bad_siren"),
        (a_unit(siren=""), "bad_siren"),
        (a_unit(dateDernierTraitementUniteLegale=None), "missing_field"),
        (a_unit(dateDernierTraitementUniteLegale="yesterday"), "bad_date"),
        (a_unit(a_period("24/05/2017")), "bad_date"),
        (a_unit(periodesUniteLegale={}), "invalid_value"),
        (a_unit(a_period(denominationUniteLegale="a\x00b")), "invalid_value"),
        (a_unit(a_period(denominationUniteLegale=[1])), "invalid_value"),
        (an_office(etablissementSiege=False), "not_a_head_office"),
        (a_link(transfertSiege=False), "not_a_succession"),
        (a_link(siretEtablissementSuccesseur=f"{SIREN}00021"), "not_a_succession"),
        ({"fault": {"code": 900804}}, "unknown_format"),
        (b"{", "not_json"),
    ],
)
def test_a_bad_record_is_refused_alone(record: Any, code: str) -> None:
    """A record that says nothing of a company is refused with its line and a reason, and the next one is read."""
    refusal, good = (
        outcomes(CONNECTOR, record, a_unit()) if record != b"{" else outcomes(CONNECTOR, b"", record, a_unit())
    )
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(f"{code}: ")
    assert "line" in refusal.where
    assert isinstance(good, BuyerUpdated)


def test_a_bad_record_of_a_page_has_its_place() -> None:
    """In a page, a record that is refused is found by its ordinal."""
    good, refusal = outcomes(CONNECTOR, {"unitesLegales": [a_unit(), a_unit(siren="1")]})
    assert isinstance(good, BuyerUpdated)
    assert isinstance(refusal, Refusal)
    assert refusal.where == "record 1, line 1, company 2"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates().map(str),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200)
@given(
    st.dictionaries(st.sampled_from(sorted(a_unit())), VALUES),
    st.dictionaries(st.sampled_from(sorted(a_period())), VALUES),
    st.dictionaries(st.sampled_from(sorted(an_office())), VALUES),
    st.dictionaries(st.sampled_from(sorted(a_link())), VALUES),
)
def test_any_value_in_any_field(
    unit: dict[str, Any], period: dict[str, Any], office: dict[str, Any], link: dict[str, Any]
) -> None:
    """Records with any values are updates that travel, or refusals that can be printed."""
    records = (a_unit(a_period() | period), a_unit() | unit, an_office(**office), a_link(**link))
    for outcome in outcomes(CONNECTOR, *records):
        assert json.dumps(outcome.reason).encode() if isinstance(outcome, Refusal) else encode(outcome)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes(content: bytes, cut: int) -> None:
    """Any bytes, and a record cut anywhere, are updates or refusals."""
    whole = json.dumps(a_unit()).encode()
    for outcome in outcomes(CONNECTOR, content, whole[:cut] + content + whole[cut + 3 :]):
        assert isinstance(outcome, Refusal) or encode(outcome)


def written(day: int, number: int) -> dict[str, Any]:
    return a_unit(siren=SIREN, ordre=number, dateDernierTraitementUniteLegale=f"2026-11-{day:02}T10:00:{number:02}")


@pytest.fixture
def insee() -> Iterator[tuple[Insee, SireneSettings]]:
    """A server with units of three days, and the settings under which it is asked."""
    units = [written(day, number) for day in (18, 20, 21) for number in range(5)]
    server = Insee("2026-11-21T23:00:00", *units)
    with serving(server.app) as url:
        yield server, SireneSettings(url=url, key=SecretStr(KEY), attempts=3, first_wait_s=0.01)


def given_by(pieces: list[Fetched]) -> list[tuple[str, int]]:
    units = [json.loads(line)["uniteLegale"] for piece in pieces for line in piece.content.splitlines()]
    return [(str(unit["dateDernierTraitementUniteLegale"])[8:10], int(unit["ordre"])) for unit in units]


def test_all_that_was_written_is_given_in_pages(insee: tuple[Insee, SireneSettings]) -> None:
    """Every unit comes once, a day after another, up to what INSEE says is there, days without any in between."""
    server, own = insee
    server.statuses = [429, 503]
    pieces = list(fetch(own, "2026-11-18"))
    assert given_by(pieces) == [(day, number) for day in ("18", "20", "21") for number in range(5)]
    assert pieces[-1] == Fetched(b"", "2026-11-21T23:00:00")
    assert given_by(list(fetch(own, pieces[-1].cursor))) == []


def test_a_fetch_goes_on_from_any_cursor(insee: tuple[Insee, SireneSettings]) -> None:
    """Wherever a fetch ended, the next one gives all that was still to come."""
    _, own = insee
    pieces = list(fetch(own, "2026-11-18"))
    for ordinal, piece in enumerate(pieces):
        rest = set(given_by(list(fetch(own, piece.cursor))))
        assert rest >= set(given_by(pieces[ordinal + 1 :]))


def test_the_first_fetch_takes_the_last_day(insee: tuple[Insee, SireneSettings]) -> None:
    """Without a cursor, the day before the newest record is given."""
    assert {day for day, _ in given_by(list(fetch(insee[1], None)))} == {"21"}


def test_what_will_not_change_is_said(insee: tuple[Insee, SireneSettings]) -> None:
    """No key, a wrong one and a cursor that is none are each refused with what to do, and INSEE away is said."""
    server, own = insee
    wrong = own.model_copy(update={"key": SecretStr("another")})
    for settings_, cursor, said in (
        (SireneSettings(key=None), None, "VIGIE_SIRENE_KEY"),
        (wrong, None, "does not accept the key"),
        (own, "yesterday", "2026-11-21T16:46:56"),
    ):
        with pytest.raises(RefusedError, match=said):
            list(fetch(settings_, cursor))
    server.statuses = [500] * 3
    with pytest.raises(UnavailableError, match="after 3 attempts"):
        list(fetch(own, None))
