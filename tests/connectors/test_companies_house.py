"""Companies House: what its events say, and its streams against a local server in their form."""

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.companies_house import CONNECTOR, CompaniesHouseSettings, fetch
from connectors.refusal import Refusal
from schemas.catalog import key_of
from schemas.codec import decode, encode
from schemas.errors import RefusedError, UnavailableError
from schemas.events.buyer_updates import BuyerUpdated
from schemas.events.court_judgments import JudgmentPublished
from tests.connectors.builders import needed
from tests.connectors.feeds import serving
from tests.connectors.registers import KEY, NOW, Stream, a_case, an_event, outcomes

SAMPLE = Path(__file__).parents[3] / "shared" / "samples" / "companies" / "insolvency_stream_events_2021.json"
GOLDEN = "4e7332612c49e734b8f1297c4792afc19c4226a53f3b0754398f8f2ef9cea12c"
ORDERED = {"petitioned_on": "2026-01-20", "ordered_to_wind_up_on": "2026-03-02"}


def an_update(**changes: Any) -> BuyerUpdated:
    (update,) = outcomes(CONNECTOR, an_event(**changes))
    assert isinstance(update, BuyerUpdated)
    return update


def of_cases(*cases: dict[str, Any]) -> list[Any]:
    return outcomes(CONNECTOR, an_event("company-insolvency", cases=list(cases)))


def test_the_real_events_give_what_they_gave() -> None:
    """The sample's 21 events give 21 updates, to the byte, and each travels."""
    with needed(SAMPLE).open("rb") as file:
        found = list(CONNECTOR.parse(file, NOW))
    text = "\n".join(each.model_dump_json() for each in found if isinstance(each, BuyerUpdated))
    assert Counter(each.status for each in found if isinstance(each, BuyerUpdated)) == {
        "UNKNOWN": 12,
        "IN_PROCEEDINGS": 9,
    }
    assert len(found) == 21
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN
    assert [decode(encode(each)) for each in found if isinstance(each, BuyerUpdated)] == found


def test_an_order_of_the_court_is_a_judgment() -> None:
    """A winding-up order is the company's state and a judgment of its day, with who is in office and no court named."""
    officers = [
        {"name": "Ann Able", "role": "interim-liquidator", "address": {"locality": "Bolton", "postal_code": "BL1 4QR"}},
        {"name": "Bob Gone", "role": "practitioner", "ceased_to_act_on": "2026-03-03"},
    ]
    update, judgment = of_cases(a_case(**ORDERED) | {"practitioners": officers})
    assert isinstance(update, BuyerUpdated)
    assert (update.status, update.status_said) == ("IN_PROCEEDINGS", "compulsory-liquidation")
    assert isinstance(judgment, JudgmentPublished)
    assert (judgment.nature, judgment.nature_class, judgment.country) == ("compulsory-liquidation", "OPENING_LJ", "GB")
    assert (judgment.judgment_date, judgment.publication.date) == (dt.date(2026, 3, 2), dt.date(2026, 3, 16))
    assert (judgment.header.event_id, judgment.reference) == (
        "insolvency-cases/568183/1",
        "01234567/insolvency/1",
    )
    assert [(each.role, each.name, each.postal_code) for each in judgment.officers] == [
        ("LIQUIDATOR", "Ann Able", "BL1 4QR")
    ]
    assert {key_of(update), key_of(judgment)} == {"GB:01234567"}


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (a_case(petitioned_on="2026-01-20"), "IN_PROCEEDINGS"),
        (a_case("in-administration", administration_started_on="2026-01-20"), "IN_PROCEEDINGS"),
        (a_case("creditors-voluntary-liquidation", wound_up_on="2026-01-20"), "IN_PROCEEDINGS"),
        (a_case("members-voluntary-liquidation", wound_up_on="2026-01-20"), "UNKNOWN"),
        (a_case(**ORDERED, concluded_winding_up_on="2026-03-10"), "UNKNOWN"),
        (a_case("in-administration", administration_ended_on="2026-03-10"), "UNKNOWN"),
        (a_case("something-new"), "IN_PROCEEDINGS"),
    ],
)
def test_what_no_court_ordered_is_no_judgment(case: dict[str, Any], status: str) -> None:
    """A petition, a case that creditors or members opened, and one that has ended, are told as the company's state."""
    (update,) = of_cases(case)
    assert (update.status, update.status_said) == (status, case["type"])


