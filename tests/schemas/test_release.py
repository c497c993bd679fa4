"""A release binds: what `--check` says in a checkout whose records were released and then changed in their source."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas import golden
from schemas.codec import encode

SCHEMAS = Path(__file__).parents[2] / "schemas"


def generate(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What `python -m schemas.generate` says there."""
    program = [sys.executable, "-m", "schemas.generate", *options]
    return subprocess.run(program, cwd=root, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of the schemas, released."""
    shutil.copytree(SCHEMAS, tmp_path / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    ended = generate(tmp_path, "--release")
    assert (ended.returncode, ended.stderr) == (0, "")
    return tmp_path


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_old_providers_are_kept(released: Path) -> None:
    """A field that is gone, and a list of values that loses one, are found though Avro reads on."""
    limits = released / "schemas/events/limits.py"
    edit(limits, "|INCREASE_REFUSED)$", ")$")
    edit(limits, "    decided_on: Day | None = Field(default=None, ", "    # (")
    edit(released / "schemas/examples/limits/LimitDecided/full.json", '  "decided_on": "2026-01-05",\n', "")
    assert generate(released).returncode == 0
    ended = generate(released, "--check")
    outcome, decided_on = ended.stderr.splitlines()
    head = "vigie.limits.LimitDecided may not change so, version 1 is released: old providers are no longer read: "
    assert outcome.startswith(f"{head}vigie.limits.LimitDecided.outcome: takes pattern ")
    assert decided_on.startswith(f"{head}vigie.limits.LimitDecided.decided_on: is gone")
    assert ended.returncode == 1


def test_a_record_stays_where_it_is(released: Path) -> None:
    """A record that moves to another topic, and one whose key is another, are found by what lies on the old ones."""
    catalog = released / "schemas/catalog.py"
    edit(catalog, "            LimitReduced,\n", "")
    edit(catalog, "            ContactSet,\n", "            ContactSet,\n            LimitReduced,\n")
    edit(catalog, "lambda record: str(record.payment_reference)", "lambda record: str(record.header.event_id)")
    generate(released)
    ended = generate(released, "--check")
    assert ended.returncode == 1
    told = ended.stderr.splitlines()
    assert any(line.startswith("limits/LimitReduced/plain.") and " was on limits under " in line for line in told)
    assert any(line.startswith("payments/FundsReceived/plain.") and " was on payments under " in line for line in told)
    assert all(line.endswith("now: leave a record its topic and its key, and add one of a new name") for line in told)


SAID_AGAIN = """
from schemas import golden
from schemas.codec import content_digest, encode, decode, same_content
from schemas.versions import subjects
old = bytes.fromhex({old!r})
today = decode(old)
told = today.model_copy(update=dict({field}="new"))
assert len(subjects()[{name!r}]) == 2
assert same_content(content_digest(old), encode(today)), "the same, written by a newer version"
assert same_content(content_digest(encode(today)), old), "the same, written by an older version"
assert not same_content(content_digest(old), encode(told)), "more was said"
assert not same_content(content_digest(encode(told)), old), "less was said"
"""


@pytest.mark.parametrize(
    ("family", "record", "before"),
    [
        ("limits", "LimitDecided", "    decided_on: Day | None = Field(default=None, "),
        ("payments", "FundsReceived", "    concerned: Concerned | None = Field("),
    ],
)
def test_an_event_is_the_same_in_every_version(released: Path, family: str, record: str, before: str) -> None:
    """After a release with a new field, what says the same repeats what was said before it; what says more does not."""
    old = encode(golden.load(golden.ROOT / family / record / "plain.json")).hex()
    source = released / "schemas/events" / f"{family}.py"
    edit(source, before, f'    remark: Identifier | None = Field(default=None, description="Said since.")\n{before}')
    assert generate(released).returncode == 0
    program = SAID_AGAIN.format(old=old, field="remark", name=f"vigie.{family}.{record}")
    ended = subprocess.run([sys.executable, "-c", program], cwd=released, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
