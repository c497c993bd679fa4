"""What must not be there lands on `dead-letters` as it came, with its reason; everything after it is applied."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from connectors.publisher import Publisher
from schemas.base import Record
from schemas.codec import encode, header_in
from schemas.errors import RefusedError
from schemas.versions import versions
from streams.cluster import Cluster
from tests.builders import BUYER, LIQUIDATOR, a_judgment, a_limit, some_terms
from tests.deployment import Deployment
from tests.faults.check import read_topic
from tests.journeys.conftest import Deploy

KEY = BUYER.encode()


def crafted(record: Record, *path: str, value: object) -> bytes:
    """The record's bytes with another value in them, as a provider's own Avro library would write it."""
    raw = encode(record)
    schema = fastavro.parse_schema(versions()[int.from_bytes(raw[1:5], "big")].schema())
    content: Any = fastavro.schemaless_reader(io.BytesIO(raw[5:]), schema, None)
    inner = content
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    out = io.BytesIO(raw[:5])
    out.seek(5)
    fastavro.schemaless_writer(out, schema, content)
    return out.getvalue()


@dataclass(frozen=True)
class Bad:
    """One record that is refused."""

    reason: str
    words: str
    """Of the detail that a person reads."""
    raw: bytes | None
    key: bytes | None = KEY
    topic: str = "court-judgments"


FIRST = a_judgment("FIRST")
AVRO = encode(FIRST)
BAD = {
    "undecodable bytes": Bad("not_confluent_framed", "got a first byte 0xff", b"\xff\xfe<xml/>"),
    "nothing at all": Bad("not_confluent_framed", "got no byte", b""),
    "an unknown schema id": Bad("unknown_schema_id", "got 2147483647", b"\x00\x7f\xff\xff\xff" + AVRO[5:]),
    "bytes that end too early": Bad("malformed_avro", "expected more bytes, they end before", AVRO[:-1]),
    "bytes left over": Bad("malformed_avro", "1 bytes are left over", AVRO + b"\x00"),
    "an impossible value": Bad("invalid_value", "JudgmentPublished.country: ", crafted(FIRST, "country", value="Lyon")),
    "an impossible amount": Bad(
        "invalid_value", "LimitDecided.amount: ", crafted(a_limit(), "amount", value=Decimal(-1)), topic="limits"
    ),
    "a NUL byte in a text": Bad(
        "invalid_value", "JudgmentPublished.person.name: ", crafted(FIRST, "person", "name", value="MENUISERIE\x00")
    ),
    "a null key": Bad("null_key", "expected the key `buyer_id`", encode(a_judgment("NULL-KEY")), key=None),
    "a tombstone": Bad("tombstone", "nothing is deleted by tombstones here", None),
    "a wrong key": Bad("wrong_key", "got b'FR:000000000'", encode(a_judgment("WRONG-KEY")), key=b"FR:000000000"),
    "a record of another topic": Bad("wrong_topic", "LimitDecided does not belong", encode(a_limit())),
    "an event that came with other content": Bad(
        "conflicting_repeat", "the same event_id came at ", encode(a_judgment("FIRST", text="Autre chose."))
    ),
}


NAMELESS = {"not_confluent_framed", "unknown_schema_id", "tombstone"}
"""Reasons of records that do not say whose they are, nor which; the header of all others is sound."""


@dataclass(frozen=True)
class Sent:
    """What was put on the topics, and what came of it."""

    hub: Deployment
    places: dict[str, tuple[int, int]]
    dead_letters: dict[tuple[str, str, str], Any]
    """By topic, partition and offset of what was refused."""


@pytest.fixture(scope="module")
def hub(deploy: Deploy) -> Iterator[Deployment]:
    """One partition a topic: whatever comes after a bad record comes behind it."""
    with deploy().make(court_judgments=1, limits=1, policies=1, dead_letters=2) as hub:
        hub.start_worker()
        yield hub


@pytest.fixture(scope="module")
def sent(hub: Deployment) -> Sent:
    """A policy with a cover and a judgment, all the bad input, and a judgment behind it."""
    hub.publish([some_terms()])
    hub.settle()
    hub.publish([a_limit(), FIRST])
    places = {name: hub.send(bad.topic, bad.key, bad.raw) for name, bad in BAD.items()}
    hub.publish([a_judgment("LAST", nature_class="CLOSURE")])
    hub.settle()
    headers = [({k: v.decode() for k, v in record.headers}, record) for record in read_topic(hub, "dead-letters")]
    return Sent(hub, places, {(h["topic"], h["partition"], h["offset"]): (h, record) for h, record in headers})


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_lies_on_dead_letters_as_it_came(name: str, sent: Sent) -> None:
    """Its bytes and key, the reason in words and as a stable word, and where it was; in the ledger too, with its id."""
    bad, (partition, offset) = BAD[name], sent.places[name]
    topic = sent.hub.topic(bad.topic)
    headers, letter = sent.dead_letters[topic, str(partition), str(offset)]
    assert (letter.key, letter.value) == (bad.key, bad.raw or b"")
    assert headers["reason"] == bad.reason
    assert bad.words in headers["detail"]
    where = "WHERE topic = %s AND partition = %s AND record_offset = %s"
    header = header_in(bad.raw)
    assert (header is None) == (bad.reason in NAMELESS)
    event_id = header and header.event_id
    assert sent.hub.rows(f"SELECT reason, detail, event_id FROM ledger.refusal {where}", topic, partition, offset) == [
        (bad.reason, headers["detail"], event_id)
    ]


def test_nothing_else_is_refused_and_what_comes_after_is_told(sent: Sent) -> None:
    """One dead letter for each bad record; the judgments before and after all of them are told, and nothing else is."""
    assert len(sent.dead_letters) == sent.hub.count("refusal") == len(BAD)
    assert sent.hub.count("judgment") == sent.hub.count("notice") == 2


def test_a_message_too_large_for_the_topic_is_explained_by_the_publisher(hub: Deployment) -> None:
    """20 MB: the publisher says how large it may be and what to do, and takes the next one."""
    large = a_judgment("LARGE", officers=[LIQUIDATOR] * 400_000)
    with Publisher(Cluster(hub.bootstrap), hub.prefix) as publisher:
        with pytest.raises(RefusedError, match=r"too_large: .*expected at most 1,000,000 bytes.*, got 2\d,\d{3},\d{3}"):
            publisher.publish(large)
        publisher.publish(a_judgment("AFTER-LARGE"))
        assert sum(taken.count for taken in publisher.flush().values()) == 1


@pytest.mark.usefixtures("sent")
def test_a_source_that_goes_wrong_is_paused_and_nobody_else(hub: Deployment) -> None:
    """More than half of its last records refused: what it sends next waits until an operator lets it go on."""
    refused = hub.count("refusal")
    for n in range(60):
        misplaced = a_judgment(f"S{n}", source="sloppy", nature_class="CLOSURE")
        hub.send("court-judgments", b"FR:000000000", encode(misplaced))
    hub.settle()
    assert hub.count("refusal") == refused + 60
    assert hub.rows("SELECT waits_for FROM ledger.hold") == [("source:sloppy",)]

    told = hub.count("notice")
    good = a_judgment("GOOD", source="sloppy", nature_class="PLAN_ADOPTED")
    other = a_judgment("OTHER", source="gazette", nature_class="PLAN_MODIFIED")
    hub.publish([good, other])
    hub.settle()
    assert hub.rows("SELECT waits_for FROM ledger.parked") == [("source:sloppy",)]
    assert hub.count("notice") == told + 1

    assert hub.vigie("resume", "sloppy") == "source:sloppy: 1 records applied, 1 notices owed\n"
    hub.settle()
    assert hub.count("notice") == told + 2
    assert hub.count("hold") == hub.count("parked") == 0


@pytest.mark.usefixtures("sent")
def test_a_worker_told_to_stop_ends_without_a_word_of_alarm(hub: Deployment) -> None:
    """SIGTERM: exit code 0, no traceback, and no escape codes where there is no terminal."""
    worker = hub.workers[0]
    worker.stop()
    assert worker.child.returncode == 0
    assert "Traceback" not in worker.said
    assert "\x1b" not in worker.said
