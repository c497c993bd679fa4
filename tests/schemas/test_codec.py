"""What the codec takes, what it gives, and all that it refuses."""

import datetime as dt
import itertools
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas import golden
from schemas.base import FIRST_DAY, LAST_DAY, EventHeader, Record
from schemas.catalog import RECORDS, avro_name
from schemas.codec import REASONS, decode, encode, header_in
from schemas.errors import RefusedError
from schemas.events.court_judgments import Person
from schemas.events.limits import LimitWithdrawn
from schemas.versions import subjects, versions
from schemas.writer import write_long
from tests.schemas.drawing import ANY_RECORD, records
from tests.schemas.spelled import HEAD, HEADER, a_withdrawal, refusal

BYTES = [encode(golden.load(path)) for path in golden.paths()]


def days(day: dt.date, later: int) -> bytes:
    """A date on the wire."""
    return write_long((day - dt.date(1970, 1, 1)).days + later)


def micros(day: dt.date, later: int) -> bytes:
    """The midnight of a day later, on the wire."""
    return write_long(((day - dt.date(1970, 1, 1)).days + later) * 86_400_000_000)


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_comes_back(name: str) -> None:
    """Whatever a model allows survives its way over the wire, in the same bytes each time."""

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(records(RECORDS[name]))
    def comes_back(record: Record) -> None:
        raw = encode(record)
        assert decode(raw) == record
        assert encode(decode(raw)) == raw

    comes_back()


def test_the_whole_record_is_spelled_as_this_test_spells_it() -> None:
    """The bytes that the refusals below spoil are those of a legal record."""
    assert decode(a_withdrawal()) == LimitWithdrawn(
        header=EventHeader(
            published_at=dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
            event_id="e",
            source="s",
            occurred_at=dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
        ),
        buyer_id="FR:1",
        policy_id="p",
        cover_id="c",
        effective_on=dt.date(1970, 1, 1),
    )


OF_THE_WIRE = {
    "a null value": (None, "tombstone", "null value"),
    "no bytes": (b"", "not_confluent_framed", "no byte"),
    "another first byte": (b"{" + a_withdrawal()[1:], "not_confluent_framed", "0x7b"),
    "half an id": (HEAD[:3], "not_confluent_framed", "3 bytes"),
    "an id of nobody's": (b"\x00\x00\x00\x00\x07", "unknown_schema_id", "got 7"),
    "an id with its sign": (b"\x00\xff\xff\xff\xff\x00", "unknown_schema_id", "4294967295"),
    "a head alone": (HEAD, "malformed_avro", "LimitWithdrawn.header.published_at: expected more bytes"),
    "a byte missing": (a_withdrawal()[:-1], "malformed_avro", "exceptional: expected more bytes"),
    "a byte too many": (a_withdrawal() + b"\x00", "malformed_avro", "1 bytes are left over"),
    "a second record": (a_withdrawal() + a_withdrawal(), "malformed_avro", "left over"),
    "a negative length": (a_withdrawal(buyer_id=b"\x01"), "malformed_avro", "buyer_id: expected a length that is not"),
    "a negative length, long": (a_withdrawal(buyer_id=write_long(-(2**63))), "malformed_avro", "buyer_id"),
    "a length past the end": (a_withdrawal(buyer_id=write_long(2**62)), "malformed_avro", "expected more bytes"),
    "an over-long zero": (a_withdrawal(header=b"\x80\x00" + HEADER[1:]), "malformed_avro", "published_at: expected an"),
    "an over-long length": (a_withdrawal(buyer_id=b"\x88\x00FR:1"), "malformed_avro", "in no more bytes than it needs"),
    "eleven bytes of varint": (a_withdrawal(b"\xff" * 10 + b"\x01" + HEADER[1:]), "malformed_avro", "64 bits"),
    "a varint without end": (a_withdrawal(b"\xff" * 500_000), "malformed_avro", "64 bits"),
    "65 bits": (a_withdrawal(b"\xff" * 9 + b"\x02" + HEADER[1:]), "malformed_avro", "64 bits"),
    "no UTF-8": (a_withdrawal(buyer_id=b"\x08FR:\xe9"), "malformed_avro", "buyer_id: expected UTF-8"),
    "a surrogate": (a_withdrawal(buyer_id=b"\x0cFR:\xed\xa0\x80"), "malformed_avro", "buyer_id: expected UTF-8"),
    "an over-long letter": (a_withdrawal(buyer_id=b"\x0aFR:\xc1\x81"), "malformed_avro", "buyer_id: expected UTF-8"),
    "a NUL": (a_withdrawal(tail=b"\x02\x00\x02c\x00"), "invalid_value", "policy_id: String should match"),
    "no value": (a_withdrawal(tail=b"\x00\x02c\x00"), "invalid_value", "policy_id: String should have at least 1"),
    "a date past 9999": (
        a_withdrawal(tail=b"\x02p\x02c" + write_long(10**7)),
        "invalid_value",
        "effective_on: expected a",
    ),
    "a date before 1": (a_withdrawal(tail=b"\x02p\x02c" + write_long(-(2**63))), "invalid_value", "effective_on"),
    "a day past the last": (a_withdrawal(tail=b"\x02p\x02c" + days(LAST_DAY, 1)), "invalid_value", "2199-12-31"),
    "a day before the first": (a_withdrawal(tail=b"\x02p\x02c" + days(FIRST_DAY, -1)), "invalid_value", "1600-01-01"),
    "an instant past the last": (a_withdrawal(micros(LAST_DAY, 1) + HEADER[1:]), "invalid_value", "2199-12-31"),
    "an instant before the first": (a_withdrawal(micros(FIRST_DAY, -1) + HEADER[1:]), "invalid_value", "1600-01-01"),
    "an instant past 9999": (a_withdrawal(write_long(2**63 - 1) + HEADER[1:]), "invalid_value", "header.published_at"),
    "an instant before 1": (a_withdrawal(write_long(-(2**63)) + HEADER[1:]), "invalid_value", "header.published_at"),
}


