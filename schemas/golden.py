"""Examples of every record, invented throughout, each with its topic, its key there, and its bytes.

`examples/<family>/<Record>/<example>.json`, and beside it `<example>.<schema id>.hex`: a change of what is on the wire
cannot go unseen. What released versions have written stays, and must be read for ever, in the place where it lies.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from schemas.base import Record
from schemas.catalog import RECORDS, key_of, topic_of
from schemas.codec import decode, encode
from schemas.errors import RefusedError
from schemas.versions import HERE, subjects, versions

ROOT = HERE / "examples"
AT_LEAST = 3
"""A plain one, one with everything filled, and the strangest that is legal."""


def paths(root: Path = ROOT) -> list[Path]:
    """The examples' files."""
    return sorted(root.glob("*/*/*.json"))


def load(path: Path) -> Record:
    """The record that an example's file describes."""
    model = RECORDS[f"vigie.{path.parent.parent.name}.{path.parent.name}"]
    return model.model_validate_json(path.read_bytes())


def write(root: Path = ROOT) -> None:
    """Write each example's bytes; those of released versions stay as they are."""
    records = {path: load(path) for path in paths(root)}  # all of them, before anything is deleted
    for file in root.glob("*/*/*.hex"):
        if not _is_released(file):
            file.unlink()
    for path, record in records.items():
        file = _bytes_file(path, record)
        if not file.exists():
            file.write_text(f"{_place(record)}\n{encode(record).hex()}\n", encoding="ascii")


def problems(root: Path = ROOT) -> list[str]:
    """What is wrong with the examples, a line for each, with what to do; none where all is well."""
    changed = [problem for path in paths(root) for problem in _changed(path)]
    lost = [problem for file in sorted(root.glob("*/*/*.hex")) for problem in _lost(file)]
    return [*_too_few(root), *changed, *lost]


def _bytes_file(path: Path, record: Record) -> Path:
    return path.with_suffix(f".{int.from_bytes(encode(record)[1:5], 'big')}.hex")


def _place(record: Record) -> str:
    """Topic and key, a line for each; JSON keeps a key on its line."""
    return f"{topic_of(record).name}\n{json.dumps(key_of(record))}"


def _read(file: Path) -> tuple[str, bytes]:
    """Place and bytes of an example."""
    *place, raw = file.read_text("ascii").splitlines()
    return "\n".join(place), bytes.fromhex(raw)


def _is_released(file: Path) -> bool:
    version = versions().get(int(file.suffixes[-2].removeprefix(".")))
    return version is not None and version.released


def _name(file: Path) -> str:
    return "/".join(file.parts[-3:])


def _too_few(root: Path) -> Iterator[str]:
    for name in subjects():
        family, record = name.split(".")[-2:]
        if len(list((root / family / record).glob("*.json"))) < AT_LEAST:
            yield f"{name} has fewer than {AT_LEAST} examples: add them in schemas/examples/{family}/{record}/"


def _changed(path: Path) -> Iterator[str]:
    try:
        record = load(path)
    except ValidationError as error:
        yield f"{_name(path)} is no such record: correct the example ({error.error_count()} wrong)"
        return
    file = _bytes_file(path, record)
    if decode(encode(record)) != record:
        yield f"{_name(path)} is another record once it has been on a topic: see schemas/codec.py"
    if not file.exists() or _read(file)[1] != encode(record):
        released = file.exists() and _is_released(file)
        advice = (
            "it is released: undo that, or add another example"
            if released
            else "if meant, `python -m schemas.generate`"
        )
        yield f"{_name(file)} is not what {path.name} is on the wire; {advice}"


def _lost(file: Path) -> Iterator[str]:
    place, raw = _read(file)
    try:
        record = decode(raw)
    except RefusedError as error:
        yield f"{_name(file)} can no longer be read, and topics may hold the like: {error}"
        return
    if place != _place(record):
        was, now = (" under ".join(each.split("\n")) for each in (place, _place(record)))
        advice = (
            "leave a record its topic and its key, and add one of a new name"
            if _is_released(file)
            else "if meant, `python -m schemas.generate`"
        )
        yield f"{_name(file)} was on {was}, and would be on {now} now: {advice}"
