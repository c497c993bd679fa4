"""How fast a BODACC archive is read beside a bare lxml.iterparse, and in how much memory."""

import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import report
from sources import gazette
from stage import Stage

READ_ONCE = Path(__file__).parent / "read_once.py"
TARGET, GROWTH_MB = 0.5, 20.0
MB = 1_000_000


def measure(stage: Stage, rounds: int, speed_mb: int, large_mb: int) -> list[str]:
    """The section of the page: speed over a file of `speed_mb`, memory from 1 MB to `large_mb`."""
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as home:
        return [*_speed(stage, Path(home) / "speed.xml", rounds, speed_mb), "", *_memory(stage, Path(home), large_mb)]


def _speed(stage: Stage, file: Path, rounds: int, size_mb: int) -> list[str]:
    notices = gazette.write(file, size_mb * MB)
    runs = [(_read(stage, "vigie", file), _read(stage, "lxml", file)) for _ in range(rounds)]
    ours, bare = (median(notices / run[side]["seconds"] for run in runs) for side in (0, 1))
    speeds = [[f"{rate:,.0f}", f"{rate * size_mb / notices:.1f}"] for rate in (ours, bare)]
    rows = [
        ["Vigie: events and refusals, nothing before the end was seen", *speeds[0], report.against(ours, bare, TARGET)],
        ["bare `lxml.iterparse`, each element's tag and text", *speeds[1], ""],
    ]
    return report.table([f"BODACC XML, {size_mb} MB", "notices a second", "MB a second", "Vigie ×"], rows)


def _memory(stage: Stage, home: Path, large_mb: int) -> list[str]:
    rows = []
    small, large = home / "small.xml", home / "large.xml"
    gazette.write(small, MB)
    gazette.write(large, large_mb * MB)
    for kind, files in ((".xml", (small, large)), (".tar.gz", (gazette.pack(small), gazette.pack(large)))):
        peaks = [_read(stage, "vigie", file)["peak_mb"] for file in files]
        grown = peaks[1] - peaks[0]
        kept = "≤" if grown <= GROWTH_MB else "**missed**: ≤"
        rows.append([kind, *[f"{peak:.1f}" for peak in peaks], f"{grown:+.1f} ({kept} {GROWTH_MB:.0f})"])
    return report.table(["peak memory (RSS) in MB, parsing", "1 MB", f"{large_mb} MB", "growth"], rows)


def _read(stage: Stage, reader: str, file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stage.once(READ_ONCE, "", reader, str(file)))
    return found
