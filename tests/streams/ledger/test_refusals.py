"""What is refused: a dead letter that says why, and a source that is paused when it goes wrong."""

import datetime as dt
import hashlib

import pytest

from schemas.catalog import key_of
from schemas.codec import encode
from streams.ledger.sources import LEAST_TO_JUDGE, Sources
from streams.runs import Run
from tests.builders import BUYER, POLICY, a_header, a_judgment, a_limit, some_terms
from tests.streams.ledger.bench import Ledger

KEY = BUYER.encode()
FAR = a_judgment().model_copy(
    update={"publication": a_judgment().publication.model_copy(update={"date": dt.date(9999, 12, 31)})}
)
WRONG_TOPIC = "LimitDecided does not belong on court-judgments"


def dead_letters(ledger: Ledger) -> list[tuple[str, bytes | None, bytes, dict[str, str]]]:
    """Id, key, bytes and headers of what waits to be published on `dead-letters`."""
    rows = ledger.rows("SELECT entry_ids, record_keys, payloads, headers FROM outbox WHERE topic = 'dead-letters'")
    return sorted((i, k, p, dict(h)) for row in rows for i, k, p, h in zip(*row, strict=True))


def test_a_dead_letter_has_the_bytes_the_place_and_the_reason(ledger: Ledger) -> None:
    """Nothing is lost of what was refused, under its own key; the record counts as applied."""
    ledger.apply(ledger.judgments.put(KEY, b"\x00garbage", dt.datetime(2026, 3, 14, 8, tzinfo=dt.UTC)))
    ((entry, key, payload, headers),) = dead_letters(ledger)
    assert (entry, key, payload) == ("court-judgments/0/0", KEY, b"\x00garbage")
    assert headers == {
        "topic": "court-judgments",
        "partition": "0",
        "offset": "0",
        "reason": "unknown_schema_id",
        "detail": "expected the id of a schema of ours (schemas/ids.lock), got 1734439522",
        "broker_at": "2026-03-14T08:00:00+00:00",
    }
    assert ledger.position() == 1


def test_a_long_one_is_cut_and_hashed(ledger: Ledger) -> None:
    """Of more than 64 KB the start is kept, with the size and the hash of all."""
    raw = b"\x01" + b"x" * 65_536
    ledger.apply(ledger.judgments.put(KEY, raw), ledger.judgments.put(KEY, raw[:65_536]))
    (_, _, long, headers), (_, _, exact, plain) = dead_letters(ledger)
    assert (long, exact) == (raw[:65_536], raw[:65_536])
    assert (headers["bytes"], headers["sha256"]) == ("65537", hashlib.sha256(raw).hexdigest())
    assert not {"bytes", "sha256"} & plain.keys()


@pytest.mark.parametrize(
    ("key", "value", "reason", "detail"),
    [
        (KEY, None, "tombstone", "expected a record, got a null value: nothing is deleted by tombstones here"),
        (None, encode(a_judgment()), "null_key", "got none: its order could not be kept"),
        (b"FR:1", encode(a_judgment()), "wrong_key", "got b'FR:1'"),
        (b"\xff\x00", encode(a_judgment()), "wrong_key", r"got b'\xff\x00'"),
        (KEY, encode(a_limit()), "wrong_topic", WRONG_TOPIC),
        (KEY, encode(a_judgment())[:-1], "malformed_avro", "vigie.court_judgments.JudgmentPublished"),
        (KEY, encode(FAR), "invalid_value", "vigie.court_judgments.JudgmentPublished.publication.date: "),
    ],
)  # fmt: skip
def test_each_reason(ledger: Ledger, key: bytes | None, value: bytes | None, reason: str, detail: str) -> None:
    """What does not belong where it stands changes nothing but the dead letters, and those behind it are applied."""
    ledger.insure(POLICY)
    ledger.judgments.put(key, value)
    ledger.judgments.append(a_judgment())
    ledger.apply(ledger.judgments.run())
    ((_, letter_key, payload, headers),) = dead_letters(ledger)
    assert (letter_key, payload, headers["reason"]) == (key, value or b"", reason)
    assert detail in headers["detail"]
    assert ledger.rows("SELECT record_offset, reason FROM refusal") == [(0, reason)]
    assert ledger.told() == [(POLICY, 1)]


def test_a_refusal_names_its_event_where_the_bytes_tell(ledger: Ledger) -> None:
    """Whatever a record that decodes is refused for; of undecodable bytes nobody knows who sent them, and what."""
    first, other = (a_judgment(header=a_header("E-1"), court=court) for court in ("Lyon", "Paris"))
    runs = [
        ledger.judgments.put(KEY, encode(a_limit(header=a_header("wrong topic", "underwriting")))),
        ledger.judgments.put(b"FR:1", encode(a_judgment(header=a_header("wrong key")))),
        ledger.judgments.put(KEY, encode(a_judgment(source="agency", header=a_header("wrong source", "agency")))),
        ledger.judgments.append(first, other),
        ledger.judgments.put(KEY, b"?"),
    ]
    both = frozenset({"court-judgments", "limits"})
    ledger.apply(*runs, sources={"bodacc": both, "underwriting": both})
    assert ledger.rows("SELECT reason, source, event_id FROM refusal ORDER BY record_offset") == [
        ("wrong_topic", "underwriting", "wrong topic"),
        ("wrong_key", "bodacc", "wrong key"),
        ("source_not_allowed", "agency", "wrong source"),
        ("conflicting_repeat", "bodacc", "E-1"),
        ("not_confluent_framed", None, None),
    ]


