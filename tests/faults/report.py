"""The table of `make faults`."""

import platform
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path

from tests.faults.check import Outcome

REPORT = Path(__file__).parents[2] / "docs" / "faults.md"
HEAD = """# What the hub survives

Made by `make faults`, on real Kafka and PostgreSQL, with real `vigie worker` processes; Python {python}. Each fault
was done `rounds` times to a hub at work, then everything was counted. *Owed* is worked out from the published records
alone (`tests/faults/trade.py`), since the start of the hub: faults done to one hub follow each other. The columns
behind it are what `tests/faults/check.py` says they are. All must be 0 but the last: a repeat is a record of `notices`
whose id came before with the same bytes, so that a consumer recognises it.

"""
TAIL = """
## Where repeats come from

Whoever takes over a partition of `notices` first reads what the topic holds beyond what the ledger knows. A worker that
was killed therefore leaves no repeat: what it had sent is found there. A repeat needs a publisher that sends *after*
its successor has looked, so one that was stopped, not killed. It has one request on its way at a time, and sends the
next only if the ledger has said within the last two seconds that the partitions are still its own; a lease is six. What
can come late is the rest of a request that had begun to leave, where it is larger than the buffers of the sockets: the
test makes one of several megabytes. On a cluster with replicas it can also be a request that was taken and not yet
replicated when the successor looked.

## What the hub cannot prevent

If PostgreSQL is brought back from a copy while such a rest is still to come, it bears the numbers that the ledger has
forgotten. Its ids are those of the notices that were told anew, so a consumer that goes by `notice_id` drops it; but it
must not come before them. So, before PostgreSQL is brought back, end every worker that does not answer. Those that do
may run on where Kafka is well: what they had on its way is on the topic long before PostgreSQL is back.
"""

Found = tuple[str, int, Outcome]
"""Name of the fault, rounds, what became of it."""


def write_report(found: Iterable[Found]) -> None:
    """Write docs/faults.md anew."""
    columns = ["fault", "rounds", *(field.name for field in fields(Outcome))]
    rows = [[fault, rounds, *astuple(outcome)] for fault, rounds, outcome in found]
    lines = [columns, ["---", *["--:"] * (len(columns) - 1)], *rows]
    table = "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
    REPORT.write_text(HEAD.format(python=platform.python_version()) + table + "\n" + TAIL)
