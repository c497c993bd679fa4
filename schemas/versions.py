"""Every committed version of every record's schema, by its fixed id (`ids.lock`, `avro/`)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK = HERE / "ids.lock"
FIRST_ID = 741_001
"""Our ids start here: far from the small numbers that a registry hands out by itself."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one record's schema. Once released it never changes, nor does its id."""

    id: int
    name: str
    """Full Avro name of the record, which is also its subject."""
    number: int
    released: bool
    sha256: str
    """Of the `.avsc` file, byte for byte."""

    @property
    def path(self) -> Path:
        """Where the schema lies: ``avro/<topic>/<Record>.<number>.avsc`` by the name of its namespace."""
        *_, family, record = self.name.split(".")
        return HERE / "avro" / family / f"{record}.{self.number}.avsc"

    @property
    def text(self) -> str:
        """The schema, as committed."""
        return self.path.read_text(encoding="utf-8")

    @property
    def schema(self) -> dict[str, Any]:
        """The schema, parsed."""
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed

    @classmethod
    def parse(cls, line: str) -> "Version":
        """Read a line of `ids.lock`."""
        number_id, name, number, state, sha256 = line.split()
        return cls(int(number_id), name, int(number), {"released": True, "draft": False}[state], sha256)


def read_lock(text: str) -> tuple[Version, ...]:
    """The versions that a lock file lists, in the order of their ids; `#` starts a comment."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(sorted(map(Version.parse, lines), key=lambda version: version.id))


VERSIONS: dict[int, Version] = {version.id: version for version in read_lock(LOCK.read_text(encoding="utf-8"))}


def latest(name: str) -> Version:
    """The newest version of a record: the one that is written."""
    return max((version for version in VERSIONS.values() if version.name == name), key=lambda version: version.number)
