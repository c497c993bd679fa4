"""The servers' own log files."""

from pathlib import Path
from typing import IO

KEEP_BYTES = 10_000_000
LAST = 10
"""Lines of a log that an error message shows."""


def log_file(path: Path) -> IO[bytes]:
    """The file to append to; one that has grown past 10 MB is put aside first, as ``<name>.1``."""
    if path.exists() and path.stat().st_size > KEEP_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def last_lines(path: Path) -> str:
    """The end of a log, for an error message; Java's stack traces are left to those who open the file."""
    lines = path.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if not line.startswith("\t")][-LAST:])
