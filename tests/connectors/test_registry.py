"""A connector is one file: the commands find it by themselves."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.registry import connector, installed
from schemas.catalog import TOPICS

CONNECTORS = Path(__file__).parents[2] / "connectors"
GUIDE = Path(__file__).parents[2] / "docs" / "add-a-connector.md"
VIGIE = Path(sys.executable).parent / "vigie"


def the_module_of_the_guide() -> str:
    """The connector that docs/add-a-connector.md writes, as its first block of Python."""
    return GUIDE.read_text().split("```python\n")[1].split("```")[0]


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """The house's connectors with one file more, and nothing else."""
    package = tmp_path / "connectors"
    shutil.copytree(CONNECTORS, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "gazette.py").write_text(the_module_of_the_guide())
    return tmp_path


def vigie(path: Path, *arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [VIGIE, *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False, env=environment, text=True)


@pytest.mark.parametrize("command", ["parse", "publish"])
def test_one_file_makes_the_commands(another: Path, command: str) -> None:
    """With the guide's file beside the others, `vigie parse` and `vigie publish` list it with what it reads."""
    listed = vigie(another, command, "--help").stdout
    assert "bodacc" in listed
    assert "gazette" in listed
    assert "Invented gazette" in vigie(another, command, "gazette", "--help").stdout


def test_one_file_parses(another: Path) -> None:
    """The guide's connector reads its events, refuses what is none of them, and the rest goes on."""
    lines = "2026-03-14;FR:999900012;Warning\nno event\n2026-03-14;FR:999900020;Warning\n"
    done = vigie(another, "parse", "gazette", "-", given=lines)
    assert [json.loads(line)["key"] for line in done.stdout.splitlines()] == ["FR:999900012", "FR:999900020"]
    assert [json.loads(line)["where"] for line in done.stderr.splitlines()] == ["-: line 2"]
    assert done.returncode == 1


def test_a_module_that_declares_nothing_is_no_connector() -> None:
    """What connectors share, and what does not exist, are no commands."""
    assert [connector(name) for name in ("refusal", "nothing", "bodacc.parse", "")] == [None] * 4


@pytest.mark.parametrize("name", sorted(installed()))
def test_what_a_connector_says_of_itself(name: str) -> None:
    """Every connector writes on topics that exist, has its page in the docs, and a prefix of its own for settings."""
    declared = installed()[name]
    assert set(declared.topics) <= TOPICS.keys()
    assert (GUIDE.parent / "connectors" / f"{name}.md").exists()
    assert declared.settings is None or declared.settings.model_config["env_prefix"] == f"VIGIE_{name.upper()}_"


def test_a_connector_is_imported_alone() -> None:
    """Asking for one connector leaves the others' libraries alone."""
    program = "import sys; from connectors.registry import connector; connector('refusal'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert "connectors.bodacc" not in done.stdout.split()
