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

Found = tuple[str, int, Outcome]
"""Name of the fault, rounds, what became of it."""


def write_report(found: Iterable[Found]) -> None:
    """Write docs/faults.md anew."""
    columns = ["fault", "rounds", *(field.name for field in fields(Outcome))]
    rows = [[fault, rounds, *astuple(outcome)] for fault, rounds, outcome in found]
    lines = [columns, ["---", *["--:"] * (len(columns) - 1)], *rows]
    table = "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
    REPORT.write_text(HEAD.format(python=platform.python_version()) + table + "\n")