def misfits(ledger: Ledger, start: int, count: int) -> Run:
    """A run of judgments of one source under a wrong key."""
    for n in range(start, start + count):
        ledger.judgments.put(b"?", encode(a_judgment(f"A{n}", source="gazette", header=a_header(f"{n}", "gazette"))))
    return ledger.judgments.run(start, start + count)


def test_a_source_that_goes_wrong_is_paused(ledger: Ledger) -> None:
    """When more than half of a source's records are refused, its next ones wait; nobody else's do."""
    ledger.apply(misfits(ledger, 0, LEAST_TO_JUDGE))
    assert ledger.rows("SELECT waits_for, reason FROM hold") == [
        ("source:gazette", "50 of its last 50 records were refused")
    ]
    theirs = a_judgment("B1", source="gazette", header=a_header("B1", "gazette"))
    ledger.apply(ledger.judgments.append(theirs, a_judgment("B2")))
    assert ledger.rows("SELECT record_offset, waits_for FROM parked") == [(50, "source:gazette")]
    assert ledger.rows("SELECT record_offset FROM judgment") == [51]


def test_a_few_bad_records_pause_nobody(ledger: Ledger) -> None:
    """A source is not judged by fewer than fifty records."""
    ledger.apply(misfits(ledger, 0, LEAST_TO_JUDGE - 1))
    assert ledger.rows("SELECT * FROM hold") == []


def test_conflicting_repeats_count_too(ledger: Ledger) -> None:
    """A source that gives all its events one id is paused: each record counts once, whatever it is refused for."""
    events = [a_judgment(f"A{n}", header=a_header("1")) for n in range(LEAST_TO_JUDGE + 1)]
    ledger.apply(ledger.judgments.append(*events))
    assert ledger.rows("SELECT received, refused FROM source") == [(51, 50)]
    assert ledger.rows("SELECT reason FROM hold") == ["50 of its last 51 records were refused"]


def test_a_bad_record_now_and_then_pauses_nobody(ledger: Ledger) -> None:
    """Good records count however few come in a run: one bad in three is no reason to pause a source."""
    runs = []
    for n in range(LEAST_TO_JUDGE + 1):
        good = [a_judgment(f"A{n}/{k}", header=a_header(f"{n}/{k}")) for k in (1, 2)]
        bad = encode(a_judgment(f"A{n}", header=a_header(str(n))))
        runs += [ledger.judgments.append(*good), ledger.judgments.put(b"?", bad)]
    ledger.apply(*runs)
    assert ledger.rows("SELECT received, refused FROM source") == [(3 * len(runs) // 2, len(runs) // 2)]
    assert ledger.rows("SELECT * FROM hold") == []


def test_good_records_that_another_hub_of_the_worker_applied_count(ledger: Ledger) -> None:
    """What a source does well on one partition stands by it when another partition's records go wrong."""
    standing = Sources()
    good = [a_judgment(f"B{n}", source="gazette", header=a_header(f"B{n}", "gazette")) for n in range(LEAST_TO_JUDGE)]
    ledger.apply(ledger.judgments.append(*good), standing=standing)
    ledger.apply(misfits(ledger, LEAST_TO_JUDGE, LEAST_TO_JUDGE), standing=standing)
    assert ledger.rows("SELECT received, refused FROM source") == [(100, 50)]
    assert ledger.rows("SELECT * FROM hold") == []


def test_a_good_name_is_lost_at_last(ledger: Ledger) -> None:
    """However many good records a source had, it is paused once most of its last thousand or so are refused."""
    good = [
        a_judgment(f"A{n}", source="gazette", header=a_header(f"A{n}", "gazette"), buyer_id=f"FR:{n:09}")
        for n in range(2000)
    ]
    ledger.apply(ledger.judgments.append(*good), misfits(ledger, 2000, 300), misfits(ledger, 2300, 300))
    assert ledger.rows("SELECT * FROM hold") == []
    ledger.apply(misfits(ledger, 2600, 300))
    assert ledger.rows("SELECT reason FROM hold") == ["750 of its last 1250 records were refused"]


def test_unidentified_buyers_have_keys_too(ledger: Ledger) -> None:
    """A judgment without a buyer is taken in under the key that the catalog gives it, and looked at by a person."""
    judgment = a_judgment(buyer_id=None)
    assert key_of(judgment).startswith("unidentified:")
    ledger.apply(ledger.policies.append(some_terms()), ledger.judgments.append(judgment))
    assert ledger.rows("SELECT reason FROM review") == ["no_buyer_id"]
    assert dead_letters(ledger) == []


def test_a_source_that_may_not_write_the_topic_is_refused(ledger: Ledger) -> None:
    """Where it is said who may write what, anybody else's record changes nothing; nobody is paused for it."""
    sources = {"bodacc": frozenset({"court-judgments"}), "underwriting": frozenset({"limits"})}
    ledger.insure(POLICY)
    impostures = [a_judgment(f"A{n}", source="underwriting") for n in range(LEAST_TO_JUDGE + 1)]
    ledger.apply(ledger.judgments.append(*impostures, a_judgment()), sources=sources)
    refused = ledger.rows("SELECT reason, source, count(*) FROM refusal GROUP BY 1, 2")
    assert refused == [("source_not_allowed", "underwriting", 51)]
    assert (ledger.told(), ledger.rows("SELECT 1 FROM hold")) == ([(POLICY, 1)], [])
