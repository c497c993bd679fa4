"""A directory that one owner holds at a time."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from schemas.errors import RefusedError
from streams.embedded.ports import wait_until

LEFTOVER_S = 10.0
MARK = "short-lived.lock"
"""Held for as long as its directory is used; a directory without it is none of ours."""
PASSABLE = 0o711
"""Whatever the umask: PostgreSQL, as another user, must pass through, though not look around."""


class Claim:
    """The sole use of a directory, until ``release`` or the end of all who hold ``fd``.

    A server that inherits ``fd`` holds the directory too: what a kill -9 left running keeps the next owner out until
    it is gone, without any pid to believe.
    """

    def __init__(self, directory: Path) -> None:
        """Make ``directory`` and take it, waiting for the leftovers of an owner that was killed.

        Raises:
            RefusedError: ``directory_unusable`` where it cannot be made or written, ``directory_in_use`` where
                another process holds it. Both name VIGIE_HOME, which moves it.
        """
        self._file = _open(directory)
        self.fd = self._file.fileno()
        deadline = time.monotonic() + LEFTOVER_S
        while not _lock(self._file):
            if _alive(self._owner()) or time.monotonic() > deadline:
                raise self._in_use(directory)
            time.sleep(0.05)
        self._sign()

    def release(self) -> None:
        """Let the next one have it; a server that inherited the descriptor keeps it until it ends."""
        self._file.truncate(0)  # whoever still holds it is a leftover, worth waiting for
        self._file.close()

    def _owner(self) -> str:
        self._file.seek(0)
        return self._file.read().strip()

    def _sign(self) -> None:
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def _in_use(self, directory: Path) -> RefusedError:
        owner = self._owner()
        self._file.close()
        return RefusedError(
            "directory_in_use",
            f"{directory} is used by another vigie (process {owner or 'unknown'}): stop that one, "
            "or give this one a directory of its own with VIGIE_HOME",
        )


@contextmanager
def short_lived(home: Path, prefix: str) -> Iterator[Path]:
    """A new directory in ``home``, which is made where it is missing; it is gone after the block.

    So is, from now on, every one that a kill -9 left there, unless a server in it still ends.

    Raises:
        RefusedError: ``directory_unusable`` where ``home`` cannot be made or written.
    """
    directory, mark = _make_in(home, prefix)
    with mark:
        try:
            yield directory
        finally:
            wait_until(lambda: _is_gone(directory), LEFTOVER_S)  # the children of what was killed may write still


def _make_in(home: Path, prefix: str) -> tuple[Path, IO[str]]:
    try:
        _make(home)
        for mark in home.glob(f"{prefix}*/{MARK}"):
            _clear_away(mark.parent)
        draft = Path(tempfile.mkdtemp(prefix=f".{prefix}", dir=home))
        draft.chmod(PASSABLE)
        held = (draft / MARK).open("w")
        _lock(held)
        return draft.rename(home / draft.name[1:]), held  # only now: nobody finds it without its lock
    except OSError as error:
        raise _unusable(home, error) from error


def _clear_away(directory: Path) -> None:
    with ExitStack() as opened, suppress(OSError):  # somebody else's, or somebody else clears it away
        paths = (directory / MARK, *directory.glob("lock"), *directory.glob("*/lock"))
        if all(_lock(opened.enter_context(path.open("r+"))) for path in paths):
            _is_gone(directory)


def _is_gone(directory: Path) -> bool:
    """Whether all of it could be removed: the mark last, so that what a kill -9 leaves is found again."""
    with suppress(OSError):  # what others write or own
        for inside in directory.iterdir():
            if inside.is_dir():
                shutil.rmtree(inside, ignore_errors=True)
            elif inside.name != MARK:
                inside.unlink()
        if [*directory.iterdir()] == [directory / MARK]:
            shutil.rmtree(directory)
    return not directory.exists()


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(directory: Path) -> IO[str]:
    try:
        _make(directory)
        return (directory / "lock").open("a+")
    except OSError as error:
        raise _unusable(directory, error) from error


def _unusable(directory: Path, error: OSError) -> RefusedError:
    return RefusedError(
        "directory_unusable",
        f"{directory} cannot be made or written ({error.strerror}): give this user the right to write "
        "there, or name another directory with VIGIE_HOME",
    )


def _make(directory: Path) -> None:
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(PASSABLE)


def _alive(owner: str) -> bool:
    if not owner.isdecimal():
        return False
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
