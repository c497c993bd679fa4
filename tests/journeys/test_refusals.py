"""More events than one answer lists are refused: whoever published them finds every one, by its own id."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders import some_terms
from tests.connectors.intake.conftest import SOURCE, Intake, limits
from tests.deployment import Deployment, wait_for
from tests.journeys.conftest import Deploy

COUNT = 1_200
IDS = {f"L-{n}" for n in range(1, COUNT + 1)}


@pytest.fixture(scope="module")
def hub(deploy: Deploy, place_for_module: Path) -> Iterator[Deployment]:
    """A hub that applied a file of decisions, and refused another with the same ids and other amounts."""
    with deploy().make() as hub:
        hub.start_worker()
        hub.publish([some_terms()], limits(COUNT))
        hub.settle()
        file = place_for_module / "limits.jsonl"
        file.write_text("".join(f"{limit.model_dump_json()}\n" for limit in limits(COUNT, amount="1.00")))
        hub.vigie("publish", "limits", str(file), "--type", "LimitDecided")
        wait_for(lambda: hub.count("refusal") == COUNT, "as many refusals in the ledger")
        yield hub


@pytest.fixture(scope="module")
def intake(hub: Deployment, place_for_module: Path) -> Iterator[Intake]:
    """The hub's intake."""
    intake = Intake(hub.bootstrap, hub.database_url, place_for_module / "intake.log", hub.prefix)
    try:
        intake.start()
        yield intake
    finally:
        intake.kill()
        intake.client.close()


def ask(intake: Intake, source: str, **parameters: object) -> httpx.Response:
    key = intake.key(source)
    return intake.client.get("/v1/refusals", headers={"Authorization": f"Bearer {key}"}, params=parameters)


@pytest.mark.parametrize(("limit", "answers"), [(1_000, 2), (500, 3), (400, 3)])
def test_a_provider_reaches_every_refusal_page_by_page(intake: Intake, limit: int, answers: int) -> None:
    """Each once, with the id that the provider gave; the last answer says that there are no more."""
    pages = [ask(intake, SOURCE, limit=limit).json()]
    while pages[-1]["next"] is not None:
        pages.append(ask(intake, SOURCE, limit=limit, before=pages[-1]["next"]).json())
    found = [refused["event_id"] for page in pages for refused in page["refusals"]]
    assert (len(pages), len(found), set(found)) == (answers, COUNT, IDS)


def test_nobody_else_goes_on_from_there(intake: Intake) -> None:
    """To another provider a place in the list is one like any other of which it knows nothing."""
    before = ask(intake, SOURCE, limit=1).json()["next"]
    assert ask(intake, SOURCE, before=before).status_code == 200
    theirs, nowhere = (ask(intake, "agency", before=place) for place in (before, "limits/9/9"))
    assert (theirs.status_code, theirs.json()["reason"]) == (422, "unknown_place")
    assert theirs.content == nowhere.content


def test_an_operator_gets_all_that_the_limit_asks_for(hub: Deployment) -> None:
    """More than a thousand at once, each with its event's id."""
    said = hub.vigie("refusals", "--source", SOURCE, "--limit", str(COUNT + 1), "--json")
    refused = [json.loads(line) for line in said.splitlines()]
    assert (len(refused), {one["event_id"] for one in refused}) == (COUNT, IDS)
    assert {one["reason"] for one in refused} == {"conflicting_repeat"}
