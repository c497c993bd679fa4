"""The generated files follow the records, and a released version binds every later one."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas import generate, golden
from schemas.catalog import PARTS, RECORDS
from schemas.compatibility import unreadable
from schemas.events.limits import LimitDecided
from schemas.generate import main, problems, release, today, write
from schemas.pii import is_personal
from schemas.reader import read_whole, reader_of
from schemas.versions import FIRST_ID, read_lock, subjects
from schemas.writer import writer_of

LIMIT = "vigie.limits.LimitDecided"
DELIVERY = "vigie.deliveries.DeliveryChanged"
Schemas = dict[str, dict[str, Any]]


def test_what_is_committed_is_what_the_records_say(capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` finds nothing to say about this checkout."""
    code = main(["--check"])
    assert (capsys.readouterr().err, code) == ("", 0)


@pytest.fixture
def two() -> Schemas:
    """The schemas of an input and of an output, to be changed by a test."""
    schemas = today()
    return {name: copy.deepcopy(schemas[name]) for name in (LIMIT, DELIVERY)}


@pytest.fixture
def drafted(tmp_path: Path, two: Schemas) -> Path:
    """A place where these two are committed as drafts."""
    write(two, tmp_path)
    return tmp_path


@pytest.fixture
def released(drafted: Path) -> Path:
    """The same place after a release."""
    release(drafted)
    return drafted


