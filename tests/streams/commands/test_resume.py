"""`vigie resume --discard`: a person lets go of a record that fails for ever."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.cli import EXIT_REFUSED
from tests.builders import BUYER, a_judgment
from tests.streams.post import POLICIES, Post

HELD = f"key:court-judgments:{BUYER}"
FAILING = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.record_offset = 0 THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
CREATE TRIGGER fail BEFORE INSERT ON judgment FOR EACH ROW EXECUTE FUNCTION fail();
"""


Resume = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def held(post: Post) -> Iterator[Post]:
    """Two judgments on a covered buyer wait: PostgreSQL will never take the first."""
    post.ledger.run_sql(FAILING)
    post.apply(post.judge("A1"), post.ledger.judgments.append(a_judgment("A2")))
    yield post
    post.ledger.run_sql("DROP TRIGGER fail ON judgment; DROP FUNCTION fail")


@pytest.fixture
def resume(held: Post) -> Resume:
    """The command, on the ledger that holds them."""
    settings = {"KAFKA": held.kafka, "DATABASE_URL": held.ledger.uri, "TOPIC_PREFIX": held.site.prefix}
    environment = {**os.environ, **{f"VIGIE_{name}": value for name, value in settings.items()}}

    def run(*options: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        command = [Path(sys.executable).parent / "vigie", "resume", HELD, *options]
        return subprocess.run(command, input=given, capture_output=True, check=False, env=environment, text=True)

    return run


def test_without_it_the_record_goes_on_waiting(held: Post, resume: Resume) -> None:
    """It is named with its error, and nothing has changed."""
    done = resume()
    assert done.returncode == EXIT_REFUSED
    assert "vigie: court-judgments/0 @ 0 fails as before, and waits on: not this one" in done.stderr
    assert held.ledger.rows("SELECT count(*) FROM parked") == [2]


def test_it_is_asked_for_and_no_is_no(held: Post, resume: Resume) -> None:
    """Whoever is asked sees which record it is; without a yes nothing has changed."""
    done = resume("--discard", given="n\n")
    assert done.returncode == 1
    assert "court-judgments/0 @ 0 is JudgmentPublished A1/MENUISERIE DES MONTS of bodacc." in done.stderr
    assert held.ledger.rows("SELECT count(*) FROM parked") == [2]


def test_with_a_yes_the_others_are_applied(held: Post, resume: Resume) -> None:
    """What was done is said in one line, and in the log."""
    done = resume("--discard", given="y\n")
    assert f"{HELD}: 1 records applied, {len(POLICIES)} notices owed, court-judgments/0 @ 0 discarded\n" in done.stdout
    assert f"discarded held={HELD} offset=0 partition=0 topic=court-judgments" in done.stderr
    assert held.ledger.rows("SELECT record_offset, reason FROM refusal") == [(0, "discarded")]


def test_a_program_is_not_asked(held: Post, resume: Resume) -> None:
    """`--yes --json`: one object; the next time nothing waits."""
    done = resume("--discard", "--yes", "--json")
    expected = {"name": HELD, "applied": 1, "notices": len(POLICIES), "discarded": "court-judgments/0 @ 0"}
    assert json.loads(done.stdout) == expected
    again = resume("--discard", "--yes")
    assert (again.returncode, again.stdout) == (EXIT_REFUSED, "")
    assert f"no record waits under '{HELD}': nothing was discarded" in again.stderr
    assert held.ledger.rows("SELECT count(*) FROM parked") == [0]


def test_what_waits_for_a_policy_waits_by_itself() -> None:
    """`vigie holds` shows it, and there is nothing to resume: what it waits for is said, not that it is not there."""
    command = [Path(sys.executable).parent / "vigie", "resume", "policy:P-1", "--discard", "--yes"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == EXIT_REFUSED
    assert done.stderr.startswith("vigie: policy:P-1 waits by itself: what is held there is applied when")
