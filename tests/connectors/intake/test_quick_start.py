"""The page for providers, done as it says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.connectors.intake.conftest import Intake
from tests.connectors.intake.test_publish import place

PAGES = Path(__file__).parents[3] / "docs"


def test_the_quick_start_does_what_it_says(intake: Intake) -> None:
    """Its commands, typed one after the other, end with a receipt for a record that lies there."""
    blocks = re.findall(r"```sh\n(.*?)```", (PAGES / "quick-start-http.md").read_text(), re.DOTALL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **intake.environment, "INTAKE": intake.url, "PATH": path}
    typed = subprocess.run(
        ["bash", "-eu"], input="".join(blocks), env=environment, capture_output=True, text=True, check=False
    )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    (receipt,) = json.loads(typed.stdout)["receipts"]
    assert intake.published()[place(receipt)].header.event_id == receipt["event_id"]


@pytest.mark.parametrize("status", [401, 403, 404, 409, 413, 415, 422, 429, 503])
def test_the_page_has_every_answer(intake: Intake, status: int) -> None:
    """What OpenAPI says may come back is on the page, too."""
    answers = intake.client.get("/openapi.json").json()["paths"]["/v1/events/{topic}"]["post"]["responses"]
    assert str(status) in answers
    assert f"| {status} |" in (PAGES / "intake.md").read_text()
