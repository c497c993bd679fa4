"""What a provider gets for what he posts, and what then lies on the topic."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from schemas.catalog import key_of
from schemas.codec import encode
from streams.ledger.identity import partition_of
from tests.builders import a_contact, a_contact_set, a_header, a_limit
from tests.connectors.intake.conftest import PARTITIONS, SOURCE, Intake, as_line, limits


def place(receipt: dict[str, Any]) -> tuple[int, int]:
    return receipt["partition"], receipt["offset"]


def test_a_receipt_names_the_place_where_the_record_lies(intake: Intake, key: str) -> None:
    """Receipts are in the order of the lines, each with its event's partition, chosen by murmur2, and offset."""
    sent = limits(300)
    answer = intake.post(key, *sent)
    assert answer.status_code == 202, answer.text
    receipts = answer.json()["receipts"]
    published = intake.published()
    assert [published[place(receipt)] for receipt in receipts] == sent
    assert [(r["source"], r["event_id"]) for r in receipts] == [(SOURCE, s.header.event_id) for s in sent]
    assert [r["partition"] for r in receipts] == [partition_of(key_of(s).encode(), PARTITIONS) for s in sent]


def test_order_is_kept_within_a_key(intake: Intake, key: str) -> None:
    """Events of one key lie on the topic in the order of their lines, also where they need several batches."""
    sent = [a_limit(header=a_header(f"O-{n}", SOURCE), cover_id="x" * 200) for n in range(3_000)]
    receipts = intake.post(key, *sent).json()["receipts"]
    assert len({r["partition"] for r in receipts}) == 1
    assert [r["offset"] for r in receipts] == sorted({r["offset"] for r in receipts})


def test_the_same_event_again_gets_the_same_receipt(intake: Intake, key: str) -> None:
    """Sent again, alone or among others, twice in one batch, or published at another time: one receipt, one record."""
    one, two = limits(2, first=1_000)
    first = intake.post(key, one, one).json()["receipts"]
    assert first[0] == first[1]
    later = one.model_copy(
        update={"header": one.header.model_copy(update={"published_at": one.header.occurred_at.replace(year=2027)})}
    )
    again = intake.post(key, two, later).json()["receipts"]
    assert again[1] == first[0]
    assert [record.header.event_id for record in intake.published().values()].count("L-1000") == 1


def test_many_at_once_get_one_receipt(intake: Intake, key: str) -> None:
    """The same batch handed in by eight at the same moment has one set of receipts, each of which is true."""
    sent = limits(50, first=2_000)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: intake.post(key, *sent), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    (receipts,) = {tuple(map(place, answer.json()["receipts"])) for answer in answers}
    published = intake.published()
    assert [published[each] for each in receipts] == sent


def test_another_content_is_a_conflict(intake: Intake, key: str) -> None:
    """The same id with another content is 409 with its line, and nothing of its batch is published or claimed."""
    one, two = limits(2, first=3_000)
    assert intake.post(key, one).status_code == 202
    changed = one.model_copy(update={"amount": Decimal(1)})
    answer = intake.post(key, two, changed)
    assert (answer.status_code, answer.json()["errors"][0]["line"]) == (409, 2)
    assert intake.post(key, two.model_copy(update={"amount": Decimal(2)}), dry_run=True).status_code == 200
    assert intake.post(key, two.model_copy(update={"amount": Decimal(2)}), two).status_code == 409
    assert "L-3001" not in {record.header.event_id for record in intake.published().values()}


def test_what_the_hub_has_applied_is_known(intake: Intake, key: str) -> None:
    """An event that came by another route has its receipt there; with another content it is a conflict."""
    (one,) = limits(1, first=4_000)
    (receipt,) = intake.post(key, one).json()["receipts"]
    (event_key,) = intake.rows(
        "DELETE FROM intake.receipt WHERE record_offset = %s AND partition = %s RETURNING event_key",
        receipt["offset"],
        receipt["partition"],
    )[0]
    row = (
        event_key,
        bytes.fromhex(receipt["digest"]),
        intake.prefix + "limits",
        receipt["partition"],
        receipt["offset"],
    )
    intake.rows("INSERT INTO ledger.event VALUES (%s, %s, %s, %s, %s)", *row)
    before = len(intake.published())
    assert intake.post(key, one).json()["receipts"] == [receipt]
    assert intake.post(key, one.model_copy(update={"amount": Decimal(7)})).status_code == 409
    assert len(intake.published()) == before


@pytest.mark.parametrize("media_type", ["application/octet-stream", "avro/binary", "application/avro"])
def test_avro_bytes_are_taken(intake: Intake, key: str, media_type: str) -> None:
    """One record in Confluent's wire format gets the receipt that it gets as JSON."""
    (one,) = limits(1, first=5_000)
    (as_avro,) = intake.post(key, media_type=media_type, content=encode(one)).json()["receipts"]
    assert intake.post(key, one, media_type="application/json").json()["receipts"] == [as_avro]
    assert intake.published()[place(as_avro)] == one


def test_when_it_was_published_may_be_left_out(intake: Intake, key: str) -> None:
    """Without `published_at` it is the time of the request, and the content is the same."""
    (one,) = limits(1, first=6_000)
    line = as_line(one).replace(b'"published_at":"2026-03-14T08:00:02Z",', b"")
    assert b"published_at" not in line
    (receipt,) = intake.post(key, line).json()["receipts"]
    (published,) = [r for r in intake.published().values() if r.header.event_id == "L-6000"]
    assert published.header.published_at > one.header.published_at
    assert intake.post(key, one).json()["receipts"] == [receipt]


