"""What the embedded stack takes while nothing happens: every process of `vigie up`."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SETTLE_S = 60.0
"""Until the broker's compiler has come to rest."""


def idle(seconds: float) -> list[tuple[str, float, float]]:
    """Of each process: what it is, its proportional memory (PSS) in MB, its share of a core over `seconds`."""
    home = Path(tempfile.mkdtemp(prefix="vigie-idle-"))
    home.chmod(0o711)
    here = {"VIGIE_HOME": str(home)}
    shutil.copytree(_jars(), home / "jars")
    up = subprocess.Popen([sys.executable, "-m", "streams", "up"], env={**os.environ, **here}, stdout=subprocess.PIPE)
    try:
        assert up.stdout is not None
        for line in up.stdout:
            if line.startswith(b"# portal"):
                break
        time.sleep(SETTLE_S)
        before = {pid: _exact_cpu_s(pid) for pid in _family(up.pid)}
        time.sleep(seconds)
        return [(_name(pid), _pss_mb(pid), (_exact_cpu_s(pid) - was) / seconds) for pid, was in before.items()]
    finally:
        up.send_signal(signal.SIGINT)
        up.wait()
        shutil.rmtree(home, ignore_errors=True)


def by_part(found: list[tuple[str, float, float]]) -> dict[str, tuple[float, float]]:
    """Memory and processor of each part, its processes together."""
    parts: dict[str, tuple[float, float]] = {}
    for name, mb, share in found:
        known = parts.get(name, (0.0, 0.0))
        parts[name] = (known[0] + mb, known[1] + share)
    return parts


def _jars() -> Path:
    from streams.settings import Settings  # noqa: PLC0415

    return Settings().home / "jars"


def _family(pid: int) -> Iterator[int]:
    yield pid
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except FileNotFoundError:
            continue
        if parent == pid:
            yield from _family(int(stat.parent.name))


def _exact_cpu_s(pid: int) -> float:
    """Processor time of all threads, in seconds, by the scheduler's clock.

    The ticks of `/proc/PID/stat` make up to twice as much of threads that wake by a timer for a moment.
    """
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    if b"kafka.Kafka" in words:
        return "Kafka"
    if b"postgres" in words[0]:
        return "PostgreSQL"
    return (
        b" ".join(words[words.index(b"streams") + 1 :]).decode().strip() if b"streams" in words else words[0].decode()
    )


def _pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
