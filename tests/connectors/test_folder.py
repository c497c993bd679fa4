"""The watched folder: what is taken, what is left alone, and that no crash loses or doubles a move."""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from connectors.folder import DONE, REFUSED, Folder
from schemas.errors import RefusedError, UnavailableError
from tests.connectors.settling import MOVED, STEPS, settled_until

PUBLISHED = {"outcome": "published", "published": 3}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one file."""
    (tmp_path / "limits.csv").write_text("content")
    return tmp_path


@pytest.fixture
def folder(root: Path) -> Iterator[Folder]:
    with closing(Folder(str(root), "limits")) as opened:
        yield opened


@pytest.fixture
def memory() -> Iterator[Folder]:
    """A folder in a place that knows no rename."""
    yield Folder("memory://incoming", "limits")
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def settled(folder: Folder, name: str = "limits.csv", report: dict[str, Any] = PUBLISHED, directory: str = DONE) -> str:
    with folder.snapshot(name) as snapshot:
        assert snapshot is not None
        return folder.settle(snapshot, report, directory)


def a_report(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def files(root: Path) -> set[str]:
    """Every file of the folder but its own state."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and ".vigie" not in path.parts}


def test_a_settled_file_has_a_report_beside_it(folder: Folder, root: Path) -> None:
    """The file is moved as it was, and its report says what became of it, by hash and size."""
    assert settled(folder) == "done/limits.csv"
    assert files(root) == {"done/limits.csv", "done/limits.csv.report.json"}
    digest = hashlib.sha256(b"content").hexdigest()
    told = {"file": "limits.csv", "moved_to": "done/limits.csv", "sha256": digest, "bytes": 7}
    assert a_report(root / "done/limits.csv.report.json") == PUBLISHED | told


def test_a_name_that_was_there_before_stays(folder: Folder, root: Path) -> None:
    """In done/ nothing is ever overwritten, neither a file nor a report."""
    settled(folder)
    for name in ("limits.csv", "limits.csv.report.json"):
        (root / name).write_text(f"other {name}")
        settled(folder, name)
    assert (root / "done/limits.csv").read_text() == "content"
    assert (root / "done/limits-2.csv").read_text() == "other limits.csv"
    assert (root / "done/limits-2.csv.report.json").exists()
    assert (root / "done/limits-3.csv.report.json").read_text() == "other limits.csv.report.json"


def test_content_is_known_again(folder: Folder, root: Path) -> None:
    """What was published is known by its content; read in another way it is not, nor is what was refused."""
    with folder.snapshot("limits.csv") as snapshot:
        assert snapshot is not None
        digest = snapshot.sha256
    settled(folder, report={"outcome": "refused"})
    assert folder.taken(digest) is None
    (root / "limits.csv").write_text("content")
    settled(folder)
    before = folder.taken(digest)
    assert before is not None
    assert before["moved_to"] == "done/limits-2.csv"
    folder.close()
    with closing(Folder(str(root), "limits, by another mapping")) as other:
        assert other.taken(digest) is None


@pytest.mark.parametrize("name", [".limits.csv", "limits.csv.part", "limits.tmp", "limits.csv.filepart", "sub"])
def test_unfinished_files_are_left_alone(folder: Folder, root: Path, name: str) -> None:
    """What is hidden, or named as unfinished, and what is no file, waits."""
    (root / name).mkdir() if name == "sub" else (root / name).touch()
    assert list(folder.look()) == ["limits.csv"]


def test_a_file_that_changes_is_not_the_same(folder: Folder, root: Path) -> None:
    """A file that grows, is rewritten or replaced looks different the next time."""
    looks = [folder.look()]
    (root / "limits.csv").write_text("contents")
    looks.append(folder.look())
    (root / "new").write_text("contents")
    (root / "new").rename(root / "limits.csv")
    looks.append(folder.look())
    assert len({look["limits.csv"] for look in looks}) == 3


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


@pytest.mark.parametrize("change", [grow, Path.unlink])
def test_what_changes_while_it_is_read_waits(folder: Folder, root: Path, change: Callable[[Path], None]) -> None:
    """A file that grows or vanishes once its reading has begun is not taken."""
    path = root / "limits.csv"
    due = [path]

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and due and arguments[0] == str(path):
            change(due.pop())

    sys.addaudithook(audit)
    with folder.snapshot("limits.csv") as snapshot:
        assert due == []
        assert snapshot is None


def test_a_file_that_is_gone_is_not_taken(folder: Folder) -> None:
    """A file that vanished since one looked is no error."""
    with folder.snapshot("gone.csv") as snapshot:
        assert snapshot is None


@pytest.mark.parametrize("step", range(1, STEPS + 2))
def test_kill_9_at_any_step_is_mended(root: Path, step: int) -> None:
    """Killed before any operation on the folder, the next watcher ends where an undisturbed one does."""
    ended = settled_until(root, step, "dies")
    assert ended == (-signal.SIGKILL if step <= STEPS else 0)
    with closing(Folder(str(root), "limits")) as folder:
        folder.finish()
        folder.finish()
        if "limits.csv" in folder.look():  # killed before the report was written down: it is read again
            settled(folder)
        assert files(root) == {"done/limits.csv", "done/limits.csv.report.json"}
        report = a_report(root / "done/limits.csv.report.json")
        assert folder.taken(report["sha256"]) == report
    assert report["published"] == 3


