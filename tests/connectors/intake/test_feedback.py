"""What a provider may ask, and what an operator sees of the same."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.builders import NOW, a_header, a_limit, some_terms
from tests.connectors.intake.conftest import Intake, limits
from tests.streams.ledger.bench import Ledger


def ask(intake: Intake, key: str, path: str, **parameters: object) -> httpx.Response:
    return intake.client.get(path, headers={"Authorization": f"Bearer {key}"}, params=parameters or None)


@pytest.fixture(scope="module")
def ledger(intake: Intake) -> Ledger:
    """The intake's own, in which one limit was applied, repeated, and refused with another content."""
    ledger = Ledger(intake.database_url)
    limit = a_limit(header=a_header("dec/1", "underwriting"))
    ledger.apply(ledger.policies.append(some_terms()), ledger.limits.append(limit))
    ledger.apply(ledger.limits.append(limit, limit.model_copy(update={"currency": "USD"}), *limits(1, policy_id="P-9")))
    return ledger


def test_an_event_is_received_before_it_is_applied(intake: Intake, key: str, ledger: Ledger) -> None:
    """Straight after its receipt an event is received, at the receipt's place; an unknown one is 404."""
    assert ledger.rows("SELECT count(*) FROM event") == [3]
    (receipt,) = intake.post(key, *limits(1, first=50)).json()["receipts"]
    found = ask(intake, key, "/v1/events/underwriting/L-50").json()
    assert found["state"] == "received"
    assert found["position"] == {name: receipt[name] for name in ("topic", "partition", "offset")}
    assert ask(intake, key, "/v1/events/underwriting/L-51").status_code == 404


def test_an_event_that_was_applied_says_what_came_of_it(intake: Intake, key: str, ledger: Ledger) -> None:
    """State, place, times, repeats and refusals are told, an id with a slash too; nobody who was told is named."""
    assert ledger.position("limits") == 4
    found = ask(intake, key, "/v1/events/underwriting/dec%2F1").json()
    assert (found["state"], found["repeats"], found["notices"]) == ("applied", 1, 0)
    assert [refused["reason"] for refused in found["refusals"]] == ["conflicting_repeat"]
    assert ask(intake, key, "/v1/events/underwriting/L-1").json()["state"] == "parked"
    assert "P-9" not in ask(intake, key, "/v1/events/underwriting/L-1").text


@pytest.mark.usefixtures("ledger")
def test_a_provider_asks_for_its_own_only(intake: Intake, key: str) -> None:
    """Events of another source are 403; its refusals and scorecard are those of the key's source."""
    other = intake.key("agency")
    assert ask(intake, other, "/v1/events/underwriting/dec/1").status_code == 403
    assert ask(intake, other, "/v1/refusals").json() == {"refusals": [], "next": None}
    assert ask(intake, other, "/v1/scorecard").json()["received"] == 0
    assert ask(intake, "nobody's", "/v1/scorecard").status_code == 401
    (refused,) = ask(intake, key, "/v1/refusals").json()["refusals"]
    assert (refused["event_id"], refused["reason"]) == ("dec/1", "conflicting_repeat")


BAD = ["limit=1001", "before=", "before=limits", "before=limits/0/-1", "before=limits/0/7", "before=limits/0/9%00"]


@pytest.mark.parametrize(
    "path", [*(f"/v1/refusals?{bad}" for bad in BAD), "/v1/scorecard?days=0", "/v1/scorecard?days=x"]
)
def test_a_parameter_out_of_range_is_a_problem(intake: Intake, key: str, path: str) -> None:
    """It is answered in the one form that all errors have, as OpenAPI says."""
    answer = ask(intake, key, path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    described = intake.client.get("/openapi.json").json()["paths"][path.partition("?")[0]]["get"]["responses"]["422"]
    assert list(described["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/v1/refusals?offset=1000", "limit, before"),
        ("/v1/refusals?limit=5&Limit=5", "limit, before"),
        ("/v1/scorecard?day=7", "days"),
        ("/v1/events/underwriting/dec/1?part=2", "no parameter"),
    ],
)
def test_a_parameter_that_is_not_known_is_a_problem(intake: Intake, key: str, path: str, known: str) -> None:
    """What is misspelt is not passed over in silence: the answer says what may be asked."""
    answer = ask(intake, key, path)
    assert (answer.status_code, answer.json()["reason"]) == (422, "unknown_parameter")
    assert f"expected {known}" in answer.json()["detail"]


@pytest.mark.usefixtures("ledger")
def test_a_scorecard_is_the_same_by_http_and_on_the_command_line(intake: Intake, key: str) -> None:
    """Both count two events, a repeat and a refusal."""
    days = 3_660
    by_http = ask(intake, key, "/v1/scorecard", days=days).json()
    (on_screen,) = lines(intake.vigie("scorecard", "underwriting", "--days", str(days), "--json"))
    assert {**by_http, "since": None} == {**on_screen, "since": None}
    counts = {name: by_http[name] for name in ("received", "events", "repeats", "refused", "corrections")}
    refused = {"conflicting_repeat": 1}
    assert counts == {"received": 4, "events": 2, "repeats": 1, "refused": refused, "corrections": 0}
    assert by_http["occurred_to_published"] == {"median_s": 0, "p95_s": 0}
    assert "1 conflicting_repeat" in intake.vigie("scorecard", "--days", str(days))
    assert "nothing of 'underwritng' was received" in intake.vigie("scorecard", "underwritng", exit_code=65)


@pytest.mark.usefixtures("ledger")
def test_an_operator_sees_the_same(intake: Intake, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`vigie events show` says what the provider is told, in the own time; `vigie refusals --source`, one's own."""
    monkeypatch.setitem(intake.environment, "TZ", "Asia/Tokyo")
    (shown,) = lines(intake.vigie("events", "show", "underwriting", "dec/1", "--json"))
    assert shown == ask(intake, key, "/v1/events/underwriting/dec/1").json()
    assert shown["received_at"].startswith(f"{NOW:%Y-%m-%dT%H:%M:%S}")
    said = intake.vigie("events", "show", "underwriting", "dec/1")
    assert "state        applied" in said
    assert "limits/0 @ 0" in said
    assert f"received_at  {NOW.astimezone(ZoneInfo('Asia/Tokyo')):%Y-%m-%d %H:%M:%S}\n" in said
    assert intake.vigie("refusals", "--source", "agency") == "Nothing was refused.\n"
    (refused,) = lines(intake.vigie("refusals", "--source", "underwriting", "--json"))
    assert (refused["event_id"], refused["record"]) == ("dec/1", "limits/0 @ 2")
    assert "dec/1" in intake.vigie("refusals")


def test_whoever_wrote_in_its_name_a_source_sees_what_was_refused_under_it(intake: Intake, ledger: Ledger) -> None:
    """A record of a source that may not write its topic is shown to the source that it names, and to nobody else."""
    forged = a_limit(header=a_header("forged", "gazette"))
    ledger.apply(ledger.limits.append(forged), sources={"underwriting": frozenset({"limits"})})
    (refused,) = ask(intake, intake.key("gazette"), "/v1/refusals").json()["refusals"]
    assert (refused["event_id"], refused["reason"]) == ("forged", "source_not_allowed")
    for other in ("underwriting", "agency"):
        assert "forged" not in ask(intake, intake.key(other), "/v1/refusals").text


def lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]
