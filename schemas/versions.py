"""Every committed version of every record's schema, by its fixed id (`ids.lock`, `avro/`)."""

import json
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIRST_ID = 741_001
"""Our ids start here: far from the small numbers that a registry hands out by itself."""
HOW_TO_GENERATE = "After a change of records run `python -m schemas.generate`."
_STATES = {"draft": False, "released": True}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one record's schema. Once released neither it nor its id ever changes."""

    id: int
    name: str
    """Full Avro name of the record, which is also its subject."""
    number: int
    released: bool
    sha256: str
    """Of the `.avsc` file, byte for byte."""

    @property
    def file(self) -> str:
        """Path of the schema below `schemas/`: ``avro/court_judgments/JudgmentPublished.1.avsc``."""
        family, record = self.name.split(".")[-2:]
        return f"avro/{family}/{record}.{self.number}.avsc"

    @property
    def line(self) -> str:
        """The version's line of the lock file."""
        state = "released" if self.released else "draft"
        return f"{self.id} {self.name} {self.number} {state} {self.sha256}"

    def text(self, root: Path = HERE) -> str:
        """The schema, as committed."""
        return (root / self.file).read_text(encoding="utf-8")

    def schema(self, root: Path = HERE) -> dict[str, Any]:
        """The schema, parsed."""
        parsed: dict[str, Any] = json.loads(self.text(root))
        return parsed


def _parse(line: str) -> Version:
    try:
        schema_id, name, number, state, sha256 = line.split()
        return Version(int(schema_id), name, int(number), _STATES[state], sha256)
    except (ValueError, KeyError):
        raise ValueError(f"schemas/ids.lock: expected `id name version draft|released sha256`, got {line!r}") from None


def read_lock(root: Path = HERE) -> tuple[Version, ...]:
    """The versions that the lock file lists, in the order of their ids."""
    lines = (root / "ids.lock").read_text(encoding="utf-8").splitlines()
    found = sorted((_parse(line) for line in lines if line and not line.startswith("#")), key=lambda each: each.id)
    for one, other in pairwise(found):
        if one.id == other.id:
            raise ValueError(f"schemas/ids.lock: id {one.id} is given twice, to {one.name} and {other.name}")
    return tuple(found)


@cache
def versions() -> dict[int, Version]:
    """All versions by id, read once."""
    return {version.id: version for version in read_lock()}


@cache
def subjects() -> dict[str, tuple[Version, ...]]:
    """Each record's versions, oldest first, by its full Avro name; the last one is what is written today."""
    found: dict[str, list[Version]] = {}
    for version in sorted(versions().values(), key=lambda each: each.number):
        found.setdefault(version.name, []).append(version)
    return {name: tuple(of_one) for name, of_one in sorted(found.items())}