@pytest.mark.parametrize("step", range(1, STEPS + 2))
def test_a_step_that_fails_is_done_later(root: Path, step: int) -> None:
    """Where an operation on the folder fails once, the next file is settled all the same, and no report is lost."""
    (root / "other.csv").write_text("other content")
    assert settled_until(root, step, "fails") == 0
    with closing(Folder(str(root), "limits")) as folder:
        assert folder.finish() == []
        for name in folder.look():  # it failed before the report was written down: it is read again
            settled(folder, name)
        for name in ("limits.csv", "other.csv"):
            report = a_report(root / f"done/{name}.report.json")
            assert folder.taken(report["sha256"]) == report
    assert len(files(root)) == 4


def test_what_cannot_be_finished_stops_no_other_file(folder: Folder, root: Path) -> None:
    """A file that cannot be moved is said and not taken again, and others are settled beside it."""
    (root / "other.csv").write_text("other content")
    (root / "refused").rmdir()
    with pytest.raises(UnavailableError):
        settled(folder, report={"outcome": "refused"}, directory=REFUSED)
    (root / ".vigie/pending/damaged").touch()
    assert sorted("pending/damaged is damaged" in str(error) for error in folder.finish()) == [False, True]
    assert list(folder.look()) == ["other.csv"]
    assert settled(folder, "other.csv") == "done/other.csv"
    (root / ".vigie/pending/damaged").unlink()
    (root / "refused").mkdir()
    assert folder.finish() == []
    assert folder.look() == {}
    assert (root / "refused/limits.csv.report.json").exists()


def test_what_cannot_be_written_down_is_remembered(folder: Folder, root: Path) -> None:
    """On a full disk not even a note fits: a file that was published is not read again, and settled later."""
    (root / "other.csv").write_text("other content")
    (root / ".vigie/draft").mkdir()  # where nothing can be written now
    for name in ("limits.csv", "other.csv"):
        with pytest.raises(UnavailableError):
            settled(folder, name)
        assert len(folder.finish()) == 1
    assert folder.look() == {}
    (root / "limits.csv").write_text("new content")
    assert list(folder.look()) == ["limits.csv"]
    (root / ".vigie/draft").rmdir()
    assert folder.finish() == []
    assert settled(folder) == "done/limits-2.csv"
    assert (root / "done/limits-2.csv").read_text() == "new content"
    assert a_report(root / "done/limits.csv.report.json")["sha256"] == hashlib.sha256(b"content").hexdigest()
    assert (root / "done/other.csv").exists()


@pytest.mark.parametrize(
    "name",
    [b"\xff\xfe.csv", b"x" * 246 + b".csv", "é".encode() * 125 + b".csv", b"x." + b"y" * 253, b"\xff" * 255],
)
def test_a_file_of_any_name_is_settled(folder: Folder, root: Path, name: bytes) -> None:
    """Whatever the bytes of a name and however many, file and report lie beside each other, and the report names it."""
    for number, content in enumerate((b"one", b"two")):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(content)
        place = root / settled(folder, os.fsdecode(name))
        assert place.read_bytes() == content
        assert a_report(place.with_name(f"{place.name}.report.json"))["file"] == os.fsdecode(name)
        assert len(files(root)) == 3 + 2 * number


def test_a_new_file_under_an_old_name_is_not_moved_for_it(root: Path) -> None:
    """What comes under the name of a file that was being settled in a crash is a new file and stays."""
    settled_until(root, MOVED, "dies")
    assert list((root / ".vigie/pending").iterdir())
    assert not (root / "limits.csv").exists()
    (root / "limits.csv").write_text("new")
    with closing(Folder(str(root), "limits")) as folder:
        folder.finish()
    assert (root / "limits.csv").read_text() == "new"


def test_a_folder_may_lie_anywhere(memory: Folder) -> None:
    """Where there is no rename, a file is settled all the same, whatever its name."""
    fs = MemoryFileSystem()
    for name in ("limits.csv", "lim[1]*?.csv"):
        fs.pipe_file(f"/incoming/{name}", name.encode())
    assert list(memory.look()) == ["lim[1]*?.csv", "limits.csv"]
    assert [settled(memory, name) for name in memory.look()] == ["done/lim[1]*?.csv", "done/limits.csv"]
    assert memory.look() == {}
    assert fs.cat_file("/incoming/done/lim[1]*?.csv") == b"lim[1]*?.csv"
    assert memory.taken(hashlib.sha256(b"limits.csv").hexdigest()) is not None


def test_a_copy_whose_original_is_left_is_finished(memory: Folder) -> None:
    """Where a move is a copy and a deletion, dying between both leaves one file in the end."""
    fs = MemoryFileSystem()
    fs.pipe_file("/incoming/limits.csv", b"content")
    with memory.snapshot("limits.csv") as snapshot:
        assert snapshot is not None
        report = PUBLISHED | {"file": "limits.csv", "moved_to": "done/limits.csv", "sha256": snapshot.sha256}
        fs.pipe_file(
            "/incoming/.vigie/pending/it", json.dumps({"signature": snapshot.signature, "report": report}).encode()
        )
    fs.cp_file("/incoming/limits.csv", "/incoming/done/limits.csv")
    memory.finish()
    assert memory.look() == {}
    assert fs.cat_file("/incoming/done/limits.csv") == b"content"


def test_a_folder_has_one_watcher(folder: Folder) -> None:
    """A second watcher is told that there is one."""
    with pytest.raises(UnavailableError, match="another vigie watches it"):
        Folder(folder.url, "limits")


@pytest.mark.parametrize("url", ["/does/not/exist", __file__, "nothing://here", "s3x://bucket/in"])
def test_a_folder_that_cannot_be_is_refused(url: str) -> None:
    """A wrong path or scheme is said at once, and nothing is made there."""
    with pytest.raises(RefusedError, match="bad_folder"):
        Folder(url, "limits")
