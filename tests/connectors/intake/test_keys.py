"""Who may publish what."""

import json
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from schemas.errors import RefusedError
from tests.builders import a_header, a_limit
from tests.connectors.intake.conftest import Intake, an_intake, limits
from tests.deployment import wait_for


def test_a_key_is_kept_as_a_hash(intake: Intake) -> None:
    """`vigie keys create` prints one that opens; no row of the database holds it, and `vigie keys list` shows none."""
    key = intake.vigie("keys", "create", "underwriting", "--topics", "limits").strip()
    assert intake.post(key, *limits(1), dry_run=1).status_code == 200
    secret = key.split("_", 2)[2]  # which may have others in it
    assert all(secret not in str(row) for row in intake.rows("SELECT * FROM intake.provider_key"))
    assert secret not in intake.vigie("keys", "list")


def test_topics_are_said_in_either_form(intake: Intake) -> None:
    """A key's topics are separated by commas, or one after another, as those of access lists are."""
    intake.vigie("keys", "create", "desk", "--topics", "limits, policies", "--topics", "claims")
    listed = [json.loads(line) for line in intake.vigie("keys", "list", "--json").splitlines()]
    assert [row["topics"] for row in listed if row["provider"] == "desk"] == ["claims, limits, policies"]


@pytest.mark.parametrize("offered", ["", "vigie_", "vigie_0123456789ab_" + "x" * 43, "Basic", "\u00e9"])
def test_no_key_is_401(intake: Intake, offered: str) -> None:
    """Without a key, or with one that is nobody's, nothing is read of the request."""
    headers = {"Authorization": f"Bearer {offered}".encode()} if offered else {}
    answer = intake.client.post("/v1/events/limits", content=b"{}", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_wrong_secret_under_a_right_id_is_401(intake: Intake, key: str) -> None:
    """The id of a key alone opens nothing."""
    assert intake.post(key[:-43] + "x" * 43, *limits(1)).status_code == 401


def test_a_key_is_good_for_its_topics_only(intake: Intake, key: str) -> None:
    """Another topic is 403, and one that the hub writes itself, or that there is not, is 404."""
    assert intake.post(key, *limits(1), topic="policies").status_code == 403
    assert [intake.post(key, *limits(1), topic=t).status_code for t in ("notices", "dead-letters", "nowhere")] == [
        404
    ] * 3


def test_a_provider_speaks_for_itself_only(intake: Intake, key: str) -> None:
    """A record of another source is 403 with its line, and its batch is not published."""
    (mine,) = limits(1, first=100)
    answer = intake.post(key, mine, a_limit(header=a_header("X-1", "bodacc")))
    assert answer.status_code == 403
    assert [(e["line"], e["field"]) for e in answer.json()["errors"]] == [(2, "value.header.source")]
    assert intake.published() == {}


def test_a_revoked_key_opens_nothing(intake: Intake) -> None:
    """From the next request on, and the list says since when."""
    key = intake.key("agency")
    assert intake.post(key, *limits(1)).status_code == 403
    assert intake.vigie("keys", "revoke", "agency").startswith("revoked: ")
    assert intake.post(key, *limits(1)).status_code == 401
    listed = [json.loads(line) for line in intake.vigie("keys", "list", "--json").splitlines()]
    assert [row["revoked_at"] is not None for row in listed if row["provider"] == "agency"] == [True]


def test_a_topic_of_the_hub_has_no_keys(intake: Intake) -> None:
    """Nobody gets a key for `notices`, for no topic at all, or under a name that no address can hold."""
    with pytest.raises(RefusedError, match=r"expected topics among .*limits.*, got notices"):
        intake.key("agency", "notices")
    with pytest.raises(RefusedError, match="without a slash, got 'agency/lyon'"):
        intake.key("agency/lyon", "limits")
    said = intake.vigie("keys", "create", "agency", "--topics", "", exit_code=65)
    assert said.endswith(", got none\n")


def test_a_source_writes_what_the_hub_lets_it(kafka: str, module_database: str, tmp_path: Path) -> None:
    """Under VIGIE_SOURCES a key opens no topic whose records the hub would refuse."""
    sources = json.dumps({"underwriting": ["limits"]})
    with an_intake(kafka, module_database, tmp_path, sources=sources) as intake:
        intake.start()
        key = intake.key("underwriting", "limits", "policies")
        assert intake.post(key, *limits(1, first=200)).status_code == 202
        answer = intake.post(key, *limits(1), topic="policies")
        assert (answer.status_code, answer.json()["reason"]) == (403, "source_not_allowed")


def test_who_is_too_fast_waits(kafka: str, module_database: str, tmp_path: Path) -> None:
    """Over the rate a key gets 429 with the seconds to wait, after which it is taken; others are not held up."""
    with an_intake(kafka, module_database, tmp_path, intake_rate=10) as intake:
        intake.start()
        fast, other = intake.key(), intake.key()
        assert intake.post(fast, *limits(105)).status_code == 202
        answer = intake.post(fast, *limits(1))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert intake.post(other, *limits(1)).status_code == 202
        wait_for(lambda: intake.post(fast, *limits(1)).status_code == 202, "the rate to allow it", 3)


@pytest.mark.parametrize("away", ["kafka", "database", "tables"])
def test_what_is_away_is_503(kafka: str, module_database: str, tmp_path: Path, free_port: int, away: str) -> None:
    """Without the broker, the database or what `vigie migrate` makes: 503 with Retry-After, and no claim is left."""
    with an_intake(kafka, module_database, tmp_path) as intake:
        key = intake.key()
        nowhere = {
            "kafka": f"127.0.0.1:{free_port}",
            "database": f"postgresql://127.0.0.1:{free_port}/x",
            "tables": make_conninfo(module_database, dbname="postgres"),
        }[away]
        intake.environment["VIGIE_KAFKA" if away == "kafka" else "VIGIE_DATABASE_URL"] = nowhere
        intake.start()
        answer = intake.post(key, *limits(1, first=900))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert intake.client.get("/healthz").status_code == 503
        assert intake.rows("SELECT 1 FROM intake.receipt WHERE record_offset IS NULL") == []
