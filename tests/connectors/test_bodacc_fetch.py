"""BODACC's public interface, against a local server in its form, with a real Kafka and a real PostgreSQL."""

import itertools
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import psycopg
import pytest
from fastapi import Response

from connectors.bodacc_fetch import BodaccSettings, fetch
from connectors.registry import Fetched
from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from tests.connectors.feeds import TODAY, Opendatasoft, a_notice, broken_off, day, line, serving
from tests.connectors.fetches import VIGIE, make_database, published

_prefixes = itertools.count(1)


@pytest.fixture
def feed() -> Iterator[tuple[Opendatasoft, BodaccSettings]]:
    """The server, and the settings under which it is asked."""
    server = Opendatasoft(a_notice(day(2), 1), a_notice(day(2), 2), a_notice(day(0), 1))
    with serving(server.app) as url:
        yield server, BodaccSettings(url=url, window_days=3, attempts=3, first_wait_s=0.01)


def ids(pieces: list[Fetched]) -> list[str]:
    return [json.loads(text)["id"] for piece in pieces for text in piece.content.splitlines()]


def all_of(server: Opendatasoft) -> list[str]:
    return [str(record["id"]) for record in server.records]


def test_every_judgment_of_the_window_is_given_once(feed: tuple[Opendatasoft, BodaccSettings]) -> None:
    """Each day's judgments come whole, oldest first, notices of other families stay behind, and the end is today."""
    server, settings = feed
    server.records += [a_notice(day(1), 9, familleavis="vente"), a_notice(day(4), 7)]
    pieces = list(fetch(settings, None))
    assert ids(pieces) == [str(record["id"]) for record in server.records[:3]]
    assert max(json.loads(pieces[-1].cursor)) == TODAY.isoformat()
    assert [asked for asked in server.asked if asked.startswith("exports")] == [
        f"exports/jsonl {day(2)}",
        f"exports/jsonl {day(0)}",
    ]


def test_what_has_not_changed_is_not_given_again(feed: tuple[Opendatasoft, BodaccSettings]) -> None:
    """A second fetch gives an empty piece, in whatever order the days come; a notice that is added comes alone."""
    server, settings = feed
    *_, last = fetch(settings, None)
    server.records.reverse()
    (again,) = fetch(settings, last.cursor)
    assert again == Fetched(b"", last.cursor)
    server.records.append(a_notice(day(2), 3))
    added = list(fetch(settings, last.cursor))
    assert ids(added) == [str(a_notice(day(2), 3)["id"])]
    assert [piece.content for piece in fetch(settings, added[-1].cursor)] == [b""]


def test_a_fetch_goes_on_from_any_cursor(feed: tuple[Opendatasoft, BodaccSettings]) -> None:
    """Wherever a fetch ended, the next one gives all that was still to come."""
    server, settings = feed
    pieces = list(fetch(settings, day(3).isoformat()))
    for ordinal, piece in enumerate(pieces):
        rest = ids(list(fetch(settings, piece.cursor)))
        assert rest == ids(pieces[ordinal + 1 :])
    assert ids(pieces) == all_of(server)


