"""The way to the topics, with many on it at once: each is taken in its order, or hears soon that Kafka is away."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.intake.feed import Feed
from connectors.intake.reading import Event, read_json
from connectors.intake.receipts import Place
from schemas.codec import decode
from schemas.errors import UnavailableError
from streams.cluster import Cluster
from streams.embedded.kafka import EmbeddedKafka
from tests.builders import NOW, a_header, a_limit
from tests.connectors.intake.conftest import SOURCE, Intake, an_intake, as_line

SOON_S = 20.0
"""In which everybody hears that the broker is away, however many they are."""
Sent = tuple[dict[bytes, tuple[Event, Place]], Exception | None]


@pytest.fixture
def topics(kafka: str, module_database: str, tmp_path: Path) -> Iterator[Intake]:
    """Of the test's own; nobody serves them."""
    with an_intake(kafka, module_database, tmp_path) as intake:
        yield intake


def events(name: str, count: int, **fields: Any) -> list[Event]:
    """Events of one key, and so of one partition."""
    return [
        read_json(as_line(a_limit(header=a_header(f"{name}-{n}", SOURCE), **fields)), "limits", NOW)
        for n in range(count)
    ]


def places(events: Sequence[Event], sent: Sent) -> list[Place]:
    """Where each event of a request lies."""
    taken, failure = sent
    assert failure is None
    return [taken[event.event_key][1] for event in events]


async def all_at_once(feed: Feed, requests: Sequence[Sequence[Event]]) -> list[Sent]:
    try:
        return await asyncio.gather(*(feed.send(request) for request in requests))
    finally:
        await feed.close()


def test_a_thousand_at_once_on_one_partition_are_taken(topics: Intake) -> None:
    """Whoever waits for the others is no sign that the broker is away; each has a place of its own, where it lies."""
    requests = [[event] for event in events("A", 1_000)]
    sent = asyncio.run(all_at_once(Feed(Cluster(topics.bootstrap), topics.prefix), requests))
    found = [place for request, one in zip(requests, sent, strict=True) for place in places(request, one)]
    assert len(set(found)) == 1_000
    published = topics.published()
    assert [published[place] for place in found] == [decode(event.raw) for (event,) in requests]


def test_requests_of_several_batches_keep_their_order(topics: Intake) -> None:
    """Where none of those who send at once fits into one batch, each one's events lie in the order of its lines."""
    requests = [events(name, 3_000, cover_id="x" * 200) for name in "BCD"]
    sent = asyncio.run(all_at_once(Feed(Cluster(topics.bootstrap), topics.prefix), requests))
    found = [places(request, one) for request, one in zip(requests, sent, strict=True)]
    assert all(each == sorted(each) for each in found)
    assert len({place for each in found for place in each}) == 9_000


@pytest.fixture
def broker(place: Path, kafka_jars: Path) -> Iterator[EmbeddedKafka]:
    """One that can be frozen."""
    broker = EmbeddedKafka(place / "kafka", kafka_jars)
    broker.start()
    yield broker
    broker.kill()


def test_a_frozen_broker_is_away_for_all_at_once(broker: EmbeddedKafka, module_database: str, tmp_path: Path) -> None:
    """None of many, nor who asks for its health, waits for the patience of others; once it is back, all is taken."""
    requests = [[event] for event in events("E", 50)]

    async def freeze(prefix: str) -> None:
        known, new = Feed(Cluster(broker.bootstrap), prefix), Feed(Cluster(broker.bootstrap), prefix)
        await known.send(events("F", 1))
        await known.check()
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGSTOP)
        begun = time.monotonic()
        asked = [known.check(), *map(known.send, requests), *map(new.send, requests)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert time.monotonic() - begun < SOON_S
        assert all(isinstance(_failure(answer), UnavailableError) for answer in answers)
        os.kill(broker.pid, signal.SIGCONT)
        await new.close()
        again = await all_at_once(known, requests)
        assert len({places(request, one)[0] for request, one in zip(requests, again, strict=True)}) == 50

    with an_intake(broker.bootstrap, module_database, tmp_path) as intake:
        asyncio.run(freeze(intake.prefix))


def _failure(answer: Sent | BaseException | None) -> BaseException | None:
    return answer if isinstance(answer, BaseException) or answer is None else answer[1]
