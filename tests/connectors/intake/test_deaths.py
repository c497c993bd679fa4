"""The intake, the broker or a request dies: no receipt for what did not happen, none lost that was given."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from streams.embedded.kafka import EmbeddedKafka
from tests.connectors.intake.conftest import Intake, an_intake, limits
from tests.connectors.intake.test_publish import place as place_of
from tests.deployment import wait_for

HELD = 4_711
"""Of an advisory lock: whoever gives an event its place waits for it."""


@pytest.fixture
def mortal(kafka: str, module_database: str, tmp_path: Path) -> Iterator[Intake]:
    """One of the test's own."""
    with an_intake(kafka, module_database, tmp_path, intake_rate=100_000) as intake:
        intake.start()
        yield intake


def test_killed_between_the_broker_and_the_receipt(mortal: Intake) -> None:
    """Kill -9 after Kafka has the record and before we wrote it down: sent again, it gets one receipt for ever."""
    key, (one,) = mortal.key(), limits(1, first=20_000)
    mortal.rows(
        "CREATE FUNCTION intake.wait() RETURNS trigger LANGUAGE plpgsql AS"
        f" 'BEGIN PERFORM pg_advisory_xact_lock_shared({HELD}); RETURN new; END'"
    )
    mortal.rows("CREATE TRIGGER wait BEFORE UPDATE ON intake.receipt FOR EACH ROW EXECUTE FUNCTION intake.wait()")
    with psycopg.connect(mortal.database_url) as holding, ThreadPoolExecutor(1) as pool:
        holding.execute("SELECT pg_advisory_xact_lock(%s)", [HELD])
        broken = pool.submit(mortal.post, key, one)
        wait_for(
            lambda: mortal.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"), "the record"
        )
        assert len(mortal.published()) == 1
        mortal.kill()
        assert isinstance(broken.exception(), httpx.TransportError)
    mortal.rows("DROP FUNCTION intake.wait CASCADE")
    mortal.start()
    assert mortal.post(key, one.model_copy(update={"currency": "USD"})).status_code == 409
    (receipt,) = mortal.post(key, one).json()["receipts"]
    assert mortal.post(key, one).json()["receipts"] == [receipt]
    published = mortal.published()
    assert published[place_of(receipt)] == one
    assert list(published.values()) in ([one], [one, one]), "published twice at most, with one content"


def test_killed_again_and_again(mortal: Intake) -> None:
    """Kill -9 under load: each receipt given before or after names the place where exactly that event lies."""
    key = mortal.key()
    sent = [limits(20, first=30_000 + 20 * n) for n in range(60)]
    given: dict[str, tuple[int, int]] = {}

    def hand_in(batch: list[object]) -> bool:
        try:
            answer = mortal.post(key, *batch)
        except (httpx.TransportError, RuntimeError):  # the latter of a client that was closed with its server
            return False
        assert answer.status_code in (202, 503), answer.text
        for receipt in answer.json().get("receipts", []):
            assert given.setdefault(receipt["event_id"], place_of(receipt)) == place_of(receipt)
        return answer.status_code == 202

    with ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            handed_in = [pool.submit(hand_in, batch) for batch in sent]
            wait_for(lambda done=handed_in: any(one.done() for one in done), "the first receipt")
            mortal.kill()
            assert not all(one.result() for one in handed_in)
            mortal.start()
        assert all(pool.map(hand_in, sent))
    published = mortal.published()
    assert {published[where].header.event_id: where for where in given.values()} == given
    assert len(given) == 1_200


def test_a_broker_that_dies_is_503_until_it_is_back(
    module_database: str, place: Path, kafka_jars: Path, tmp_path: Path
) -> None:
    """While the broker is away the answer is 503; what was sent meanwhile and is sent again gets its receipt."""
    broker = EmbeddedKafka(place / "kafka", kafka_jars)
    with an_intake(broker.start(), module_database, tmp_path) as intake:
        intake.start()
        key, (before, after) = intake.key(), limits(2, first=40_000)
        (receipt,) = intake.post(key, before).json()["receipts"]
        broker.kill()
        answer = intake.post(key, after)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        broker.start()
        wait_for(lambda: intake.post(key, after).status_code == 202, "the broker")
        assert intake.post(key, before).json()["receipts"] == [receipt]
    broker.kill()
