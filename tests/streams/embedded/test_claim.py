"""A directory of a demo's own: made where anybody can pass, and gone afterwards."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import RefusedError
from streams.embedded.claim import short_lived


@pytest.fixture
def closed_umask() -> Iterator[None]:
    """What a careful administrator sets: nothing for others."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("closed_umask")
def test_what_is_made_on_the_way_can_be_passed_through(place: Path) -> None:
    """PostgreSQL, as a user of its own, reaches a home that was just made, whatever the umask."""
    with short_lived(place / "some" / "home", "demo-") as directory:
        made = [directory, *directory.parents[:2]]
        assert [path.stat().st_mode & 0o777 for path in made] == [0o711] * 3
        (directory / "file").touch()
    assert not any((place / "some" / "home").iterdir())


KILLED = """
import os, sys
from pathlib import Path
from streams.embedded.claim import short_lived

with short_lived(Path(sys.argv[1]), "demo-") as directory:
    (directory / "kafka").mkdir()
    (directory / "kafka" / "lock").touch()
    os.kill(os.getpid(), 9)
"""
KILLED_AT_THE_END = """
import os, sys
from pathlib import Path
from streams.embedded.claim import short_lived

left = int(sys.argv[2])
def audit(event, arguments):
    global left
    if event in ("os.remove", "os.rmdir"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)

with short_lived(Path(sys.argv[1]), "demo-") as directory:
    (directory / "kafka").mkdir()
    (directory / "kafka" / "log").touch()
    (directory / "lock").touch()
    sys.addaudithook(audit)
"""
REMOVALS = 4
"""Of the log and its directory, the lock and the mark; then there is an empty directory, and no more."""
STILL_WRITES = """
import os, time
begun, told = time.monotonic(), False
while (now := time.monotonic()) < begun + 1:
    os.close(os.open(f"{now}", os.O_CREAT))
    if now > begun + 0.2 and not told:
        told = print(flush=True) is None
"""


def a_killed_one(home: Path) -> Path:
    """What is there of a demo that a kill -9 ended."""
    before = {*home.iterdir()}
    subprocess.run([sys.executable, "-c", KILLED, home], check=False)
    [left] = {*home.iterdir()} - before
    return left


def test_what_a_kill_left_is_removed_by_the_next(place: Path) -> None:
    """What runs beside it, what a server still holds, and what only looks alike is not touched."""
    (place / "demo-videos").mkdir()
    with short_lived(place, "demo-") as running:
        left, served = a_killed_one(place), a_killed_one(place)
        with (served / "kafka" / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with short_lived(place, "demo-") as second:
                assert {*place.iterdir()} == {place / "demo-videos", running, served, second}
        assert not left.exists()
        with short_lived(place, "demo-") as third:
            assert {*place.iterdir()} == {place / "demo-videos", running, third}
    assert [*place.iterdir()] == [place / "demo-videos"]


@pytest.mark.parametrize("step", range(1, REMOVALS + 1))
def test_what_a_kill_left_half_removed_is_removed_by_the_next(place: Path, step: int) -> None:
    """As long as there is anything in it, the directory shows whose it was."""
    ended = subprocess.run([sys.executable, "-c", KILLED_AT_THE_END, place, str(step)], check=False)
    assert ended.returncode == -signal.SIGKILL
    [left] = place.iterdir()
    with short_lived(place, "demo-"):
        assert not left.exists()


def test_it_goes_whatever_is_still_written_to_it(place: Path) -> None:
    """A server that was killed while it was made has children that write for a moment more."""
    with short_lived(place, "demo-") as directory:
        (directory / "data").mkdir()
        command, quiet = [sys.executable, "-c", STILL_WRITES], subprocess.DEVNULL  # it fails when its directory goes
        writer = subprocess.Popen(command, cwd=directory / "data", stdout=subprocess.PIPE, stderr=quiet)
        assert writer.stdout
        assert writer.stdout.readline()
    assert not directory.exists()
    writer.communicate()


@pytest.mark.parametrize("home", ["/proc", "/proc/vigie", "/dev/null/vigie"])
def test_a_home_that_takes_no_directory_is_refused(home: str) -> None:
    """Whether it is there or not: the setting that moves it is named."""
    with (
        pytest.raises(RefusedError, match=f"directory_unusable: {home} .*VIGIE_HOME"),
        short_lived(Path(home), "demo-"),
    ):
        pass
