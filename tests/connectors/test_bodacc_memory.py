"""Memory stays where it was, however big the file."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from itertools import repeat, takewhile
from pathlib import Path

import pytest

from tests.connectors.builders import a_record, an_annonce, an_archive, lines_of

SIZE = 50_000_000
ALLOWED_GROWTH = 30_000_000
TEXT = "x" * 18_000
MEASURE = """
import datetime, resource, sys
from connectors.bodacc import parse
now = datetime.datetime.now(datetime.UTC)
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
with open(sys.argv[1], "rb") as small: outcomes = sum(1 for _ in parse(small, now))
before = peak()
with open(sys.argv[2], "rb") as big: outcomes = sum(1 for _ in parse(big, now))
print(outcomes, peak() - before)
"""


def a_file_of(place: Path, head: bytes, body: Iterable[bytes], tail: bytes) -> int:
    """Write pieces until the file is as big as it must be; how many there are."""
    count = 0
    with place.open("wb") as file:
        file.write(head)
        for piece in takewhile(lambda _: file.tell() < SIZE, body):
            count += 1
            file.write(piece)
        file.write(tail)
    return count


def big_archive(place: Path) -> int:
    head, tail = an_archive(" ").split(b" </annonces>")
    judgment = f"<jugement><nature>x</nature><complementJugement>{TEXT}</complementJugement></jugement>"
    annonces = (an_annonce(number=str(number), judgment=judgment).encode() for number in range(1, SIZE))
    return a_file_of(place, head, annonces, b"</annonces>" + tail)


def big_lines(place: Path) -> int:
    return a_file_of(place, b"", repeat(lines_of(a_record(tribunal=TEXT))), b"")


@pytest.mark.parametrize(("write", "small"), [(big_archive, an_archive()), (big_lines, lines_of(a_record()))])
def test_a_big_file_takes_no_more_memory(tmp_path: Path, write: Callable[[Path], int], small: bytes) -> None:
    """Fifty megabytes are read with what a notice takes, and every notice comes out."""
    count = write(tmp_path / "big")
    (tmp_path / "small").write_bytes(small)
    command = [sys.executable, "-c", MEASURE, tmp_path / "small", tmp_path / "big"]
    outcomes, growth = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(outcomes) == count
    assert int(growth) < ALLOWED_GROWTH
