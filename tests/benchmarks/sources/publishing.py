"""How many records a second the publisher sends beside kafka-python alone."""

import json
from pathlib import Path
from statistics import median

import report
from stage import Stage

SEND_ONCE = Path(__file__).parent / "send_once.py"
PREFIX = "pub."
TARGET = 0.7


def measure(stage: Stage, rounds: int, records: int) -> list[str]:
    """The section of the page."""
    stage.topics(PREFIX)
    runs = [(rate(stage, "vigie", records), rate(stage, "kafka-python", records)) for _ in range(rounds)]
    ours, bare = (median(run[side] for run in runs) for side in (0, 1))
    rows = [
        ["Vigie's publisher: encodes records, counts every acknowledgement", f"{ours:,.0f}",
         report.against(ours, bare, TARGET)],
        ["kafka-python alone: the same bytes, the same settings", f"{bare:,.0f}", ""],
    ]  # fmt: skip
    return report.table([f"publishing {records:,} judgments", "records a second", "Vigie ×"], rows)


def rate(stage: Stage, sender: str, records: int) -> float:
    """Records a second, from the first call to the last acknowledgement."""
    told = json.loads(stage.once(SEND_ONCE, PREFIX, sender, str(records)))
    return float(told["records"]) / float(told["seconds"])
