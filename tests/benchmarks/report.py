"""The tables of docs/benchmarks.md."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from runs import CONTENDERS, VIGIE, Contender, Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
TARGETS: Mapping[tuple[str, int], float] = {
    **{("FastStream, batches, same ledger", mix): 0.9 for mix in (1, 20, 100)},
    **{("aiokafka loop, same ledger", mix): 0.65 for mix in (1, 20, 100)},
    **{("FastStream as a user writes it", mix): 1.0 for mix in (20, 100)},
    **{("QuixStreams, RocksDB state", mix): 2.5 for mix in (1, 20)},
    **{("Faust as documented", mix): 10.0 for mix in (1, 20, 100)},
}
"""How many times as fast Vigie has to be, by contender and percentage."""
Results = Mapping[tuple[Contender, int], Sequence[Outcome]]


def speeds(results: Results, mixes: Sequence[int]) -> list[str]:
    """Judgments a second of each contender at each mix, and Vigie's ratio to it."""
    head = ["contender", *[f"{mix} %" for mix in mixes], *[f"Vigie × at {mix} %" for mix in mixes], "lacks"]
    return table(head, [_speed_row(c, results, mixes) for c in CONTENDERS])


def _speed_row(contender: Contender, results: Results, mixes: Sequence[int]) -> list[str]:
    rates = [_rate(results, contender, mix) for mix in mixes]
    ratios = [
        against(_rate(results, VIGIE, mix), rate, TARGETS.get((contender.name, mix)))
        for mix, rate in zip(mixes, rates, strict=True)
    ]
    said = [f"{rate:,.0f}" if rate else "–" for rate in rates]
    return [contender.name, *said, *([""] * len(mixes) if contender is VIGIE else ratios), contender.lacks]


def _rate(results: Results, contender: Contender, mix: int) -> float:
    outcomes = results.get((contender, mix), ())
    return median(o.per_s for o in outcomes) if outcomes else 0.0


def against(ours: float, theirs: float, target: float | None) -> str:
    """The ratio, and the target that it keeps or misses."""
    if not ours or not theirs:
        return "–"
    ratio = ours / theirs
    return f"{ratio:.2f}" if target is None else f"{ratio:.2f} ({'≥' if ratio >= target else '**missed**:'} {target:g})"


def costs(results: Results, mixes: Sequence[int]) -> list[str]:
    """Processor time of the program itself for each judgment: what noise on the machine changes least."""
    rows = [
        [
            c.name,
            *[f"{median(o.app_us for o in results[c, mix]):.0f}" if results.get((c, mix)) else "–" for mix in mixes],
        ]
        for c in CONTENDERS
    ]
    return table(["µs of processor per judgment", *[f"{mix} %" for mix in mixes]], rows)


def latencies(
    vigie: Sequence[Sequence[float]], echo: Sequence[Sequence[float]], fan_s: tuple[float, float]
) -> list[str]:
    """Medians of the rounds' percentiles, and the fan-out: of the first judgment, and of those behind it."""
    ours, bare = _percentiles(vigie), _percentiles(echo)
    ratio = ours[1] / bare[1]
    lines = table(
        ["ms, 50 judgments a second", "p50", "p99"],
        [["Vigie", *[f"{v:.1f}" for v in ours]], ["bare aiokafka echo", *[f"{v:.1f}" for v in bare]]],
    )
    kept = "at most 3: kept" if ratio <= 3 else "at most 3: **missed**"
    first_s, warm_s = fan_s
    fan = "at most 1: kept" if warm_s <= 1 else "at most 1: **missed**"
    return [*lines, "", f"p99 of Vigie ÷ p99 of the echo: {ratio:.1f} ({kept}).",
            f"One judgment, 10,000 policies exposed: last notice after {warm_s:.2f} s ({fan});",
            f"{first_s:.2f} s where the worker meets these policies for the first time."]  # fmt: skip


def _percentiles(rounds: Sequence[Sequence[float]]) -> tuple[float, float]:
    return median(r[len(r) // 2] for r in rounds), median(r[int(len(r) * 0.99)] for r in rounds)


def idles(parts: Mapping[str, tuple[float, float]]) -> list[str]:
    """Memory (PSS) and processor of each part of an idle `vigie up`."""
    mb, share = sum(p[0] for p in parts.values()), sum(p[1] for p in parts.values())
    rows = [[name, f"{used:.0f}", f"{100 * core:.2f}"] for name, (used, core) in parts.items()]
    said = [
        f"{mb:.0f} ({'<' if mb < 700 else '**missed**: <'} 700)",
        f"{100 * share:.2f} ({'<' if share < 0.02 else '**missed**: <'} 2)",
    ]
    return table(["`vigie up`, idle", "MB (PSS)", "% of a core"], [*rows, ["in all", *said]])


def wheres(found: Mapping[int, Mapping[str, float]]) -> list[str]:
    """Each part's share of the worker's time, by mix."""
    parts = list(dict.fromkeys(part for shares in found.values() for part in shares))
    rows = [[part, *[f"{100 * shares.get(part, 0):.0f}" for shares in found.values()]] for part in parts]
    return table(["% of the worker's time", *[f"{mix} %" for mix in found]], rows)


def machine() -> str:
    """What it was measured on."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")  # fmt: skip
    return (
        f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[2]:.1f} over the last quarter of an hour."
    )


def write(parts: Mapping[str, Sequence[str]], command: str) -> None:
    """Put each part between its markers on the page, under the command that measured it; other parts stay."""
    page = PAGE.read_text()
    measured = f"`{command}` on {machine()}"
    for part, lines in parts.items():
        start, end = f"<!-- measured: {part} -->", f"<!-- /measured: {part} -->"
        if start not in page or end not in page:
            raise ValueError(f"{PAGE}: expected {start} and {end}, between which {part} is written")
        before, _, rest = page.partition(start)
        after = rest.partition(end)[2]
        body = "\n".join(lines)
        page = f"{before}{start}\n\n{measured}\n\n{body}\n\n{end}{after}"
    PAGE.write_text(page)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of the page."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *[f"| {' | '.join(row)} |" for row in rows]]
