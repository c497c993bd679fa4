"""What a fetch publishes that comes after killed ones: what was on its way, whole, and nothing of it twice."""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from tests.connectors.feeds import Opendatasoft, a_notice, day, serving
from tests.connectors.fetches import Fetches, make_database, on_topic, published
from tests.connectors.registers import KEY, Insee, a_unit, an_event
from tests.deployment import wait_for

_prefixes = itertools.count(1)
HEARTBEAT = b"\n"


@pytest.fixture
def environment(kafka: str, postgres: str) -> dict[str, str]:
    """Topics and a database of a test's own."""
    prefix = f"killed{next(_prefixes)}."
    ensure_topics(Cluster(kafka), {f"{prefix}court-judgments": 2, f"{prefix}buyer-updates": 2})
    make_database(postgres)
    return os.environ | {"VIGIE_KAFKA": kafka, "VIGIE_DATABASE_URL": postgres, "VIGIE_TOPIC_PREFIX": prefix}


class Teller:
    """Companies House's stream as a test tells it: a connection gives the bytes of its story, and does its calls."""

    def __init__(self) -> None:
        self.story: list[bytes | Callable[[], object]] = []
        self.app = FastAPI()
        self.app.get("/{stream}")(self._answer)

    def _answer(self) -> Response:
        return StreamingResponse(self._told())

    def _told(self) -> Iterator[bytes]:
        for step in self.story:
            if isinstance(step, bytes):
                yield step
            else:
                step()


@pytest.fixture
def stream(environment: dict[str, str]) -> Iterator[tuple[Teller, Fetches]]:
    """A stream, and what fetches it."""
    teller = Teller()
    with serving(teller.app) as url:
        own = {
            "VIGIE_COMPANIES_HOUSE_URL": url,
            "VIGIE_COMPANIES_HOUSE_KEY": KEY,
            "VIGIE_COMPANIES_HOUSE_ATTEMPTS": "1",
        }
        yield teller, Fetches("companies_house", environment | own)


def told(*timepoints: int, status: str = "active") -> bytes:
    """A line of the stream for each, of a company each."""
    said = [an_event(timepoint=each, number=f"{each:08}", company_status=status) for each in timepoints]
    return b"".join(json.dumps(each).encode() + b"\n" for each in said)


def each_once(*timepoints: int) -> dict[str, int]:
    return {f"companies/{each}": 1 for each in timepoints}


def until(go: Event) -> Callable[[], object]:
    return lambda: go.wait(60)


def stands_at(fetches: Fetches, cursor: int) -> Callable[[], object]:
    """Wait until all before it is remembered: what is told then comes as a piece of its own."""
    return lambda: wait_for(lambda: fetches.cursors() == [str(cursor)], f"the cursor {cursor}")


def test_a_shorter_piece_is_passed_over_with_what_follows_it(stream: tuple[Teller, Fetches]) -> None:
    """The feed gives in two pieces what it had given in one: neither is published again."""
    teller, fetches = stream
    teller.story = [told(101, 102, 103, 104)]
    fetches.killed_before_the_cursor_moves("--since", "100")
    teller.story = [told(101), stands_at(fetches, 101), told(102, 103, 104, 105), stands_at(fetches, 105), HEARTBEAT]
    assert fetches.run("--since", "100") == "1 event published, 0 refused\n"
    assert published(fetches.environment, "buyer-updates") == each_once(101, 102, 103, 104, 105)


def test_killed_again_amid_what_it_passes_over(stream: tuple[Teller, Fetches]) -> None:
    """Whoever is killed with a part of it passed over leaves the rest to the next one."""
    teller, fetches = stream
    teller.story = [told(101, 102, 103, 104)]
    fetches.killed_before_the_cursor_moves("--since", "100")
    for passed_over, since in ((101, ["--since", "100"]), (102, [])):
        go = Event()
        teller.story = [told(passed_over), until(go)]
        with fetches.killed(*since):
            stands_at(fetches, passed_over)()
        go.set()
    teller.story = [told(103, 104, 105), stands_at(fetches, 105), HEARTBEAT]
    assert fetches.run() == "1 event published, 0 refused\n"
    assert published(fetches.environment, "buyer-updates") == each_once(101, 102, 103, 104, 105)


