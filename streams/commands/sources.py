"""What the commands that read providers' files share: opening them, and saying what was refused."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from connectors.refusal import Refusal

STDIN = Path("-")


def _readable(paths: list[Path]) -> list[Path]:
    for path in paths:
        if path != STDIN and (path.is_dir() or not os.access(path, os.R_OK)):
            raise typer.BadParameter(f"expected a file that can be read, or - for standard input, got {path}")
    return paths


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE…",
        help="Files of the provider, recognised by their content; - is standard input.",
        callback=_readable,
    ),
]


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, or standard input, as something that can be read twice."""
    with nullcontext(sys.stdin.buffer) if path == STDIN else path.open("rb") as source:
        if source.seekable():
            yield source
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(source, copy)
            copy.seek(0)
            yield copy


def say_refused(path: Path, refusal: Refusal) -> None:
    """One JSON line on standard error, the file named before the place in it."""
    placed = replace(refusal, where=f"{path}: {refusal.where}")
    typer.echo(json.dumps(asdict(placed), ensure_ascii=False), err=True)