def test_a_dry_run_publishes_nothing(intake: Intake, key: str) -> None:
    """`dry_run=1` says how many would be taken or what is wrong, and leaves neither a record nor a claim."""
    (one,) = limits(1, first=7_000)
    answer = intake.post(key, one, dry_run=1)
    assert (answer.status_code, answer.json()) == (200, {"valid": 1})
    assert intake.post(key, b"{}", dry_run=1).status_code == 422
    assert intake.post(key, one, dry_run="").json() == {"valid": 1}
    assert intake.post(key, one.model_copy(update={"amount": Decimal(1)})).status_code == 202


@pytest.mark.parametrize(
    "asked", ["dryrun=1", "dry-run=true", "dry_run=1&verbose=1", "dry_run=1&dry_run=0", "dry_run=0&dry_run=0"]
)
def test_a_parameter_that_is_not_known_publishes_nothing(intake: Intake, key: str, asked: str) -> None:
    """Misspelt, unknown or said twice, it is 422, with what is known."""
    (one,) = limits(1, first=7_100)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    answer = intake.client.post(f"/v1/events/limits?{asked}", content=as_line(one), headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (422, "unknown_parameter")
    assert "dry_run" in answer.json()["detail"]
    assert "L-7100" not in {record.header.event_id for record in intake.published().values()}


def test_lines_are_counted_where_each_is_a_record(intake: Intake, key: str) -> None:
    """One record may hold as many as it likes: written out in JSON, or as bytes of Avro."""
    (one,) = limits(1, first=7_500, cover_id="C-" + "\n" * 190)
    spread = as_line(one).replace(b",", b"," + b"\n" * 1_000)
    assert spread.count(b"\n") > 10_000
    first = intake.post(key, media_type="application/json", content=spread)
    again = intake.post(key, media_type="avro/binary", content=encode(one))
    assert first.json()["receipts"] == again.json()["receipts"]
    assert intake.post(key, *limits(2, first=7_510), media_type="application/ndjson").status_code == 202


def test_what_is_wrong_with_avro_is_said_once(intake: Intake, key: str) -> None:
    """In a sentence."""
    (told,) = intake.post(key, media_type="avro/binary", content=b"x").json()["errors"]
    assert told["expected"].startswith("expected 0x00, the schema's id")


def test_every_error_of_a_batch_is_told_at_once(intake: Intake, key: str) -> None:
    """A batch with errors tells line, field and what was expected for each, and publishes nothing of the rest."""
    (one,) = limits(1, first=8_000)
    bad = as_line(one).replace(b'"80000"', b'"-1"').replace(b'"%s"' % one.buyer_id.encode(), b"5")
    answer = intake.post(
        key, one, b"", bad, b"{", as_line(a_contact_set(a_contact())), as_line(one).replace(b"L-8000", b"a\\u0000")
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = [(e["line"], e["field"], e["reason"]) for e in answer.json()["errors"]]
    assert told == [
        (3, "value.buyer_id", "invalid_value"),
        (3, "value.amount", "invalid_value"),
        (4, "", "not_json"),
        (5, "type", "wrong_type"),
        (6, "value.header.event_id", "invalid_value"),
    ]
    assert "nothing was published" in answer.json()["detail"]
    assert "L-8000" not in {record.header.event_id for record in intake.published().values()}


def test_a_body_over_the_limit_is_413(intake: Intake, key: str) -> None:
    """Too many bytes, announced or not, and too many lines are 413."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    whole = intake.client.post("/v1/events/limits", content=b"x" * 8_000_001, headers=headers)
    parts = intake.client.post("/v1/events/limits", content=iter([b"x" * 1_000_000] * 9), headers=headers)
    lines = intake.client.post("/v1/events/limits", content=b"\n" * 10_001, headers=headers)
    assert [whole.status_code, parts.status_code, lines.status_code] == [413, 413, 413]


@pytest.mark.parametrize("last", [b"", b"\n"])
def test_as_many_lines_as_a_body_may_have_are_taken(intake: Intake, key: str, last: bytes) -> None:
    """10,000 of them, whether the last one ends as the others do or not."""
    (line,) = map(as_line, limits(1))
    answer = intake.post(key, content=b"\n".join([line] * 10_000) + last, dry_run=1)
    assert (answer.status_code, answer.json()) == (200, {"valid": 10_000})


@pytest.mark.parametrize(
    ("media_type", "headers"),
    [("text/csv", {}), ("", {}), ("application/json", {"Content-Encoding": "gzip"})],
)
def test_what_is_not_read_is_415(intake: Intake, key: str, media_type: str, headers: dict[str, str]) -> None:
    """Another media type, none, or a compressed body is 415 with what is read."""
    sent = {"Authorization": f"Bearer {key}", "Content-Type": media_type, **headers}
    assert intake.client.post("/v1/events/limits", content=b"{}", headers=sent).status_code == 415


def test_a_wrong_method_is_told_the_right_ones(intake: Intake, key: str) -> None:
    """405 comes with `Allow`, and as every other problem does."""
    wrong = intake.client.put("/v1/events/limits", headers={"Authorization": f"Bearer {key}"})
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert wrong.headers["content-type"] == "application/problem+json"


def test_the_page_needs_nothing_from_elsewhere(intake: Intake) -> None:
    """`/docs` names every answer, and loads nothing from another host."""
    page = intake.client.get("/docs")
    assert page.is_success
    assert "Retry" in intake.client.get("/openapi.json").text
    assert "429" in page.text
    assert "http" not in page.text
