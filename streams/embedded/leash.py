"""Programs that end when the one that started them ends, however that ends (kill -9 too).

This file is imported for ``spawn`` and run, by path, as the step between: it takes on the user it is told, asks the
kernel for a signal at the death of its parent, and becomes the program. A ``preexec_fn`` would do the same, but forks
unsafely where there are threads, and Python says so from 3.12 on.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO

PR_SET_PDEATHSIG = 1
Child = subprocess.Popen[bytes]


def spawn(
    argv: Sequence[str],
    *,
    output: IO[bytes] | int,
    at_our_death: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    keep: Sequence[int] = (),
    env: Mapping[str, str] | None = None,
) -> Child:
    """Start ``argv`` in a session of its own, out of a terminal's Ctrl-C; it gets ``at_our_death`` when we are no more.

    Both streams go to ``output``; the descriptors in ``keep`` stay open in it. Linux counts the death of the *thread*
    that started it, so only the main thread may. Elsewhere than on Linux the child outlives a kill -9 of ours.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(f"{argv[0]} must be started from the main thread: it ends with the thread that starts it")
    leash = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(at_our_death.value), user or ""]
    return subprocess.Popen(  # noqa: S603 - argv is ours, without a shell
        [*leash, *argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=keep,
        env=env,
        start_new_session=True,
    )


def end(child: Child, by: signal.Signals, grace_s: float) -> bool:
    """Whether ``child`` ended by the signal within the grace; if not, it is killed. It is gone in both cases."""
    if child.poll() is None:
        child.send_signal(by)
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False
    return True


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def _main(parent: int, at_death: int, user: str, argv: list[str]) -> None:
    if user:
        _become(user)  # first: taking on another user clears what prctl asks for
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, at_death)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - argv is spawn's
    except OSError as error:
        sys.exit(f"{argv[0]} cannot be run: {error.strerror}")


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
