"""Keep `avro/`, `ids.lock` and the examples' bytes in step with the records: `python -m schemas.generate [--check]`.

A draft version is rewritten in place. A released one is never touched again: a changed record gets a new version with a
new id beside it, which must be compatible with all that went before. `--release`, run when a release is tagged, turns
drafts into released versions.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from schemas.catalog import RECORDS, topics_of
from schemas.compatibility import Schema, broken
from schemas.derive import avro_schema
from schemas.versions import FIRST_ID, HERE, Version, read_lock

_LOCK_HEAD = """\
# The id of each version of each record's schema: id, record, version, state, sha256 of its file in avro/.
# Written by `python -m schemas.generate`. A released line never changes; a draft may, until `--release`.
"""


def avsc(schema: Schema) -> str:
    """The text of a schema's file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _next(name: str, known: list[Version], sha256: str) -> Version:
    """The version that stands for the record as it is now: the last one, itself or rewritten, or a new one."""
    of_record = [version for version in known if version.name == name]
    last = max(of_record, key=lambda version: version.number, default=None)
    if last is not None and (last.sha256 == sha256 or not last.released):
        return replace(last, sha256=sha256)
    new_id = max((version.id for version in known), default=FIRST_ID - 1) + 1
    return Version(new_id, name, last.number + 1 if last else 1, released=False, sha256=sha256)


def plan(schemas: dict[str, Schema], known: tuple[Version, ...]) -> tuple[Version, ...]:
    """What `ids.lock` must list, given the records' schemas of today and what it lists."""
    planned = {version.id: version for version in known if version.released}
    listed = list(known)
    for name, schema in schemas.items():
        version = _next(name, listed, _sha256(avsc(schema)))
        planned[version.id] = version
        listed.append(version)
    return tuple(planned[schema_id] for schema_id in sorted(planned))


def lock(known: tuple[Version, ...]) -> str:
    """The text of `ids.lock`."""
    return _LOCK_HEAD + "".join(f"{version.line}\n" for version in known)


def write(schemas: dict[str, Schema], root: Path = HERE) -> None:
    """Bring `avro/` and `ids.lock` up to date."""
    known = read_lock(root) if (root / "ids.lock").exists() else ()
    planned = plan(schemas, known)
    for gone in set(known) - set(planned):
        (root / gone.file).unlink(missing_ok=True)
    for version in planned:
        if not version.released:
            (root / version.file).parent.mkdir(parents=True, exist_ok=True)
            (root / version.file).write_text(avsc(schemas[version.name]), encoding="utf-8")
    (root / "ids.lock").write_text(lock(planned), encoding="utf-8")


def release(root: Path = HERE) -> None:
    """Turn drafts into released versions: from now on they are kept for ever."""
    released = tuple(replace(version, released=True) for version in read_lock(root))
    (root / "ids.lock").write_text(lock(released), encoding="utf-8")


def _outdated(schemas: dict[str, Schema], known: tuple[Version, ...]) -> Iterator[str]:
    for version in sorted(set(plan(schemas, known)) - set(known), key=lambda each: each.id):
        yield f"{version.file} is not what the record says now: run `python -m schemas.generate` and commit"


def _damaged(known: tuple[Version, ...], root: Path) -> Iterator[str]:
    for version in known:
        path = root / version.file
        if not path.exists() or _sha256(version.text(root)) != version.sha256:
            advice = "restore it from git" if version.released else "run `python -m schemas.generate`"
            yield f"{version.file} is not the file of ids.lock (id {version.id}): {advice}"
    listed = {root / version.file for version in known}
    for path in sorted(set((root / "avro").rglob("*.avsc")) - listed):
        yield f"{path.relative_to(root)} is not in ids.lock: delete it, or restore its line from git"


def _incompatible(schemas: dict[str, Schema], known: tuple[Version, ...], root: Path) -> Iterator[str]:
    """Draft versions bind nobody; released ones for ever, each of them."""
    for version in known:
        if version.released and version.name in schemas:
            topics = {topic.name for topic in topics_of(RECORDS[version.name])}
            for reason in broken(topics, schemas[version.name], version.schema(root)):
                yield f"{version.name} may not change so, version {version.number} is released: {reason}"
        elif version.released:
            yield f"{version.name} is released, topics may hold it: keep its record in schemas/catalog.py"


def problems(schemas: dict[str, Schema], root: Path = HERE) -> list[str]:
    """What is wrong with the committed files, a line for each, with what to do; none where all is well."""
    known = read_lock(root)
    damaged = list(_damaged(known, root))
    return damaged or [*_outdated(schemas, known), *_incompatible(schemas, known, root)]


def today() -> dict[str, Schema]:
    """The schema of each record as its model is now."""
    return {name: avro_schema(record) for name, record in RECORDS.items()}


def _check() -> list[str]:
    found = problems(today())
    if found:
        return found
    from schemas import golden  # noqa: PLC0415  # its codec reads the files that were only now found right

    return golden.problems()


def _write() -> None:
    write(today())
    from schemas import golden  # noqa: PLC0415  # its codec reads the files that were only now written

    golden.write()


def main(arguments: list[str] | None = None) -> int:
    """Write the generated files; with ``--check`` only say what is wrong with them, and return 1 if anything is."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; say what is out of date or incompatible")
    parser.add_argument("--release", action="store_true", help="mark every draft as released")
    options = parser.parse_args(arguments)
    if options.check:
        found = _check()
        sys.stderr.writelines(f"{problem}\n" for problem in found)
        return 1 if found else 0
    if options.release:
        release()
    _write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
