import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.errors import UnavailableError
from streams.embedded.ports import wait_until
from streams.embedded.supervisor import Role, Supervisor, until_told_to_stop

PATIENCE_S = 30


@pytest.fixture
def lines() -> list[str]:
    """What the roles printed."""
    return []


def test_each_line_stands_behind_the_name_of_its_role(lines: list[str]) -> None:
    """Names fill a column as wide as the longest, and both output streams are shown, broken bytes included."""
    roles = [
        a_role("hub", "import os, sys; os.write(1, b'caf\\xe9\\n'); print('seen', file=sys.stderr)", restart=False),
        a_role("portal", "print('one'); print('two')", restart=False),
    ]
    with Supervisor(roles, lines.append) as running:
        running.watch(until=lambda: len(lines) == 4)
    assert sorted(lines) == ["hub    | caf�", "hub    | seen", "portal | one", "portal | two"]


def test_roles_start_once_the_one_before_is_ready_and_stop_in_reverse(lines: list[str], tmp_path: Path) -> None:
    """The second role finds what the first one made ready, and is gone before the first is told to stop."""
    first = a_role("first", stopping("first", f"time.sleep(0.3); open({str(tmp_path / 'made')!r}, 'w')"))
    second = a_role("second", stopping("second", f"print('found', os.path.exists({str(tmp_path / 'made')!r}))"))
    roles = [Role(first.name, first.argv, ready=(tmp_path / "made").exists), second]
    with Supervisor(roles, lines.append) as running:
        running.watch(until=lambda: len(lines) == 1)
    assert lines == ["second | found True", "second | second stops", "first  | first stops"]


def test_a_role_that_dies_is_started_again(lines: list[str], tmp_path: Path) -> None:
    """A killed role is back after a pause, and its death is told."""
    role = a_role("hub", f"{WRITE_PID}; time.sleep(60)", tmp_path / "pid")
    with Supervisor([role], lines.append) as running:
        first = pid_in(tmp_path / "pid")
        os.kill(first, signal.SIGKILL)
        running.watch(until=lambda: pid_in(tmp_path / "pid") != first)
        assert "hub | ended (by SIGKILL); starts again in 1 s" in lines
    assert not alive(pid_in(tmp_path / "pid"))


def test_a_role_that_keeps_dying_is_given_up_loudly(lines: list[str]) -> None:
    """After too many quick deaths the supervisor stops everything and says which role it was, and how it ended."""
    other = a_role("other", "time.sleep(60)")
    with (
        pytest.raises(UnavailableError, match=r"hub ended \(exit code 3\) 5 times"),
        Supervisor([other, a_role("hub", "print('why'); sys.exit(3)")], lines.append, pause_s=0.01) as running,
    ):
        running.watch()
    assert lines.count("hub   | why") == 5


def test_a_role_that_runs_once_may_end_well_but_not_badly(lines: list[str]) -> None:
    """Exit code 0 of a role that is not to be restarted is its good end; any other stops everything."""
    with Supervisor([a_role("once", "print('done')", restart=False)], lines.append) as running:
        running.watch(until=lambda: bool(lines))
        until = time.monotonic() + 0.5
        running.watch(until=lambda: time.monotonic() > until)
    assert lines == ["once | done"]
    with (
        pytest.raises(UnavailableError, match=r"once ended \(exit code 1\): see"),
        Supervisor([a_role("once", "sys.exit(1)", restart=False)], lines.append) as running,
    ):
        running.watch()


def test_a_role_that_ignores_sigterm_is_killed_after_the_grace(lines: list[str], tmp_path: Path) -> None:
    """Nobody outstays the grace, and that it came to this is told."""
    code = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {WRITE_PID}; time.sleep(60)"
    with Supervisor([a_role("deaf", code, tmp_path / "pid")], lines.append, grace_s=0.3):
        pid = pid_in(tmp_path / "pid")
    assert not alive(pid)
    assert lines == ["deaf | did not stop within 0.3 s of SIGTERM: killed"]


def test_sigterm_ends_the_block_and_the_code_after_it_goes_on(tmp_path: Path) -> None:
    """The signal stops the roles and then lets the program finish in its own words."""
    with running_supervisor(tmp_path) as (process, role):
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert process.stdout
        assert process.stdout.read().splitlines() == ["sleeper | stops", "stopped in good order"]
        assert not alive(role)


def test_ctrl_c_reaches_the_roles_once_through_their_supervisor(tmp_path: Path) -> None:
    """A terminal's Ctrl-C, sent to the whole foreground group, stops in order: roles have a session of their own."""
    with running_supervisor(tmp_path) as (process, role):
        assert os.getsid(role) != os.getsid(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        assert not alive(role)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_supervisor_killed_leaves_nobody_behind(tmp_path: Path) -> None:
    """After kill -9 of the supervisor its roles are gone, even one that ignores SIGTERM."""
    with running_supervisor(tmp_path) as (process, role):
        process.kill()
        process.wait()
        assert wait_until(lambda: not alive(role), PATIENCE_S)


def test_signals_are_as_before_after_the_block() -> None:
    """What was set for SIGTERM before the block is set again after it, also when a signal ended it."""
    before = signal.getsignal(signal.SIGTERM)
    with until_told_to_stop():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE_S)
    assert signal.getsignal(signal.SIGTERM) == before


IMPORTS = "import os, signal, sys, time"
WRITE_PID = "open(sys.argv[1] + '.new', 'w').write(str(os.getpid())); os.rename(sys.argv[1] + '.new', sys.argv[1])"
SUPERVISED = """
import sys
from streams.embedded.supervisor import Role, Supervisor, until_told_to_stop

with until_told_to_stop(), Supervisor([Role("sleeper", sys.argv[1:])], lambda line: print(line, flush=True)) as running:
    running.watch()
print("stopped in good order")
"""


def a_role(name: str, code: str, *arguments: Path, restart: bool = True) -> Role:
    return Role(name, [sys.executable, "-c", f"{IMPORTS}\n{code}", *map(str, arguments)], restart=restart)


def stopping(name: str, code: str) -> str:
    return (
        f"def stop(*_): print({name!r}, 'stops'); sys.exit(0)\n"
        f"signal.signal(signal.SIGTERM, stop)\n{code}\ntime.sleep(60)"
    )


@contextmanager
def running_supervisor(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A supervisor in a process and a process group of its own, with its one role's pid."""
    role = a_role("sleeper", stopping("", f"{WRITE_PID}").replace("'', 'stops'", "'stops'"), tmp_path / "pid")
    argv = [sys.executable, "-c", SUPERVISED, *role.argv]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            yield process, pid_in(tmp_path / "pid")
        finally:
            process.kill()


def pid_in(file: Path) -> int:
    assert wait_until(file.exists, PATIENCE_S)
    return int(file.read_text())


def alive(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