@pytest.mark.parametrize(("raw", "reason", "told"), OF_THE_WIRE.values(), ids=OF_THE_WIRE)
def test_what_is_no_record_is_refused(raw: bytes | None, reason: str, told: str) -> None:
    """Each way to be no record has its reason, and a detail that names the field and what was expected."""
    refused = refusal(raw)
    assert refused.reason == reason
    assert told in refused.detail


def _spoiled(path: str, old: bytes, new: bytes) -> bytes:
    raw = encode(golden.load(golden.ROOT / path))
    assert raw.count(old) == 1, f"{path}: {old!r} stands there {raw.count(old)} times"
    return raw.replace(old, new)


TERMS = "policies/PolicyTermsSet/plain.json"
DECLARED = "policies/BuyersDeclared/plain.json"
OF_A_KIND = {
    "a negative length in a list": (
        _spoiled(TERMS, b"\x04E1$", b"\x04E1%"),
        "malformed_avro",
        "insured_entities.0.name",
    ),
    "a boolean of 2": (
        _spoiled(TERMS, b"\xe8\x02\x00\x00\x00", b"\xe8\x02\x00\x02\x00"),
        "malformed_avro",
        "retention",
    ),
    "union index -1": (_spoiled(TERMS, b"\xe8\x02\x00\x00\x00", b"\xe8\x02\x01\x00\x00"), "malformed_avro", "unnamed"),
    "union index 2": (_spoiled(TERMS, b"\xe8\x02\x00\x00\x00", b"\xe8\x02\x04\x00\x00"), "malformed_avro", "unnamed"),
    "an over-long union index": (_spoiled(TERMS, b"\xe8\x02\x00", b"\xe8\x02\x80\x00"), "malformed_avro", "unnamed"),
    "a decimal of no byte": (_spoiled(TERMS, b"\x04\x23\x28", b"\x00"), "invalid_value", "insured_percentage"),
    "a decimal of 17 bytes": (_spoiled(TERMS, b"\x04\x23\x28", b"\x22" + b"\x00" * 17), "invalid_value", "16 bytes"),
    "a percentage of 100.01": (
        _spoiled(TERMS, b"\x04\x23\x28", b"\x04\x27\x11"),
        "invalid_value",
        "insured_percentage",
    ),
    "a negative percentage": (
        _spoiled(TERMS, b"\x04\x23\x28", b"\x04\xff\xff"),
        "invalid_value",
        "greater than or equal",
    ),
    "2^60 items": (
        _spoiled(DECLARED, b"\x02\x18FR", write_long(2**60) + b"\x18FR"),
        "malformed_avro",
        "buyer_ids: expected more bytes",
    ),
    "2^63 items": (
        _spoiled(DECLARED, b"\x02\x18FR", write_long(-(2**63)) + b"\x02\x18FR"),
        "malformed_avro",
        "buyer_ids",
    ),
    "a block longer than said": (
        _spoiled(DECLARED, b"\x02\x18FR", b"\x01\x02\x18FR"),
        "malformed_avro",
        "as many bytes",
    ),
    "a block of negative size": (
        _spoiled(DECLARED, b"\x02\x18FR", b"\x01\x01\x18FR"),
        "malformed_avro",
        "not negative",
    ),
}