@pytest.mark.parametrize("before", [[], [101], [101, 102]])
def test_a_heartbeat_ends_nothing_that_was_begun(stream: tuple[Teller, Fetches], before: list[int]) -> None:
    """A heartbeat that comes first, or in the middle, ends a fetch, and the next one passes over what is left."""
    teller, fetches = stream
    teller.story = [told(101, 102, 103, 104)]
    fetches.killed_before_the_cursor_moves("--since", "100")
    cursor = max(before, default=100)
    teller.story = [told(*before) or HEARTBEAT, stands_at(fetches, cursor), HEARTBEAT]
    assert fetches.run("--since", "100") == "0 events published, 0 refused\n"
    assert fetches.cursors() == [str(cursor)]
    teller.story = [told(*range(cursor + 1, 106)), stands_at(fetches, 105), HEARTBEAT]
    assert fetches.run() == "1 event published, 0 refused\n"
    assert published(fetches.environment, "buyer-updates") == each_once(101, 102, 103, 104, 105)


def test_what_is_changed_and_changed_back_is_published(stream: tuple[Teller, Fetches]) -> None:
    """An event is passed over as it stands on the topic: once something else was said, what it said before is new."""
    teller, fetches = stream
    teller.story = [told(101)]
    fetches.killed_before_the_cursor_moves("--since", "100")
    teller.story = [told(101) + told(101, status="dissolved") + told(101), stands_at(fetches, 101), HEARTBEAT]
    assert fetches.run("--since", "100") == "2 events published, 0 refused\n"
    said = [update.status_said for update in on_topic(fetches.environment, "buyer-updates")]
    assert said == ["active", "dissolved", "active"]


@pytest.fixture
def gazette(environment: dict[str, str]) -> Iterator[tuple[Opendatasoft, Fetches]]:
    """BODACC with three notices of one day, and what fetches it from the day before."""
    server = Opendatasoft(*(a_notice(day(2), number) for number in (1, 2, 3)))
    with serving(server.app) as url:
        own = {"VIGIE_BODACC_URL": url, "VIGIE_BODACC_WINDOW_DAYS": "3", "VIGIE_BODACC_ATTEMPTS": "1"}
        yield server, Fetches("bodacc", environment | own)


@pytest.mark.parametrize("kills", [1, 2])
def test_a_late_notice_of_an_earlier_day_comes_first(gazette: tuple[Opendatasoft, Fetches], kills: int) -> None:
    """What was added to a day before moves the cursor, and the day that was on its way is still passed over."""
    server, fetches = gazette
    fetches.killed_before_the_cursor_moves()
    server.records.append(a_notice(day(3), 4))
    if kills == 2:
        go = Event()
        server.faults = [lambda: None, lambda: None, until(go)]
        with fetches.killed():
            wait_for(fetches.cursors, "the late notice's day remembered")
        go.set()
    fetches.run()
    assert published(fetches.environment) == {f"{record['id']}-1": 1 for record in server.records}


def test_what_reads_as_before_once_more_is_published_again(gazette: tuple[Opendatasoft, Fetches]) -> None:
    """The same where a fetch was killed after each: what stands last on the topic counts."""
    server, fetches = gazette
    courts = ["Tribunal de commerce de Douai", "Tribunal de commerce d'Arras", "Tribunal de commerce de Douai"]
    for court in courts[:2]:
        server.records = [a_notice(day(2), 1, tribunal=court)]
        fetches.killed_before_the_cursor_moves()
    server.records = [a_notice(day(2), 1, tribunal=courts[2])]
    assert fetches.run() == "1 event published, 0 refused\n"
    assert [judgment.court for judgment in on_topic(fetches.environment, "court-judgments")] == courts


@pytest.mark.parametrize("new", [0, 1])
def test_nothing_stays_begun_for_ever(gazette: tuple[Opendatasoft, Fetches], new: int) -> None:
    """Where all is passed over, and where something new is published while the rest never comes again."""
    server, fetches = gazette
    fetches.killed_before_the_cursor_moves()
    server.records = [a_notice(day(0), 4)] if new else server.records
    assert fetches.run().startswith(f"{new} event")
    assert fetches.rows("SELECT * FROM feeds.begun") == []


def test_a_page_of_a_day_that_is_not_whole_is_passed_over(environment: dict[str, str]) -> None:
    """Sirene's pages stay begun until their day is remembered, however often a fetch is killed between two."""
    units = [
        a_unit(ordre=number, dateDernierTraitementUniteLegale=f"2026-11-21T10:00:0{number}") for number in range(5)
    ]
    insee = Insee("2026-11-21T23:00:00", *units)
    with serving(insee.app) as url:
        fetches = Fetches("sirene", environment | {"VIGIE_SIRENE_URL": url, "VIGIE_SIRENE_KEY": KEY})
        for page in ("4", "2"):
            go = Event()
            insee.before[page] = until(go)
            with fetches.killed():
                wait_for(lambda page=page: insee.asked and insee.asked[-1].endswith(f" {page}"), f"page {page}")
            go.set()
        assert fetches.run() == "1 event published, 0 refused\n"
    assert sorted(published(fetches.environment, "buyer-updates").values()) == [1] * 5
