"""The roles of the hub as child processes: started in order, watched, restarted, stopped in reverse."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Self

from schemas.errors import UnavailableError
from streams.embedded.leash import Child, end, spawn

READY_S = 60.0
GRACE_S = 15.0
QUICK_S = 10.0
QUICK_DEATHS = 5
PAUSE_S = 0.5
TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class Role:
    """One process of the hub: a single program, which starts no others."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    """What it gets on top of our own environment."""
    ready: Callable[[], bool] | None = None
    """The next role starts when this is true."""
    restart: bool = True
    """Whether its end is a death; where not, its end with exit code 0 is what it is for."""


class Supervisor:
    """Runs roles for as long as its ``with`` block; they end with it, and with us if we are killed."""

    def __init__(
        self, roles: Sequence[Role], sink: Callable[[str], None], grace_s: float = GRACE_S, pause_s: float = PAUSE_S
    ) -> None:
        """Take the roles in the order of their start; each line they print goes to ``sink``, behind the role's name.

        A role has ``grace_s`` to stop in; it rests ``pause_s`` after a death, twice as long after each quick one more.
        """
        width = max((len(role.name) for role in roles), default=0)
        self._runners = [_Runner(role, sink, f"{role.name:<{width}} | ", grace_s, pause_s) for role in roles]

    def __enter__(self) -> Self:
        """Start each role once the one before it is ready.

        Raises:
            UnavailableError: one is not ready within a minute, or keeps dying.
        """
        try:
            for runner in self._runners:
                runner.start_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop all in reverse order: SIGTERM, then SIGKILL for whoever is still there after the grace."""
        self._stop()

    def watch(self, until: Callable[[], bool] = lambda: False, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Restart who dies until ``until`` says that it is enough; ``meanwhile`` looks after what else runs.

        Raises:
            UnavailableError: a role dies again and again right after its start, or ends in failure for good.
        """
        while not until():
            for runner in self._runners:
                runner.look()
            meanwhile()
            time.sleep(TICK_S)

    def _stop(self) -> None:
        with ExitStack() as last_first:  # which goes on with the others where one fails to stop
            for runner in self._runners:
                last_first.callback(runner.stop)


@contextmanager
def until_told_to_stop() -> Iterator[None]:
    """End the block in an orderly way on Ctrl-C, SIGTERM or a closed terminal; the code after it goes on.

    The block sees a KeyboardInterrupt, so its own ``with`` statements clean up; further signals do not disturb that.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in signals}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class _Runner:
    """One role's process, now and over its restarts."""

    def __init__(self, role: Role, sink: Callable[[str], None], prefix: str, grace_s: float, pause_s: float) -> None:
        self._role = role
        self._sink = sink
        self._prefix = prefix
        self._grace_s = grace_s
        self._pause_s = pause_s
        self._child: Child | None = None
        self._reader: threading.Thread | None = None
        self._started_at = 0.0
        self._start_at: float | None = None
        self._quick_deaths = 0

    def start_until_ready(self) -> None:
        self._start()
        deadline = time.monotonic() + READY_S
        while self._role.ready and not self._role.ready():
            self.look()
            if time.monotonic() > deadline:
                raise UnavailableError(f"{self._role.name} is not ready after {READY_S:.0f} s: see its lines above")
            time.sleep(TICK_S)

    def look(self) -> None:
        """Notice a death; start again when the pause after it is over."""
        if self._start_at is not None:
            if time.monotonic() >= self._start_at:
                self._start()
        elif self._child and self._child.poll() is not None:
            self._ended(self._child.returncode)

    def stop(self) -> None:
        self._start_at = None
        if self._child:
            if not end(self._child, signal.SIGTERM, self._grace_s):
                self._say(f"did not stop within {self._grace_s:g} s of SIGTERM: killed")
            self._forget()

    def _start(self) -> None:
        self._start_at = None
        self._started_at = time.monotonic()
        env = {**os.environ, "PYTHONUNBUFFERED": "1", **self._role.env}
        # Killed with us: a role loses nothing by it, and one that hangs would outlive a gentler signal.
        self._child = spawn(self._role.argv, output=subprocess.PIPE, at_our_death=signal.SIGKILL, env=env)
        reader = threading.Thread(target=self._read, args=[self._child], daemon=True)
        reader.start()
        self._reader = reader  # only now: a signal may end us between any two lines, and stop joins what is here

    def _read(self, child: Child) -> None:
        assert child.stdout is not None
        with child.stdout as lines:
            for line in lines:
                self._say(line.decode(errors="replace").rstrip())

    def _ended(self, code: int) -> None:
        self._forget()
        if not self._role.restart and code == 0:
            return
        quick = time.monotonic() - self._started_at < QUICK_S
        self._quick_deaths = self._quick_deaths + 1 if quick else 0
        if not self._role.restart or self._quick_deaths >= QUICK_DEATHS:
            times = (
                f" {self._quick_deaths} times, each within {QUICK_S:.0f} s of its start" if self._role.restart else ""
            )
            raise UnavailableError(f"{self._role.name} ended ({_how(code)}){times}: see its lines above")
        pause_s = self._pause_s * 2**self._quick_deaths
        self._start_at = time.monotonic() + pause_s
        self._say(f"ended ({_how(code)}); starts again in {pause_s:g} s")

    def _forget(self) -> None:
        if self._reader:
            self._reader.join(timeout=1)  # its last words come before ours
        self._child = self._reader = None

    def _say(self, line: str) -> None:
        self._sink(f"{self._prefix}{line}")


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
