"""A directory that one owner holds at a time."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from schemas.errors import RefusedError

LEFTOVER_S = 10.0


class Claim:
    """The sole use of a directory, until ``release`` or the end of all who hold ``fd``.

    A server that inherits ``fd`` holds the directory too: what a kill -9 left running keeps the next owner out until
    it is gone, without any pid to believe.
    """

    def __init__(self, directory: Path, *, setting: str = "VIGIE_HOME", patience_s: float = LEFTOVER_S) -> None:
        """Make ``directory`` and take it, waiting ``patience_s`` for the leftovers of an owner that was killed.

        Raises:
            RefusedError: ``directory_unusable`` where it cannot be made or written, ``directory_in_use`` where
                another process holds it. Both name ``setting``, which moves it.
        """
        self._file = _open(directory, setting)
        self.fd = self._file.fileno()
        deadline = time.monotonic() + patience_s
        while not self._take():
            if _alive(self._owner()) or time.monotonic() > deadline:
                raise self._in_use(directory, setting)
            time.sleep(0.05)
        self._sign()

    def release(self) -> None:
        """Let the next one have it; a server that inherited the descriptor keeps it until it ends."""
        self._file.truncate(0)  # whoever still holds it is a leftover, worth waiting for
        self._file.close()

    def _take(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _owner(self) -> str:
        self._file.seek(0)
        return self._file.read().strip()

    def _sign(self) -> None:
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def _in_use(self, directory: Path, setting: str) -> RefusedError:
        owner = self._owner()
        self._file.close()
        return RefusedError(
            "directory_in_use",
            f"{directory} is used by another vigie (process {owner or 'unknown'}): stop that one, "
            f"or give this one a directory of its own with {setting}",
        )


def _open(directory: Path, setting: str) -> IO[str]:
    try:
        _make(directory)
        return (directory / "lock").open("a+")
    except OSError as error:
        raise RefusedError(
            "directory_unusable",
            f"{directory} cannot be made or written ({error.strerror}): give this user the right to write "
            f"there, or name another directory with {setting}",
        ) from error


def _make(directory: Path) -> None:
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(0o711)  # whatever the umask: PostgreSQL, as another user, must pass through, though not look around


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
