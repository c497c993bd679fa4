"""The examples, and their bytes, guard the wire."""

import shutil
from pathlib import Path

import pytest

from schemas import golden
from schemas.codec import encode
from schemas.versions import subjects

PLAIN = "limits/LimitWithdrawn/plain.json"
WIRE = f"limits/LimitWithdrawn/plain.{subjects()['vigie.limits.LimitWithdrawn'][-1].id}.hex"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the examples, to be spoiled."""
    return Path(shutil.copytree(golden.ROOT, tmp_path / "examples"))


def test_every_example_is_on_the_wire_as_committed(root: Path) -> None:
    """Nothing is wrong with the examples, and writing their bytes again changes none."""
    before = {file.name: file.read_bytes() for file in root.glob("*/*/*.hex")}
    golden.write(root)
    assert golden.problems(root) == []
    assert {file.name: file.read_bytes() for file in root.glob("*/*/*.hex")} == before


def test_a_change_of_bytes_is_seen(root: Path) -> None:
    """An example whose bytes are no longer those that are committed is named, until they are written again."""
    text = (root / PLAIN).read_text()
    (root / PLAIN).write_text(text.replace("POL-0001", "POL-0009"))
    assert golden.problems(root) == [
        f"{WIRE} is not what plain.json is on the wire; if meant, `python -m schemas.generate`"
    ]
    golden.write(root)
    assert golden.problems(root) == []


def test_bytes_that_can_no_longer_be_read_are_seen(root: Path) -> None:
    """Bytes that were once written and are refused today are named with the reason."""
    raw = encode(golden.load(root / PLAIN))[:-1]
    (root / WIRE).with_stem("older.741005").write_text(f'limits\n"FR:345086177"\n{raw.hex()}\n')
    (problem,) = golden.problems(root)
    assert problem.startswith(
        "limits/LimitWithdrawn/older.741005.hex can no longer be read, and topics may hold the like"
    )
    assert "exceptional" in problem


@pytest.mark.parametrize(
    ("said", "was"),
    [("limits", 'policies under "FR:345086177"'), ('"FR:345086177"', 'limits under "POL-0001"')],
    ids=["topic", "key"],
)
def test_a_record_that_moves_is_seen(root: Path, said: str, was: str) -> None:
    """Topic and key of old bytes are those of today: elsewhere nobody would look for them, or not in their order."""
    committed = (root / WIRE).read_text()
    assert committed.splitlines()[:2] == ["limits", '"FR:345086177"']
    moved = was.split(" ")[0 if said == "limits" else -1]
    (root / WIRE).with_stem("older.741005").write_text(committed.replace(said, moved, 1))
    older, now = "limits/LimitWithdrawn/older.741005.hex", 'limits under "FR:345086177"'
    assert golden.problems(root) == [
        f"{older} was on {was}, and would be on {now} now: if meant, `python -m schemas.generate`"
    ]


def test_an_example_that_is_none_is_seen(root: Path) -> None:
    """An example that its model refuses is named."""
    (root / PLAIN).write_text("{}")
    assert golden.problems(root) == [f"{PLAIN} is no such record: correct the example (5 wrong)"]


def test_a_record_with_too_few_examples_is_seen(root: Path) -> None:
    """Each record has a plain example and one with everything filled."""
    (root / PLAIN).unlink()
    (root / WIRE).unlink()
    assert golden.problems(root) == [
        "vigie.limits.LimitWithdrawn has fewer than 3 examples: add them in schemas/examples/limits/LimitWithdrawn/"
    ]
