"""The table of `make faults`."""

import platform
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path

from tests.faults.check import Outcome

REPORT = Path(__file__).parents[2] / "docs" / "faults.md"
HEAD = """# What the hub survives

Made by `make faults`, on real Kafka and PostgreSQL, with real `vigie worker` processes; Python {python}. Each count is
over all rounds of a fault. *Owed* is worked out from the published records alone (`tests/faults/trade.py`); the other
columns are what `tests/faults/check.py` says they are. All must be 0 but the last: a repeat is a record of `notices`
whose id came before with the same bytes, so that a consumer recognises it.

"""


def write_report(found: Iterable[tuple[str, Outcome]]) -> None:
    """Write docs/faults.md anew."""
    sums: dict[str, tuple[int, Outcome]] = {}
    for fault, outcome in found:
        rounds, so_far = sums.get(fault, (0, None))
        sums[fault] = (rounds + 1, outcome if so_far is None else so_far + outcome)
    columns = ["fault", "rounds", *(field.name for field in fields(Outcome))]
    rows = [[fault, rounds, *astuple(outcome)] for fault, (rounds, outcome) in sums.items()]
    lines = [columns, ["---", *["--:"] * (len(columns) - 1)], *rows]
    table = "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
    REPORT.write_text(HEAD.format(python=platform.python_version()) + table + "\n")
