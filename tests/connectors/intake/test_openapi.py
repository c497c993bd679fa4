"""Whatever is asked of a real intake, it answers as its own OpenAPI says, and never with 500."""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from connectors.intake.reading import TOPICS
from tests.connectors.intake.conftest import SOURCE, Intake

EXAMPLES = {"POST": 8, "GET": 40}
"""For each operation and each kind of request: what they all take is some seconds."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = ["POST /v1/events/{topic}", "GET /v1/events/{source}/{event_id}", "GET /v1/refusals", "GET /v1/scorecard"]


@pytest.fixture(scope="module")
def operations(intake: Intake) -> dict[str, Any]:
    """What the running intake says that it can be asked."""
    schema = schemathesis.openapi.from_url(f"{intake.url}/openapi.json")
    made = [found.ok() for found in schema.get_all_operations()]
    return {f"{one.method.upper()} {one.path}": one for one in made}


def test_every_operation_is_asked(operations: dict[str, Any]) -> None:
    """None is left out of what follows."""
    assert sorted(operations) == sorted(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_one_that_is_described(
    name: str, mode: schemathesis.GenerationMode, operations: dict[str, Any], intake: Intake
) -> None:
    """Of requests that fit the description and of some that do not: status, headers, type and body of the answer do."""
    key = intake.key(SOURCE, *TOPICS)
    session = requests.Session()

    @settings(max_examples=EXAMPLES[name.partition(" ")[0]], database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck), derandomize=True)  # fmt: skip
    @given(case=operations[name].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(session=session, headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

    with session:
        ask()