def _field(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return next(field for field in schema["fields"] if field["name"] == name)


def _numbers(root: Path) -> list[tuple[int, str, int, bool]]:
    return [(each.id - FIRST_ID, each.name, each.number, each.released) for each in read_lock(root)]


def test_a_draft_is_rewritten(drafted: Path, two: Schemas) -> None:
    """Before a release any change is allowed, and keeps id and version; `--check` asks for the files to be written."""
    _field(two[LIMIT], "amount")["type"] = "string"
    assert problems(two, drafted) == [
        "avro/limits/LimitDecided.1.avsc is not what the record says now: run `python -m schemas.generate` and commit"
    ]
    write(two, drafted)
    assert problems(two, drafted) == []
    assert _numbers(drafted) == [(0, LIMIT, 1, False), (1, DELIVERY, 1, False)]


def test_a_released_version_stays(released: Path, two: Schemas) -> None:
    """After a release a change makes a new version with a new id; the file of the old one is not touched."""
    before = (released / "avro/limits/LimitDecided.1.avsc").read_bytes()
    two[LIMIT]["fields"].append({"name": "note", "type": ["null", "string"], "default": None})
    write(two, released)
    assert problems(two, released) == []
    assert (released / "avro/limits/LimitDecided.1.avsc").read_bytes() == before
    assert _numbers(released) == [(0, LIMIT, 1, True), (1, DELIVERY, 1, True), (2, LIMIT, 2, False)]


def test_a_damaged_file_is_found(released: Path, two: Schemas) -> None:
    """A released file that was edited by hand, and a file that nobody lists, are each named with what to do."""
    (released / "avro/limits/LimitDecided.1.avsc").write_text("{}")
    (released / "avro/limits/Stray.1.avsc").write_text("{}")
    assert problems(two, released) == [
        f"avro/limits/LimitDecided.1.avsc is not the file of ids.lock (id {FIRST_ID}): restore it from git",
        "avro/limits/Stray.1.avsc is not in ids.lock: delete it, or restore its line from git",
    ]


def test_a_released_record_is_kept(released: Path, two: Schemas) -> None:
    """A record that topics may hold cannot leave the catalog."""
    del two[LIMIT]
    assert problems(two, released) == [
        f"{LIMIT} is released, topics may hold it: keep its record in schemas/catalog.py"
    ]


def _add(schema: dict[str, Any], **more: Any) -> None:
    schema["fields"].append({"name": "note", "type": "string", **more})


def _retype(schema: dict[str, Any], name: str, kind: Any) -> None:
    _field(schema, name)["type"] = kind


Change = Callable[[Schemas], None]
ALLOWED: dict[str, Change] = {
    "a doc": lambda two: two[LIMIT].update(doc="Other words."),
    "an input's field becomes nullable": lambda two: _retype(two[LIMIT], "currency", ["null", "string"]),
    "an input's field with a default comes": lambda two: _add(two[LIMIT], default=""),
    "an output's field comes": lambda two: _add(two[DELIVERY], default=""),
}
FORBIDDEN: dict[str, tuple[Change, str]] = {
    "an input's field goes": (
        lambda two: two[LIMIT]["fields"].pop(),
        "no longer read: vigie.limits.LimitDecided.considered: is gone, and JSON or CSV that says it is refused",
    ),
    "a list of values loses one": (
        lambda two: _field(two[LIMIT], "outcome")["constraints"].update(pattern="^(GRANTED|REFUSED)$"),
        "old providers are no longer read: vigie.limits.LimitDecided.outcome: takes pattern '^(GRANTED|REFUSED)$'",
    ),
    "a field without default comes": (
        lambda two: _add(two[LIMIT]),
        "old providers are no longer read: note: is not written, and has no default",
    ),
    "an input's field has another type": (
        lambda two: _retype(two[LIMIT], "currency", "long"),
        "old providers are no longer read: currency: reader type: long not compatible with writer type: string",
    ),
    "an input's field is no longer nullable": (
        lambda two: _retype(two[LIMIT], "expires_on", {"type": "int", "logicalType": "date"}),
        "old providers are no longer read: expires_on: reader type: int not compatible with writer type: null",
    ),
    "a scale changes": (
        lambda two: _field(two[LIMIT], "amount")["type"].update(scale=2),
        "no longer read: vigie.limits.LimitDecided.amount: reads decimal(18, 2) where decimal(18, 3) is written",
    ),
    "a date becomes a number": (
        lambda two: _retype(two[LIMIT], "effective_on", "long"),
        "no longer read: vigie.limits.LimitDecided.effective_on: reads no logical type where date is written",
    ),
    "a deep field changes": (
        lambda two: _retype(_field(two[LIMIT], "header")["type"], "source", "boolean"),
        "old providers are no longer read: header.source: reader type: boolean",
    ),
    "an output's field goes": (
        lambda two: two[DELIVERY]["fields"].remove(_field(two[DELIVERY], "state")),
        "old consumers can no longer read: state: is not written, and has no default",
    ),
    "an output's field becomes nullable": (
        lambda two: _retype(two[DELIVERY], "state", ["null", "string"]),
        "old consumers can no longer read: state: reader type: string not compatible with writer type: null",
    ),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_a_compatible_change_passes(released: Path, two: Schemas, change: Change) -> None:
    """After a release, what old providers write and what old consumers need may grow and shrink within bounds."""
    change(two)
    write(two, released)
    assert problems(two, released) == []


@pytest.mark.parametrize(("change", "told"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_an_incompatible_change_is_found(released: Path, two: Schemas, change: Change, told: str) -> None:
    """After a release, a change that cuts off old providers or old consumers fails the check, and says where."""
    change(two)
    write(two, released)
    found = problems(two, released)
    assert any(told in problem for problem in found), found
    assert all("may not change so, version 1 is released: old " in problem for problem in found)


def test_compatibility_reaches_back_to_the_first_version(released: Path, two: Schemas) -> None:
    """Each released version is asked, and the first says what the last does not."""
    two[LIMIT]["fields"].append({"name": "note", "type": "string", "default": ""})
    write(two, released)
    release(released)
    _field(two[LIMIT], "note").pop("default")
    write(two, released)
    first, last = problems(two, released)
    assert first.startswith(f"{LIMIT} may not change so, version 1 is released: ")
    assert "note: is not written, and has no default" in first
    assert last.startswith(f"{LIMIT} may not change so, version 2 is released: ")
    assert 'note: what leaves it out means ""' in last


def test_an_old_version_is_read_as_todays_record() -> None:
    """A field that is gone is left out, one that came has its default, and the rest is what was written."""
    old = copy.deepcopy(subjects()[LIMIT][-1].schema())
    old["fields"] = [field for field in old["fields"] if field["name"] != "expires_on"]
    old["fields"].insert(1, {"name": "gone", "type": {"type": "array", "items": "string"}})
    record = golden.load(golden.ROOT / "limits/LimitDecided/full.json")
    written = copy.copy(record)
    written.__dict__["gone"] = ["a", "b"]
    raw = writer_of(old)(written)
    fields_today = {name: frozenset(part.model_fields) for name, part in PARTS.items()}
    read = LimitDecided.model_validate(read_whole(reader_of(old, fields_today), raw, 0))
    assert read == record.model_copy(update={"expires_on": None})


def test_a_lock_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """A line that cannot be read and an id that is given twice are named."""
    (tmp_path / "ids.lock").write_text("741001 x 1 perhaps abc\n")
    with pytest.raises(ValueError, match=r"expected `id name version draft\|released sha256`, got '741001 x 1 perhaps"):
        read_lock(tmp_path)
    (tmp_path / "ids.lock").write_text("741001 x 1 draft abc\n741001 y 1 draft abc\n")
    with pytest.raises(ValueError, match="id 741001 is given twice, to x and y"):
        read_lock(tmp_path)


def test_personal_fields_are_marked_in_the_schemas() -> None:
    """Every field that a model marks is marked in the committed schema, and no other."""
    marked: dict[str, set[str]] = {}

    def look(schema: Any) -> None:
        if isinstance(schema, list):
            for each in schema:
                look(each)
        elif isinstance(schema, dict) and schema["type"] == "record":
            marked[schema["name"]] = {field["name"] for field in schema["fields"] if field.get("pii")}
            for field in schema["fields"]:
                look(field["type"])
        elif isinstance(schema, dict):
            look(schema.get("items"))

    for of_one in subjects().values():
        look(of_one[-1].schema())
    assert marked == {
        name: {field for field in PARTS[name].model_fields if is_personal(PARTS[name], field)} for name in marked
    }
    assert marked["vigie.policies.Recipient"] == {"name", "email"}


def test_every_schema_reads_itself() -> None:
    """Apache avro accepts each schema, as reader and as writer."""
    for name, schema in today().items():
        assert unreadable(schema, json.loads(generate.avsc(schema))) == [], name
    assert set(today()) == set(RECORDS)
