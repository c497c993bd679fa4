"""What a fetch publishes that comes after killed ones: what was on its way, whole, and nothing of it twice."""

import itertools
import json
import os
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from streams.embedded.topics import ensure_topics
from tests.connectors.feeds import Opendatasoft, a_notice, day, serving
from tests.connectors.fetches import Fetches, make_database, published
from tests.connectors.registers import KEY, an_event
from tests.deployment import wait_for

_prefixes = itertools.count(1)
HEARTBEAT = b"\n"


@pytest.fixture
def environment(kafka: str, postgres: str) -> dict[str, str]:
    """Topics and a database of a test's own."""
    prefix = f"killed{next(_prefixes)}."
    ensure_topics(kafka, {f"{prefix}court-judgments": 2, f"{prefix}buyer-updates": 2})
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


def test_a_heartbeat_ends_nothing_that_was_begun(stream: tuple[Teller, Fetches]) -> None:
    """A heartbeat that comes first ends a fetch, and the next one passes over what is left."""
    teller, fetches = stream
    teller.story = [told(101, 102, 103, 104)]
    fetches.killed_before_the_cursor_moves("--since", "100")
    teller.story = [HEARTBEAT]
    assert fetches.run("--since", "100") == "0 events published, 0 refused\n"
    assert fetches.cursors() == ["100"]
    teller.story = [told(101, 102, 103, 104, 105), stands_at(fetches, 105), HEARTBEAT]
    assert fetches.run() == "1 event published, 0 refused\n"
    assert published(fetches.environment, "buyer-updates") == each_once(101, 102, 103, 104, 105)


@pytest.fixture
def gazette(environment: dict[str, str]) -> Iterator[tuple[Opendatasoft, Fetches]]:
    """BODACC with three notices of one day, and what fetches it from the day before."""
    server = Opendatasoft(*(a_notice(day(2), number) for number in (1, 2, 3)))
    with serving(server.app) as url:
        own = {"VIGIE_BODACC_URL": url, "VIGIE_BODACC_WINDOW_DAYS": "3", "VIGIE_BODACC_ATTEMPTS": "1"}
        yield server, Fetches("bodacc", environment | own)


def test_a_late_notice_of_an_earlier_day_comes_first(gazette: tuple[Opendatasoft, Fetches]) -> None:
    """What was added to a day before moves the cursor, and the day that was on its way is still passed over."""
    server, fetches = gazette
    fetches.killed_before_the_cursor_moves()
    server.records.append(a_notice(day(3), 4))
    fetches.run()
    assert published(fetches.environment) == {f"{record['id']}-1": 1 for record in server.records}
