"""`vigie schemas`, from outside."""

import json
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from schemas.versions import versions
from tests.registry import Strict, served


def vigie(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `vigie schemas` says to these arguments."""
    program = [str(Path(sys.executable).parent / "vigie"), "schemas", *arguments]
    return subprocess.run(program, capture_output=True, text=True, env=environment, check=False, timeout=60)


def test_every_version_is_listed() -> None:
    """A line for each, with the topics on which it travels."""
    rows = [json.loads(line) for line in vigie("list", "--json").stdout.splitlines()]
    assert [row["id"] for row in rows] == sorted(versions())
    assert {"court-judgments, buyer-updates, limits, payments, claims, policies"} == {
        row["topics"] for row in rows if row["record"] == "vigie.voided.EventVoided"
    }
    assert (
        "  court-judgments, buyer-updates, limits, payments, claims, policies \n" in vigie("list", COLUMNS="80").stdout
    )


def test_a_record_is_shown_in_words_and_as_avro() -> None:
    """Its fields with what they mean, and the schema as it is committed."""
    told = vigie("show", "StrategyAgreed", COLUMNS="160").stdout
    assert "On claims." in told
    assert "Who answered for the policyholder. (personal)" in told
    schema = json.loads(vigie("show", "vigie.claims.StrategyAgreed", "--json").stdout)
    assert schema["name"] == "vigie.claims.StrategyAgreed"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "Nothing"), "no record is called Nothing: see `vigie schemas list`"),
        (("show", "Words", "--json"), "Words travels only inside other records"),
        (("push",), "expected the registry's URL, or VIGIE_REGISTRY_URL"),
        (("push", "registry:8081"), "VIGIE_REGISTRY_URL: String should match pattern '^https?://"),
        (("acls",), "expected one of --provider NAME, --consumer NAME and --hub NAME"),
        (("acls", "--provider", "p", "--topics", "notices"), "got notices"),
    ],
)
def test_what_cannot_be_is_said(arguments: tuple[str, ...], told: str) -> None:
    """The input is wrong: exit code 65, and what was expected."""
    ended = vigie(*arguments)
    assert (ended.returncode, ended.stdout) == (65, "")
    assert told in ended.stderr


def test_the_contract_is_written(tmp_path: Path) -> None:
    """Two files that need nothing else; where nobody says where, in `contract` below the current directory."""
    with chdir(tmp_path):
        ended = vigie("docs")
    assert (ended.returncode, ended.stdout) == (0, "contract/asyncapi.json\ncontract/index.html\n")
    assert json.loads((tmp_path / "contract" / "asyncapi.json").read_text())["asyncapi"] == "3.0.0"
    assert (tmp_path / "contract" / "index.html").read_text().startswith("<!doctype html>")


def test_schemas_are_pushed() -> None:
    """Registered once; the second time, at the address of the setting, all are there."""
    strict = Strict()
    with served(strict.app()) as url:
        first, second = vigie("push", url), vigie("push", VIGIE_REGISTRY_URL=url)
    count = len(versions())
    assert (first.returncode, first.stdout) == (0, f"{count} registered, 0 were there\n")
    assert (second.returncode, second.stdout) == (0, f"0 registered, {count} were there\n")
    assert set(strict.by_id) == set(versions())


def test_access_lists_are_printed() -> None:
    """Commands of Kafka's own, with the deployment's broker and prefix."""
    said = vigie("acls", "--provider", "p", "--topics", "limits", VIGIE_KAFKA="k:9092", VIGIE_TOPIC_PREFIX="x-").stdout
    assert said == (
        "kafka-acls.sh --bootstrap-server k:9092 --add --allow-principal User:p "
        "--operation Write --operation Describe --topic x-limits\n"
    )


@pytest.mark.parametrize("said", [["limits, policies"], ["limits", "policies,limits"]])
def test_topics_are_said_in_either_form(said: list[str]) -> None:
    """Separated by commas, or one after another: each topic once."""
    options = [word for topics in said for word in ("--topics", topics)]
    lines = vigie("acls", "--provider", "p", *options).stdout.splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["limits", "policies"]
