"""One run of one contender over one mix: started, watched from outside, counted, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stage import Stage

PEERS = Path(__file__).parent / "peers"
TABLES = """
DROP TABLE IF EXISTS ledger.peer_notice, ledger.peer_promise;
CREATE TABLE ledger.peer_notice (
    notice_id uuid PRIMARY KEY, policy_id text NOT NULL, case_id uuid NOT NULL, kind text NOT NULL,
    payload bytea NOT NULL
);
CREATE TABLE ledger.peer_promise (
    notice_id uuid PRIMARY KEY, policy_id text NOT NULL, due_at timestamptz NOT NULL
);
CREATE INDEX ON ledger.peer_promise (due_at);
"""
"""Of the peer that keeps its own."""
LONGEST_S = 300.0
TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that turns judgments into notices."""

    name: str
    script: tuple[str, ...]
    """Of `peers/`, with its arguments; empty: `vigie worker`."""
    ledger: bool
    """It commits to our ledger, whose commit log then says how fast."""
    share: float = 1.0
    """Of the judgments it is given: the slow ones get fewer."""
    lacks: str = ""
    """Which of our guarantees it does not give."""


VIGIE = Contender("Vigie", (), ledger=True, lacks="nothing")
CONTENDERS = (
    VIGIE,
    Contender(
        "FastStream, batches, same ledger",
        ("same_ledger.py", "faststream"),
        ledger=True,
        lacks="positions over Kafka's offsets, adoption, the guard over the logs",
    ),
    Contender(
        "aiokafka loop, same ledger",
        ("same_ledger.py", "aiokafka"),
        ledger=True,
        lacks="positions over Kafka's offsets, adoption, the guard over the logs",
    ),
    Contender(
        "FastStream as a user writes it",
        ("as_written.py",),
        ledger=False,
        lacks="fence, numbers, locks, judgments kept (late covers, corrections), repeats, dead letters, outbox",
    ),
    Contender(
        "QuixStreams, RocksDB state",
        ("quix.py",),
        ledger=False,
        lacks="the same, and any store that can be asked; covers only in memory",
    ),
    Contender(
        "QuixStreams, each judgment in state",
        ("quix.py", "every"),
        ledger=False,
        lacks="the same, but it keeps each judgment",
    ),
    Contender(
        "Faust as documented",
        ("documented.py",),
        ledger=False,
        share=0.2,
        lacks="the same, and any state: loses what was in flight, repeats what was not committed",
    ),
    Contender(
        "the floor: aiokafka, decode, validate",
        ("floor.py",),
        ledger=False,
        lacks="everything: it tells nobody. Nothing in Python that reads these records can be faster",
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to."""

    per_s: float
    """Judgments applied, with all of their notices acknowledged, per second."""
    app_us: float
    """Processor time of the contender per judgment, in µs, without its start."""
    notices: int


def run(stage: Stage, contender: Contender, prefix: str, records: int, python: Path) -> Outcome:
    """Clear the stage, let the contender read `records` judgments from it, and count.

    Raises:
        RuntimeError: it ended early, or needs more than five minutes.
    """
    stage.clear(prefix)
    _make_peer_tables(stage)
    records = round(records * contender.share)
    os.environ["BENCH_RECORDS"] = str(records)
    group = f"bench-{uuid.uuid4().hex[:8]}"
    argv = [str(python), str(PEERS / contender.script[0]), *contender.script[1:]] if contender.script else VIGIE_ARGV
    child = stage.start(argv, prefix, group, subprocess.PIPE)
    try:
        measure = _by_ledger if contender.ledger else _by_itself
        return measure(stage, child, prefix, records, group)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


VIGIE_ARGV = [sys.executable, "-m", "streams", "worker"]


def _by_ledger(stage: Stage, child: "subprocess.Popen[bytes]", prefix: str, records: int, group: str) -> Outcome:
    """From the first commit to the last commit or the last notice on the topic, whichever is later."""

    def applied() -> int:
        query = "SELECT coalesce(sum(next_offset), 0)::int FROM ledger.position WHERE consumer_group = %s"
        return int(stage.one(query, group))

    _wait(lambda: applied() > 0, child)
    before, before_s = applied(), cpu_s(child.pid)
    _wait(lambda: applied() >= records and not stage.one("SELECT count(*) FROM ledger.outbox"), child)
    app_us = (cpu_s(child.pid) - before_s) / (applied() - before) * 1e6
    first, first_at = stage.ledger.execute(
        "SELECT next_offset - first_offset, extract(epoch FROM committed_at)"
        " FROM ledger.commit_log ORDER BY seq LIMIT 1"
    ).fetchone() or (0, 0)
    last_at = stage.one("SELECT extract(epoch FROM max(committed_at)) FROM ledger.commit_log")
    sent, sent_at = stage.sent(prefix + "notices")
    seconds = max(float(last_at), sent_at) - float(first_at)
    return Outcome((records - first) / seconds, app_us, sent)


def _by_itself(
    stage: Stage,
    child: "subprocess.Popen[bytes]",
    prefix: str,
    records: int,  # noqa: ARG001 - measured as _by_ledger is
    group: str,  # noqa: ARG001
) -> Outcome:
    """By what it prints when it is done."""
    deadline = time.monotonic() + LONGEST_S
    assert child.stdout is not None
    os.set_blocking(child.stdout.fileno(), False)
    said = b""
    while b'{"records"' not in said or not said.endswith(b"\n"):
        if time.monotonic() > deadline or (child.poll() is not None and not said):
            raise RuntimeError(f"ended early ({child.poll()}): {said!r}")
        time.sleep(TICK_S)
        said += child.stdout.read() or b""
    told = json.loads(said[said.index(b'{"records"') :])
    time.sleep(0.5)
    return Outcome(
        told["records"] / told["seconds"], told["cpu_s"] / told["records"] * 1e6, stage.sent(prefix + "notices")[0]
    )


def _wait(is_done: Callable[[], bool], child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + LONGEST_S
    while not is_done():
        if time.monotonic() > deadline or child.poll() is not None:
            raise RuntimeError(f"ended early: {child.poll()}")
        time.sleep(TICK_S)


def cpu_s(pid: int) -> float:
    """Processor time that a process has used, in seconds; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _make_peer_tables(stage: Stage) -> None:
    stage.ledger.execute(TABLES)