@pytest.mark.parametrize("cursor", ["yesterday", "{", '{"2026-13-01": ""}', "2026-02-30"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    """A cursor that is no date is refused with how one is written."""
    with pytest.raises(RefusedError, match="2026-03-14"):
        list(fetch(BodaccSettings(), cursor))


FAULTS: dict[str, Callable[[], Response]] = {
    "429": lambda: Response("{}", 429, {"Retry-After": "0"}),
    "500": lambda: Response("oops", 500),
    "503 with a bad date": lambda: Response("", 503, {"Retry-After": "soon"}),
    "half": broken_off('{"total_count": 2, "resu'),
    "no JSON": lambda: Response("<html>"),
    "half a line": lambda: Response(line(a_notice(day(2), 1)) + '{"id": "A2'),
    "a line missing": lambda: Response(line(a_notice(day(2), 1))),
    "words": lambda: Response(line(a_notice(day(2), 1)) + "Streaming interrupted due to the following error: x"),
    "an array": lambda: Response("[1]"),
}


@pytest.mark.parametrize("place", [0, 3])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_no_hole(feed: tuple[Opendatasoft, BodaccSettings], fault: str, place: int) -> None:
    """Whatever the server answers in between, to a count or to an export, each judgment comes once."""
    server, settings = feed
    good: list[Callable[[], Response | None]] = [lambda: None] * place
    server.faults = [*good, FAULTS[fault]]
    assert ids(list(fetch(settings, None))) == all_of(server)


def test_retry_after_is_honoured(feed: tuple[Opendatasoft, BodaccSettings]) -> None:
    """The next attempt comes when the server wants it, and where it wants too much patience, the fetch says so."""
    server, settings = feed
    server.faults = [lambda: Response("", 429, {"Retry-After": "1"})]
    began = time.monotonic()
    list(fetch(settings, None))
    assert time.monotonic() - began >= 1
    server.faults = [lambda: Response("", 429, {"Retry-After": "7200"})]
    with pytest.raises(UnavailableError, match=r"429.*asks for 7200 s"):
        list(fetch(settings, None))


def test_a_feed_that_stays_away_is_said(free_port: int) -> None:
    """Where nobody answers, the error names the address and how often it was tried."""
    settings = BodaccSettings(url=f"http://127.0.0.1:{free_port}", attempts=2, first_wait_s=0.01)
    with pytest.raises(UnavailableError, match=rf"{free_port} is away, after 2 attempts"):
        list(fetch(settings, None))


class Proxy(BaseHTTPRequestHandler):
    """Answers as a feed of nothing, whatever host is asked for."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path.partition("?")[0])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"total_count": 0}')

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_a_proxy_on_the_way_is_asked() -> None:
    """Where a proxy is set, it is asked for the feed, whose name need not be known here."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever).start()
        url = f"http://127.0.0.1:{proxy.server_port}"
        (piece,) = fetch(BodaccSettings(url="http://feed.invalid", proxy=url, window_days=0), None)
        proxy.shutdown()
    assert (piece.content, Proxy.asked) == (b"", ["http://feed.invalid/records"])


def test_an_answer_that_will_not_change_is_not_asked_for_again(feed: tuple[Opendatasoft, BodaccSettings]) -> None:
    """A wrong address is refused at once."""
    server, settings = feed
    server.faults = [lambda: Response("no such dataset", 404)]
    with pytest.raises(RefusedError, match=r"404.*no such dataset"):
        list(fetch(settings, None))


@pytest.fixture
def environment(kafka: str, postgres: str, feed: tuple[Opendatasoft, BodaccSettings]) -> dict[str, str]:
    prefix = f"fetch{next(_prefixes)}."
    ensure_topics(Cluster(kafka), {f"{prefix}court-judgments": 1})
    make_database(postgres)
    return os.environ | {
        "VIGIE_KAFKA": kafka,
        "VIGIE_DATABASE_URL": postgres,
        "VIGIE_TOPIC_PREFIX": prefix,
        "VIGIE_BODACC_URL": feed[1].url,
        "VIGIE_BODACC_WINDOW_DAYS": "2",
        "VIGIE_BODACC_ATTEMPTS": "1",
    }


def vigie(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*VIGIE, "fetch", "bodacc", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def asked_for(server: Opendatasoft, more: int) -> None:
    """Wait until the server has been asked so often."""
    deadline = time.monotonic() + 30
    goal = len(server.asked) + more
    while len(server.asked) < goal:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_fetch_that_is_killed_leaves_no_hole_and_repeats_nothing(
    environment: dict[str, str], feed: tuple[Opendatasoft, BodaccSettings]
) -> None:
    """Killed with -9 in the middle, again and again, it publishes every notice, and each once."""
    server, _ = feed
    server.records = [a_notice(day(ago), number) for ago in range(12) for number in (1, 2)]
    server.slow_s = 0.05
    for since in (["--since", day(11).isoformat()], []):
        with subprocess.Popen([*VIGIE, "fetch", "bodacc", *since], env=environment) as process:
            asked_for(server, 7)
            process.send_signal(signal.SIGKILL)
    done = vigie(environment)
    assert done.returncode == 0, done.stderr
    found = published(environment)
    assert set(found) == {f"{record['id']}-1" for record in server.records}
    assert found.total() == len(server.records)
    assert vigie(environment).stdout == "0 events published, 0 refused\n"


def test_a_fetch_is_stopped_cleanly(environment: dict[str, str], feed: tuple[Opendatasoft, BodaccSettings]) -> None:
    """Ctrl-C ends a fetch that follows the feed, with what it published, and meanwhile there is but one."""
    server, _ = feed
    command = [*VIGIE, "fetch", "bodacc", "--follow", "--every", "1"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        asked_for(server, 8)
        other = vigie(environment)
        server.records.append(a_notice(day(1), 5))
        asked_for(server, 8)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "4 events published, 0 refused\n")
    assert (other.returncode, "another process is fetching bodacc" in other.stderr) == (69, True)
    assert set(published(environment)) == {f"{record['id']}-1" for record in server.records}


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"VIGIE_KAFKA": "127.0.0.1:1"}, "Kafka at 127.0.0.1:1"),
        ({"VIGIE_BODACC_URL": "http://127.0.0.1:1"}, "http://127.0.0.1:1 is away"),
        ({"VIGIE_DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "database does not answer"),
    ],
)
def test_what_is_away_is_named(environment: dict[str, str], missing: dict[str, str], said: str) -> None:
    """Without Kafka, the feed or the database a fetch ends with 69, one line, and no cursor moved."""
    done = vigie(environment | missing)
    assert (done.returncode, done.stdout) == (69, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    with psycopg.connect(environment["VIGIE_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT * FROM feeds.cursor").fetchall() == []


def test_a_database_that_was_not_made_is_said(environment: dict[str, str]) -> None:
    """Where `vigie migrate` was never run, the fetch says so."""
    with psycopg.connect(environment["VIGIE_DATABASE_URL"]) as connection:
        connection.execute("DROP SCHEMA feeds CASCADE")
    done = vigie(environment)
    assert (done.returncode, "`vigie migrate`" in done.stderr) == (69, True)


def test_what_was_published_but_not_remembered_is_passed_over(
    environment: dict[str, str], feed: tuple[Opendatasoft, BodaccSettings]
) -> None:
    """As where it is killed right before the cursor moves: what lies on the topic stays, what changed is published."""
    server, _ = feed
    server.records = [a_notice(day(2), number) for number in (1, 2, 3)]
    with psycopg.connect(environment["VIGIE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("""
            CREATE FUNCTION feeds.die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'killed'; END $$;
            CREATE TRIGGER die BEFORE INSERT ON feeds.cursor FOR EACH ROW EXECUTE FUNCTION feeds.die()
        """)
        assert vigie(environment).returncode != 0
        connection.execute("DROP TRIGGER die ON feeds.cursor")
    assert published(environment).total() == 3
    server.records.append(a_notice(day(2), 4))
    assert vigie(environment).stdout == "1 event published, 0 refused\n"
    assert published(environment).total() == 4