def test_an_order_that_is_no_class_of_ours_is_left_to_a_person() -> None:
    """An administration order is a judgment without a class."""
    _, judgment = of_cases(a_case("administration-order", administration_started_on="2002-01-20"))
    assert (judgment.nature, judgment.nature_class) == ("administration-order", None)


def test_a_profile_is_the_companys_state() -> None:
    """Name, former name, status and its day, address, activity and form come from the profile, with what changed."""
    update = an_update(
        changed=["company_name", "company_status", "registered_office_address.locality", "accounts"],
        company_name="ATELIER DREAM LIMITED",
        previous_company_names=[
            {"name": "A LIMITED", "ceased_on": "2010-01-01"},
            {"name": "B LIMITED", "ceased_on": "2026-03-01"},
        ],
        company_status="dissolved",
        date_of_cessation="2026-03-10",
        type="ltd",
        sic_codes=["43320", "43330"],
        registered_office_address={
            "address_line_1": "Unit 4\u00a0",
            "locality": "Manchester",
            "postal_code": "M1 1AA",
            "country": "England",
        },
    )
    assert (update.status, update.status_since, update.effective_on) == (
        "STRUCK_OFF",
        dt.date(2026, 3, 10),
        dt.date(2026, 3, 10),
    )
    assert (update.name, update.former_name, update.legal_form) == ("ATELIER DREAM LIMITED", "B LIMITED", "ltd")
    assert update.address is not None
    assert (update.address.lines, update.address.country) == (["Unit 4", "Manchester", "M1 1AA"], "GB")
    assert (update.activity and update.activity.code, update.changed) == ("43320", ["name", "status", "address"])


@pytest.mark.parametrize(
    ("said", "number"),
    [("1234567", "01234567"), ("sc12345", "SC012345"), ("OC300001", "OC300001"), ("IP12345R", "IP12345R")],
)
def test_a_number_has_eight_characters(said: str, number: str) -> None:
    """A company's number is padded after its letters, and its letters are capitals."""
    assert an_update(number=said, company_status="active").buyer_id == f"GB:{number}"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "filing-history"}, "unknown_kind"),
        ({"number": ""}, "bad_number"),
        ({"number": "123456789"}, "bad_number"),
        ({"number": "\u0661\u0662\u0663"}, "bad_number"),
        ({"company_status": 1.5}, "invalid_value"),
        ({"company_name": "a\x00b"}, "invalid_value"),
        ({"sic_codes": "43320"}, "invalid_value"),
        ({"sic_codes": [[]]}, "invalid_value"),
        ({"date_of_cessation": "2026-02-30"}, "bad_date"),
        ({"registered_office_address": []}, "invalid_value"),
        ({"timepoint": ""}, "missing_field"),
        ({"kind": "company-insolvency", "cases": [{}]}, "missing_field"),
    ],
)
def test_a_bad_event_is_refused_alone(changes: dict[str, Any], code: str) -> None:
    """An event that cannot be believed is refused with its line and a reason, and the next one is read."""
    refusal, good = outcomes(CONNECTOR, an_event(**changes), an_event())
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(f"{code}: ")
    assert refusal.where == "record 1, line 1"
    assert isinstance(good, BuyerUpdated)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates().map(str),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["resource_kind", "resource_id", "data", "event"])
INSIDE = st.sampled_from(
    ["cases", "company_name", "company_status", "sic_codes", "type", "date_of_cessation", "registered_office_address"]
)


