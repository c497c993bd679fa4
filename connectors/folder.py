"""A folder, here or anywhere that fsspec opens: each file of it is taken once, and moved with a report beside it.

What was taken is kept in the folder itself, in `.vigie/`, so that a watcher needs nothing but the folder and Kafka. A
file is settled in three steps: the report is written down as pending, then the file moves, then its content is entered
as taken. Whoever starts after a crash finishes what is pending, and does no step twice. A crash before the first step
leaves the file where it was: it is read again, and its events are recognised by their ids.
"""

import fcntl
import hashlib
import json
import posixpath
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from connectors.refusal import excerpt
from schemas.errors import RefusedError, UnavailableError

DONE, REFUSED, STATE = "done", "refused", ".vigie"
TAKEN = f"{STATE}/taken"
REPORT = ".report.json"
_UNFINISHED = (".part", ".filepart", ".tmp", ".crdownload")
_CHUNK = 1 << 20

Report = dict[str, Any]
Look = dict[str, str]
"""What the files of a folder were like when one looked: a file is complete once it is the same twice."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file as it was when it was read."""

    name: str
    signature: str
    size: int
    sha256: str
    content: BinaryIO
    """Its bytes, in a place of our own: whatever happens to the file, what is reported is what was read."""


class Folder:
    """One watched folder, of one watcher: a local folder refuses a second, elsewhere nothing can."""

    def __init__(self, url: str, reading: str) -> None:
        """Take a directory or URL; ``reading`` says how its files are read: read otherwise, a file is another one.

        Raises:
            RefusedError: ``bad_folder``: no such folder can be.
            UnavailableError: it cannot be written in, or somebody watches it already.
        """
        self.url = url
        self._reading = hashlib.sha256(reading.encode()).hexdigest()[:8]
        self._fs, self._root = _opened(url)
        with self._reached():
            for directory in (DONE, REFUSED, TAKEN):
                self._fs.makedirs(self._path(directory), exist_ok=True)
            self._lock = self._locked()
            self._write("", f"{STATE}/writable")

    def look(self) -> Look:
        """The files that wait, by name; those that start with a dot, or end as unfinished ones do, are left alone."""
        with self._reached():
            self._fs.invalidate_cache()
            found = self._fs.ls(self._root, detail=True)
        files = {_name(each["name"]): _signature(each) for each in found if each["type"] == "file"}
        return {name: files[name] for name in sorted(files) if name[0] != "." and not name.endswith(_UNFINISHED)}

    @contextmanager
    def snapshot(self, name: str) -> Iterator[Snapshot | None]:
        """The file's bytes; None where it changed or vanished while they were read."""
        with tempfile.TemporaryFile() as copy:
            with self._reached():
                before = self._signature(name)
                digest, size = self._copied(name, copy) if before else ("", 0)
                same = bool(before) and before == self._signature(name)
            copy.seek(0)
            yield Snapshot(name, before or "", size, digest, copy) if same and before else None

    def taken(self, sha256: str) -> Report | None:
        """The report of the same content read the same way, where it was published before."""
        with self._reached():
            return self._read(self._entry(sha256))

    def settle(self, snapshot: Snapshot, report: Report, directory: str) -> str:
        """Move the file to ``done`` or ``refused``, its report beside it; where it now is."""
        place = self._free(directory, snapshot.name)
        whole = report | {"file": snapshot.name, "moved_to": place, "sha256": snapshot.sha256, "bytes": snapshot.size}
        with self._reached():
            self._write(json.dumps({"signature": snapshot.signature, "report": whole}), f"{STATE}/pending")
        self.finish()
        return place

    def finish(self) -> None:
        """Do what is left of the file that was being settled when a watcher ended, however it ended."""
        with self._reached():
            pending = self._read(f"{STATE}/pending")
            if pending is None:
                return
            report = pending["report"]
            if self._signature(report["file"]) == pending["signature"]:  # else it is moved, or another one by now
                self._move(report["file"], report["moved_to"])
            self._write(json.dumps(report, indent=2, ensure_ascii=False), report["moved_to"] + REPORT)
            if report["outcome"] == "published":
                self._write(json.dumps(report, ensure_ascii=False), self._entry(report["sha256"]))
            self._fs.rm_file(self._path(f"{STATE}/pending"))

    def _move(self, name: str, place: str) -> None:
        """By a rename where the place has one, else by a copy; fsspec's own `mv` reads a name's `*` as a pattern."""
        source, target = self._path(name), self._path(place)
        if type(self._fs).mv is not AbstractFileSystem.mv:
            self._fs.mv(source, target)
            return
        self._fs.cp_file(source, target)
        self._fs.rm_file(source)

    def _locked(self) -> IO[bytes] | None:
        """A lock that ends with this process, however it ends."""
        if not isinstance(self._fs, LocalFileSystem):
            return None
        lock = Path(self._path(f"{STATE}/lock")).open("wb")  # noqa: SIM115  # held as long as we are
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise UnavailableError(f"folder {self.url}: another vigie watches it; stop that one first") from None
        return lock

    def close(self) -> None:
        """Let another watcher have the folder."""
        if self._lock is not None:
            self._lock.close()

    def _copied(self, name: str, copy: BinaryIO) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        try:
            with self._fs.open(self._path(name), "rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    size += copy.write(chunk)
        except FileNotFoundError:
            pass  # its signature is gone too, and tells
        return digest.hexdigest(), size

    def _signature(self, name: str) -> str | None:
        self._fs.invalidate_cache()
        try:
            return _signature(self._fs.info(self._path(name)))
        except FileNotFoundError:
            return None

    def _free(self, directory: str, name: str) -> str:
        """A place for the file and its report where none of both is yet."""
        stem, dot, suffix = name.partition(".")
        with self._reached():
            number, place = 1, f"{directory}/{name}"
            while self._fs.exists(self._path(place)) or self._fs.exists(self._path(place + REPORT)):
                number += 1
                place = f"{directory}/{stem}-{number}{dot}{suffix}"
            return place

    def _entry(self, sha256: str) -> str:
        return f"{TAKEN}/{sha256}-{self._reading}"

    def _read(self, place: str) -> Report | None:
        try:
            found: Report = json.loads(self._fs.cat_file(self._path(place)))
        except FileNotFoundError:
            return None
        return found

    def _write(self, text: str, place: str) -> None:
        """Whole or not at all, by a rename."""
        self._fs.pipe_file(self._path(f"{STATE}/draft"), text.encode())
        self._move(f"{STATE}/draft", place)

    def _path(self, place: str) -> str:
        return f"{self._root}/{place}"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"folder {self.url}: {error}. Nothing of it is lost: what was not moved is looked at again."
            ) from error


def _opened(url: str) -> tuple[AbstractFileSystem, str]:
    try:
        fs, root = fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise RefusedError("bad_folder", f"{excerpt(url)}: {error}; install what opens it beside vigie") from error
    if isinstance(fs, LocalFileSystem) and not fs.isdir(root):
        raise RefusedError("bad_folder", f"expected a folder that exists, got {excerpt(url)}")
    return fs, root.rstrip("/")


def _name(path: str) -> str:
    return posixpath.basename(path.rstrip("/"))


def _signature(info: dict[str, Any]) -> str:
    """What changes when a file does: its size, and whatever else its place knows of it."""
    known = ("size", "mtime", "ino", "ETag", "etag", "LastModified", "last_modified", "created", "md5Hash")
    return json.dumps([str(info.get(name)) for name in known])
