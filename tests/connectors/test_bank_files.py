"""Whole files: the real samples, of which only counts and hashes are kept here, and `--statements`."""

import hashlib
import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from connectors.bank import statements
from connectors.refusal import Refusal
from schemas.codec import decode, encode
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics
from tests.connectors.bank_builders import PAYMENTS, a_file, a_statement, outcomes, xsd_errors
from tests.connectors.builders import needed

HASHES = json.loads((Path(__file__).parent / "goldens" / "bank_samples.json").read_text())
VIGIE = Path(sys.executable).parent / "vigie"


def vigie(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [VIGIE, "parse", "bank", *arguments]
    return subprocess.run(command, capture_output=True, check=False, env={"PATH": os.defpath}, text=True)


def golden_of(name: str) -> dict[str, object]:
    content = needed(PAYMENTS / name).read_bytes()
    found = outcomes(content)
    events = [outcome for outcome in found if not isinstance(outcome, Refusal)]
    text = "\n".join(event.model_dump_json() for event in events)
    read = [line for line in statements(io.BytesIO(content)) if not isinstance(line, Refusal)]
    return {
        "kinds": dict(Counter(type(outcome).__name__ for outcome in found)),
        "flagged": sum(event.statement is not None and event.statement.reconciled is False for event in events),
        "refused": [outcome.reason.split(": ")[0] for outcome in found if isinstance(outcome, Refusal)],
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "statements": {line["statement_id"]: [len(line["entries"]), line["reconciled"]] for line in read},
        "statements_sha256": hashlib.sha256(json.dumps(read).encode()).hexdigest(),
    }


@pytest.mark.parametrize("name", sorted(HASHES))
def test_real_files_give_what_they_gave(name: str) -> None:
    """Each sample gives the events and refusals of its golden, to the byte."""
    assert golden_of(name) == HASHES[name]


def test_every_sample_has_its_golden() -> None:
    """No sample of payments is left out."""
    assert {path.name for path in needed(PAYMENTS).iterdir()} == HASHES.keys()


@pytest.mark.parametrize("name", sorted(HASHES))
def test_real_events_travel(name: str) -> None:
    """Every event of the samples comes back from its bytes as it was, under an id of its own."""
    found = outcomes(needed(PAYMENTS / name).read_bytes())
    events = [outcome for outcome in found if not isinstance(outcome, Refusal)]
    assert [decode(encode(event)) for event in events] == events
    assert len({event.header.event_id for event in events}) == len(events)


@pytest.mark.parametrize(
    ("name", "version", "valid"),
    [
        ("genkgo-camt053.v2.wrong.xml", "camt.053.001.02", False),
        ("genkgo-camt053.v8.xml", "camt.053.001.08", True),
        ("genkgo-camt054.v2.xml", "camt.054.001.02", True),
        ("genkgo-camt054.v8.xml", "camt.054.001.08", True),
        ("viafintech-valid_example_with_batch.xml", "camt.053.001.02", False),
    ],
)
def test_no_sample_is_refused_for_its_schema_alone(name: str, version: str, *, valid: bool) -> None:
    """A real file that its schema finds fault with is read all the same; one without a statement is refused."""
    content = needed(PAYMENTS / name).read_bytes()
    assert (xsd_errors(content, version) == []) is valid
    refused = [outcome for outcome in outcomes(content) if isinstance(outcome, Refusal)]
    assert bool(refused) is ("wrong" in name)


def test_statements_are_shown_before_they_become_events(tmp_path: Path) -> None:
    """`--statements` prints each statement as a JSON line: balances, signed entries, and whether it reconciles."""
    path = tmp_path / "statement.xml"
    path.write_bytes(a_file(a_statement(name="S-1"), a_statement(name="S-2", closing="1.00")))
    done = vigie(path, "--statements")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["statement_id"], line["reconciled"], line["difference"]) for line in lines] == [
        ("S-1", True, "0.00"),
        ("S-2", False, "-349.00"),
    ]
    assert [balance["kind"] for balance in lines[0]["balances"]] == ["OPBD", "CLBD"]
    assert {"amount", "currency", "booked_on", "value_on", "references", "counterparty", "returned", "event"} <= set(
        lines[0]["entries"][0]
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_statement_is_published(kafka: str, tmp_path: Path) -> None:
    """`vigie publish bank` puts the events on `payments`, acknowledged; the same file again is accepted again."""
    ensure_topics(Cluster(kafka), {"bank.payments": 2})
    path = tmp_path / "statement.xml"
    path.write_bytes(a_file())
    command = [VIGIE, "publish", "bank", path, path, "--kafka", kafka]
    environment = {"PATH": os.defpath, "VIGIE_TOPIC_PREFIX": "bank."}
    done = subprocess.run(command, capture_output=True, check=False, env=environment, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("2 events published, 0 refused\n", "", 0)


def test_help_says_what_is_read() -> None:
    """`vigie parse bank --help` names the formats, and the view of statements."""
    text = vigie("--help").stdout
    assert "camt.052" in text
    assert "--statements" in text