@pytest.mark.parametrize(("raw", "reason", "told"), OF_A_KIND.values(), ids=OF_A_KIND)
def test_what_is_no_value_of_its_type_is_refused(raw: bytes, reason: str, told: str) -> None:
    """Indices, booleans, decimals and blocks are what Avro allows, or refused at the field."""
    refused = refusal(raw)
    assert refused.reason == reason
    assert told in refused.detail


def _declared(*blocks: bytes) -> bytes:
    raw = encode(golden.load(golden.ROOT / DECLARED))
    start = raw.index(b"\x02\x18FR:345086177\x00")
    return raw[:start] + b"".join(blocks) + b"\x00" + raw[start + len(b"\x02\x18FR:345086177\x00") :]


IDS = [b"\x18FR:345086177", b"\x16GB:01234567", b"\x0aDE:HR"]
BLOCKS = {
    "one block": [b"\x06", *IDS],
    "a block for each": [b"\x02", IDS[0], b"\x02", IDS[1], b"\x02", IDS[2]],
    "a block with its size, as Go writes it": [b"\x05", write_long(sum(map(len, IDS))), *IDS],
    "both": [b"\x03", write_long(len(IDS[0] + IDS[1])), IDS[0], IDS[1], b"\x02", IDS[2]],
}


@pytest.mark.parametrize("blocks", BLOCKS.values(), ids=BLOCKS)
def test_arrays_may_come_in_any_legal_blocks(blocks: list[bytes]) -> None:
    """Several blocks, and blocks that tell their size, are the same list."""
    record = decode(_declared(*blocks))
    assert record.model_dump()["buyer_ids"] == ["FR:345086177", "GB:01234567", "DE:HR"]


def test_a_decimal_may_be_padded() -> None:
    """A sign-extended decimal is the same number."""
    padded = _spoiled(TERMS, b"\x04\x23\x28", b"\x10" + b"\x00" * 6 + b"\x23\x28")
    assert decode(padded).model_dump()["insured_percentage"] == Decimal("90.00")


def _only_refused(raw: bytes) -> None:
    start = time.process_time()
    with suppress(RefusedError):
        record = decode(raw)
        assert decode(encode(record)) == record
    header_in(raw)
    assert time.process_time() - start < 1


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Bytes of an example with up to five stretches of them replaced."""
    raw = draw(st.sampled_from(BYTES))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(5, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 4)))
        raw = raw[:start] + draw(st.binary(max_size=12)) + raw[end:]
    return raw


@settings(max_examples=600)
@given(mutated())
def test_no_mutation_gets_through(raw: bytes) -> None:
    """Spoiled bytes are a record or refused, in time: nothing else comes out."""
    _only_refused(raw)


@settings(max_examples=200)
@given(st.sampled_from(sorted(versions())), st.binary(max_size=400))
@example(741001, b"\x80" * 400)
def test_no_noise_gets_through(schema_id: int, noise: bytes) -> None:
    """Noise under a known id is refused, in time."""
    _only_refused(b"\x00" + schema_id.to_bytes(4, "big") + noise)


@pytest.mark.parametrize("path", golden.paths(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_part_of_a_record_is_a_record(path: Path) -> None:
    """However many bytes are cut off, what is left is refused."""
    raw = encode(golden.load(path))
    for end in itertools.chain(range(min(len(raw), 400)), range(len(raw) - 40, len(raw))):
        assert refusal(raw[:end]).reason in REASONS


def test_a_false_count_costs_nothing() -> None:
    """A list that says it has 2^60 items is refused as soon as its bytes end."""
    start = time.process_time()
    refusal(_spoiled(DECLARED, b"\x02\x18FR", write_long(2**60) + b"\x18FR"))
    assert time.process_time() - start < 0.1


def test_a_part_of_a_record_cannot_be_published() -> None:
    """What has no schema of its own is a mistake of the program, said at once."""
    with pytest.raises(LookupError, match=r"Person has no schema of its own.*python -m schemas\.generate"):
        encode(Person(name="Menuiserie Exemple", kind="legal"))


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.lists(ANY_RECORD, min_size=2, max_size=4))
def test_what_a_writer_remembers_does_not_show(some: list[Record]) -> None:
    """The bytes of a record are the same whatever was written before it, also where it shares parts with that."""
    alone = [encode(type(record).model_validate(record.model_dump())) for record in some]
    assert [encode(record) for record in [*some, *some]] == [*alone, *alone]


def test_the_names_of_schemas_are_those_of_records() -> None:
    """Every record has one subject, and no subject is without a record."""
    assert set(subjects()) == {avro_name(record) for record in RECORDS.values()}