@settings(max_examples=200)
@given(
    st.dictionaries(NAMES, VALUES),
    st.dictionaries(INSIDE, VALUES),
    st.sampled_from(["company-profile", "company-insolvency"]),
)
def test_any_value_in_any_field(outside: dict[str, Any], inside: dict[str, Any], kind: str) -> None:
    """An event with any values is events that travel, or refusals that can be printed."""
    for outcome in outcomes(CONNECTOR, an_event(kind, **inside), an_event(kind, **inside) | outside):
        assert json.dumps(outcome.reason).encode() if isinstance(outcome, Refusal) else encode(outcome)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes(content: bytes, cut: int) -> None:
    """Any bytes, and an event cut anywhere, are events or refusals."""
    whole = json.dumps(an_event("company-insolvency", cases=[a_case(**ORDERED)])).encode()
    for outcome in outcomes(CONNECTOR, content, whole[:cut] + content + whole[cut + 3 :]):
        assert isinstance(outcome, Refusal) or encode(outcome)


def test_deep_nesting_is_refused() -> None:
    """JSON nested as deep as a line allows gives a refusal."""
    for depth in (300, 900, 990, 200_000):
        deep = (
            b'{"resource_kind":"company-profile","resource_id":"1","event":{"timepoint":1,"published_at":"2026-01-01"},'
        )
        deep += b'"data":{"x":' + b"[" * depth + b"]" * depth + b"}}"
        assert len(outcomes(CONNECTOR, deep)) == 1


@pytest.fixture
def stream() -> Iterator[tuple[Stream, CompaniesHouseSettings]]:
    """A server with two events, and the settings under which it is asked."""
    server = Stream(an_event(timepoint=11), an_event(timepoint=12))
    with serving(server.app) as url:
        yield server, CompaniesHouseSettings(url=url, key=SecretStr(KEY), attempts=3, first_wait_s=0.01)


def test_the_stream_goes_on_from_its_timepoint(stream: tuple[Stream, CompaniesHouseSettings]) -> None:
    """Events come whole, a heartbeat is an empty piece, and a broken connection is made again from the last event."""
    server, own = stream
    pieces = []
    for piece in fetch(own, None):
        pieces.append(piece)
        if sum(not each.content for each in pieces) == 2:
            break
    content = b"".join(piece.content for piece in pieces)
    assert [json.loads(line)["event"]["timepoint"] for line in content.splitlines()] == [11, 12, 12]
    assert [piece.cursor for piece in pieces if not piece.content] == ["12", "12"]
    assert server.asked[:2] == [None, "12"]


def test_a_stream_that_has_said_nothing_names_no_place(stream: tuple[Stream, CompaniesHouseSettings]) -> None:
    """Before the first event there is no cursor to keep."""
    server, own = stream
    server.events = []
    (piece,) = islice(fetch(own, None), 1)
    assert (piece.content, piece.cursor) == (b"", "")


def test_a_stream_that_is_busy_is_asked_again(stream: tuple[Stream, CompaniesHouseSettings]) -> None:
    """429 and 503 are waited for, and too many of them are said."""
    server, own = stream
    server.statuses = [429, 503]
    assert next(fetch(own, "11")).cursor == "11"
    server.statuses = [429, 503, 429]
    with pytest.raises(UnavailableError, match="after 3 attempts"):
        next(fetch(own, "11"))


def test_what_will_not_change_is_said(stream: tuple[Stream, CompaniesHouseSettings]) -> None:
    """No key, a wrong one, a cursor that is none and a timepoint that is too old are each refused with what to do."""
    server, own = stream
    wrong = own.model_copy(update={"key": SecretStr("another")})
    for settings_, cursor, said in (
        (CompaniesHouseSettings(key=None), None, "VIGIE_COMPANIES_HOUSE_KEY"),
        (wrong, None, "does not accept the key"),
        (own, "yesterday", "568183"),
    ):
        with pytest.raises(RefusedError, match=said):
            next(fetch(settings_, cursor))
    server.statuses = [416]
    with pytest.raises(RefusedError, match=r"too old.*--since"):
        next(fetch(own, "1"))


def test_each_stream_has_a_cursor_of_its_own() -> None:
    """The cursor's name holds the stream's."""
    assert CONNECTOR.feed_of(CompaniesHouseSettings(stream="companies")) == "companies_house/companies"
