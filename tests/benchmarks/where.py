"""Where a worker's time goes: py-spy's samples of `vigie worker`, told by part."""

import os
import subprocess
import time
from collections import Counter
from pathlib import Path

from runs import VIGIE_ARGV
from stage import Stage

SEALING = "_entry (streams/ledger/telling.py"
PARTS = (
    ("psycopg: statements, rows, waiting for them", "psycopg/"),
    ("decode and validate what is read", "(schemas/codec.py"),
    ("decode and validate what is read", "(schemas/reader.py"),
    ("seal and encode notices", SEALING),
    ("rules, keys, facts (`streams.commitments`)", "(streams/commitments/"),
    ("decide: repeats, holds, order", "(streams/ledger/batch.py"),
    ("read: keys, facts", "(streams/ledger/reading.py"),
    ("read: keys, facts", "(streams/ledger/round_trip.py"),
    ("read: keys, facts", "(streams/ledger/rows.py"),
    ("write: rows", "(streams/ledger/writing.py"),
    ("write: rows", "(streams/ledger/telling.py"),
    ("publish", "(streams/outbox.py"),
    ("aiokafka", "(aiokafka/"),
    ("Faust", "(faust/"),
)
"""The part that a sample belongs to: the first whose mark is in its innermost frames, from the inside out."""
OTHER = "the rest of Python"


def shares(stage: Stage, prefix: str, py_spy: Path, seconds: float) -> dict[str, float]:
    """Of the time that the worker runs Python (holds the interpreter's lock), the share of each part."""
    stage.clear(prefix)
    child = stage.start(VIGIE_ARGV, prefix, f"where-{time.time()}", subprocess.DEVNULL)
    raw = Path(f"/tmp/vigie-bench-{os.getpid()}.raw")
    try:
        while not stage.one("SELECT count(*) FROM ledger.commit_log"):
            time.sleep(0.05)
        options = ["--gil", "--rate", "150", "--duration", f"{seconds:.0f}", "--format", "raw", "--output", str(raw)]
        subprocess.run([str(py_spy), "record", *options, "--pid", str(child.pid)], check=True, capture_output=True)
        return _by_part(raw.read_text())
    finally:
        child.kill()
        child.wait()
        raw.unlink(missing_ok=True)


def _by_part(samples: str) -> dict[str, float]:
    found: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, count = line.rpartition(" ")
        found[_part_of(stack.split(";"))] += int(count)
    total = found.total()
    return {part: count / total for part, count in found.most_common()}


def _part_of(stack: list[str]) -> str:
    for frame in reversed(stack):
        for part, mark in PARTS:
            if mark in frame:
                # Codec and rules are called in order to seal a notice, too.
                return "seal and encode notices" if any(SEALING in f for f in stack) else part
    return OTHER
