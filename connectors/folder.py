"""A folder, here or anywhere that fsspec opens: each file of it is taken once, and moved with a report beside it.

What was taken is kept in the folder itself, in `.vigie/`, so that a watcher needs nothing but the folder and Kafka. A
file is settled in three steps: the report is written down as pending, then the file moves, then its content is entered
as taken. Whoever starts after a crash, or finds the folder back, finishes what is pending, and does no step twice. What
ends before the first step leaves the file where it was: it is read again, and its events are recognised by their ids.
"""

import fcntl
import hashlib
import json
import os
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
TAKEN, PENDING = f"{STATE}/taken", f"{STATE}/pending"
REPORT = ".report.json"
_UNFINISHED = (".part", ".filepart", ".tmp", ".crdownload")
_CHUNK = 1 << 20
_LONGEST_NAME = 255
"""Bytes that a name may have on most disks."""

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
        self._unfinished: set[tuple[str, str]] = set()
        self._notes: dict[str, Report] = {}
        """What could not even be written down as pending: the disk is full."""
        with self._reached():
            for directory in (DONE, REFUSED, TAKEN, PENDING):
                self._fs.makedirs(self._path(directory), exist_ok=True)
            self._lock = self._locked()
            self._write("", f"{STATE}/writable")

    def look(self) -> Look:
        """The files that wait, by name; those that start with a dot, or end as unfinished ones do, are left alone.

        So are those that ``finish`` could not finish: they were published, and are but to be moved.
        """
        with self._reached():
            self._fs.invalidate_cache()
            found = self._fs.ls(self._root, detail=True)
        files = {(_name(each["name"]), _signature(each)) for each in found if each["type"] == "file"}
        waiting = sorted(files - self._unfinished)
        return {name: each for name, each in waiting if name[0] != "." and not name.endswith(_UNFINISHED)}

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
        pending = _pending_for(place)
        self._notes[pending] = {"signature": snapshot.signature, "report": whole}
        self._unfinished.add((snapshot.name, snapshot.signature))
        with self._reached():
            self._write_down()
            self._finish(pending)
        return place

    def finish(self) -> list[UnavailableError]:
        """Do what is left of the files that were being settled, however that ended; why not, of each that has to wait.

        What cannot be finished harms no other file. UnavailableError where the folder itself is away.
        """
        self._unfinished = {(note["report"]["file"], note["signature"]) for note in self._notes.values()}
        failed = []
        try:
            with self._reached():
                self._write_down()
        except UnavailableError as error:
            failed.append(error)
        for name in self._pending():
            try:
                with self._reached():
                    self._finish(f"{PENDING}/{name}")
            except UnavailableError as error:
                failed.append(error)
        return failed

    def _write_down(self) -> None:
        for pending in list(self._notes):
            self._write(json.dumps(self._notes[pending]), pending)
            del self._notes[pending]

    def _pending(self) -> list[str]:
        with self._reached():
            self._fs.invalidate_cache()
            try:
                found = self._fs.ls(self._path(PENDING), detail=True)
            except FileNotFoundError:  # an object store has no empty directories
                return []
        return sorted(_name(each["name"]) for each in found if each["type"] == "file")

    def _finish(self, place: str) -> None:
        pending = self._read(place)
        if pending is None:
            return
        report, name, signature = pending["report"], pending["report"]["file"], pending["signature"]
        self._unfinished.add((name, signature))
        if self._signature(name) == signature:  # else it is moved, or another one by now
            self._move(name, report["moved_to"])
        self._write(json.dumps(report, indent=2, ensure_ascii=False), report["moved_to"] + REPORT)
        if report["outcome"] == "published":
            self._write(json.dumps(report, ensure_ascii=False), self._entry(report["sha256"]))
        self._fs.rm_file(self._path(place))
        self._unfinished.discard((name, signature))

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
        """A place for the file and its report where none of both is yet, nor is going to be."""
        with self._reached():
            number, place = 1, f"{directory}/{_numbered(name, 1)}"
            while self._is_used(place):
                number += 1
                place = f"{directory}/{_numbered(name, number)}"
            return place

    def _is_used(self, place: str) -> bool:
        pending = _pending_for(place)
        used = (self._fs.exists(self._path(each)) for each in (place, place + REPORT, pending))
        return pending in self._notes or any(used)

    def _entry(self, sha256: str) -> str:
        return f"{TAKEN}/{sha256}-{self._reading}"

    def _read(self, place: str) -> Report | None:
        try:
            found: Report = json.loads(self._fs.cat_file(self._path(place)))
        except FileNotFoundError:
            return None
        except ValueError as error:  # the machine lost its power as it was written
            raise UnavailableError(f"folder {self.url}: {place} is damaged ({error}): remove it") from error
        return found

    def _write(self, text: str, place: str) -> None:
        """JSON, whole or not at all, by a rename; bytes of a name that are no UTF-8 become escapes of JSON's."""
        self._fs.pipe_file(self._path(f"{STATE}/draft"), text.encode("utf-8", "backslashreplace"))
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


def _pending_for(place: str) -> str:
    """Where it stands that a file is being moved to the place."""
    return f"{PENDING}/{hashlib.sha256(os.fsencode(place)).hexdigest()[:32]}"


def _numbered(name: str, number: int) -> str:
    """The name with a number before its suffix, from 2, its stem cut so that a report fits beside it."""
    stem, dot, suffix = name.partition(".")
    marked = f"-{number}" if number > 1 else ""
    room = _LONGEST_NAME - len(REPORT) - len(marked)
    tail = _cut(dot + suffix, max(room // 2, room - _length(stem)))
    return _cut(stem, room - _length(tail)) + marked + tail


def _length(name: str) -> int:
    return len(os.fsencode(name))


def _cut(name: str, most: int) -> str:
    """As many whole characters of the name as fit in so many bytes."""
    while _length(name) > most:
        name = name[:-1]
    return name


def _signature(info: dict[str, Any]) -> str:
    """What changes when a file does: its size, and whatever else its place knows of it."""
    known = ("size", "mtime", "ino", "ETag", "etag", "LastModified", "last_modified", "created", "md5Hash")
    return json.dumps([str(info.get(name)) for name in known])
