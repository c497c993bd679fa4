"""Vigie beside its peers, in one run: `make bench`, or `python tests/benchmarks --help`."""

import argparse
import os
import subprocess
import sys
import venv
from collections import defaultdict
from pathlib import Path

import idle
import latency
import report
import where
from runs import CONTENDERS, VIGIE_ARGV, Contender, Outcome, run
from sources import intake, parsing, publishing
from stage import ROOT, Stage

IN_THE_WORLD = {"speed", "latency", "where"}
"""The parts that need the world's covers."""
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")


def main() -> None:
    """Measure what is asked for, print each figure as it comes, and write the page."""
    asked = _asked()
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        sys.exit("expected two cores or more: the program that is measured has one, the servers another")
    found = {}
    if ON_STAGE.keys() & asked.parts:
        python = peers_python()
        with Stage() as stage:
            found = measure(stage, asked, python)
        os.sched_setaffinity(0, cores)
    if "idle" in asked.parts:
        found["idle"] = report.idles(idle.by_part(idle.idle(asked.idle_seconds)))
        say("\n".join(found["idle"]))
    if not asked.quick:
        report.write(found, " ".join(["python tests/benchmarks", *sys.argv[1:]]))


def measure(stage: Stage, asked: argparse.Namespace, python: Path) -> dict[str, list[str]]:
    """The parts that need the stage, each as the lines of its section."""
    if IN_THE_WORLD & set(asked.parts):
        say(f"{stage.seed():,} covers")
        for mix in asked.mixes:
            stage.load(prefix(mix), mix, asked.judgments)
    found = {}
    for part, lines in ON_STAGE.items():
        if part in asked.parts:
            found[part] = lines(stage, asked, python)
            say("\n".join(found[part]))
    return found


def speed(stage: Stage, asked: argparse.Namespace, python: Path) -> list[str]:
    """Judgments a second and what each costs, Vigie beside its peers."""
    results = _speed(stage, asked, python)
    return [*report.speeds(results, asked.mixes), "", *report.costs(results, asked.mixes)]


def _speed(stage: Stage, asked: argparse.Namespace, python: Path) -> report.Results:
    """Every contender at every mix, one after the other, `rounds` times over: what disturbs one disturbs all."""
    results: dict[tuple[Contender, int], list[Outcome]] = defaultdict(list)
    for turn in range(asked.rounds):
        for mix in asked.mixes:
            for contender in CONTENDERS:
                outcome = run(stage, contender, prefix(mix), asked.judgments, python)
                results[contender, mix].append(outcome)
                say(
                    f"{turn + 1}/{asked.rounds} {mix:3} % {contender.name:36} {outcome.per_s:8,.0f}/s"
                    f" {outcome.app_us:6.0f} µs of processor, {outcome.notices:,} notices"
                )
    return results


def latency_and_fan(stage: Stage, asked: argparse.Namespace, python: Path) -> list[str]:
    """Vigie and the bare echo in turn, then the fan-out."""
    echo, ours = [], []
    for _ in range(asked.rounds):
        echo.append(latency.milliseconds(stage, [str(python), latency.ECHO], asked.latency_seconds))
        ours.append(latency.milliseconds(stage, VIGIE_ARGV, asked.latency_seconds))
    return report.latencies(ours, echo, latency.fan_out_s(stage))


def where_it_goes(stage: Stage, asked: argparse.Namespace, python: Path) -> list[str]:
    """Of the worker's time, the share of each of its parts."""
    py_spy = python.with_name("py-spy")
    return report.wheres({mix: where.shares(stage, prefix(mix), py_spy, asked.where_seconds) for mix in asked.mixes})


def parse(stage: Stage, asked: argparse.Namespace, python: Path) -> list[str]:  # noqa: ARG001 - called as the others
    """BODACC's archives beside lxml."""
    return parsing.measure(stage, asked.rounds, *((2, 10) if asked.quick else (20, 500)))


def publish(stage: Stage, asked: argparse.Namespace, python: Path) -> list[str]:  # noqa: ARG001
    """Our publisher beside kafka-python."""
    return publishing.measure(stage, asked.rounds, 5_000 if asked.quick else 50_000)


def by_http(stage: Stage, asked: argparse.Namespace, python: Path) -> list[str]:  # noqa: ARG001
    """The intake beside bare routes and our publisher."""
    return intake.measure(stage, asked.rounds, *((200, 6) if asked.quick else (3_000, 40)))


def prefix(mix: int) -> str:
    """Of the topics of one mix."""
    return f"m{mix}."


def peers_python() -> Path:
    """The Python of the peers' virtual environment, made where it is missing or older than what it is made of."""
    home = ROOT / ".venv" / "bench"
    python, lock, peers = home / "bin" / "python", ROOT / "locks" / "run.lock", Path(__file__).parent / "peers.txt"
    done = home / ".installed"
    if not done.exists() or done.stat().st_mtime < max(lock.stat().st_mtime, peers.stat().st_mtime):
        say(f"Installing the peers in {home}")
        venv.create(home, clear=True, with_pip=True)
        subprocess.run([python, *PIP, "--require-hashes", "-r", lock], check=True)
        subprocess.run([python, *PIP, "--no-deps", "-r", peers], check=True)
        done.touch()
    return python


ON_STAGE = {
    "speed": speed,
    "latency": latency_and_fan,
    "where": where_it_goes,
    "parse": parse,
    "publish": publish,
    "intake": by_http,
}
"""What measures each part that needs the servers."""
PARTS = [*ON_STAGE, "idle"]


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute's smoke: nothing is written")
    parser.add_argument("--judgments", type=int, help="at each mix (100000)")
    parser.add_argument("--rounds", type=int, help="of which the median counts (3)")
    parser.add_argument("--mixes", type=int, nargs="+", default=[1, 20, 100], help="percent that concern somebody")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS, help="what to measure (all)")
    asked = parser.parse_args()
    asked.judgments = asked.judgments or (5_000 if asked.quick else 100_000)
    asked.rounds = asked.rounds or (1 if asked.quick else 3)
    asked.latency_seconds, asked.where_seconds, asked.idle_seconds = (5, 5, 5) if asked.quick else (20, 10, 30)
    return asked


if __name__ == "__main__":
    main()
