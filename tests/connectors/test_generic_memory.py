"""Memory stays where it was, however big the table."""

import subprocess
import sys
from pathlib import Path

SIZE = 20_000_000
ALLOWED_GROWTH = 10_000_000
HEAD = (
    "header.event_id,header.source,header.occurred_at,buyer_id,policy_id,cover_id,outcome,amount,currency,"
    "effective_on,comment\n"
)
ROW = "G1,limits-system,2026-11-20T09:00:00Z,FR:999900012,P1,C1,GRANTED,125000.50,EUR,2026-12-01,{}\n"
TEXT = "x" * 18_000
MEASURE = """
import datetime, resource, sys
from connectors.generic import reader_of
from connectors.mapping import read_mapping
now = datetime.datetime.now(datetime.UTC)
reads = reader_of("limits", read_mapping('type = "LimitDecided"\\nignore = ["comment"]'))
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
def events(path):
    with open(path, "rb") as file:
        return sum(hasattr(outcome, "cover_id") for outcome in reads.parse(file, now))
small, before = events(sys.argv[1]), peak()
print(small, *map(events, sys.argv[2:]))
print(peak() - before)
"""


def test_a_big_table_takes_no_more_memory(tmp_path: Path) -> None:
    """A big table is read with what a row takes; one in which a quote is never closed gives nothing, nor takes more."""
    count = SIZE // len(TEXT)
    (tmp_path / "small").write_text(HEAD + ROW.format(""))
    (tmp_path / "big").write_text(HEAD + ROW.format(TEXT) * count)
    (tmp_path / "unclosed").write_text(HEAD + ROW.format('"' + ",\n" * (SIZE // 2)))
    command = [sys.executable, "-c", MEASURE, *(tmp_path / name for name in ("small", "big", "unclosed"))]
    events, growth = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert events == f"1 {count} 0"
    assert int(growth) < ALLOWED_GROWTH
