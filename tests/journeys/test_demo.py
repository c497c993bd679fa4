"""`vigie demo` as anybody runs it: from anywhere, with nothing set, and gone when it is told to stop."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from streams.demo.demo import DAY
from tests.deployment import wait_for

VIGIE = Path(sys.executable).parent / "vigie"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "bodacc"
PLAYED, LEFT_RUNNING = "PCL_BXA20080085.xml", "PCL_BXA20080010.xml"
PATIENCE_S = 180.0
FILINGS = ("Dépôt", "Liste des créances")
"""Natures of what is no judgment: nobody is told of them."""


@dataclass
class Demo:
    """One demo, started; what it says goes to files."""

    process: subprocess.Popen[bytes]
    directory: Path

    @cached_property
    def account(self) -> dict[str, Any]:
        """What it printed."""
        return json.loads((self.directory / "out").read_text())

    @property
    def said(self) -> str:
        return (self.directory / "err").read_text()

    def end(self) -> int:
        return self.process.wait(PATIENCE_S)

    def processes(self) -> dict[int, bytes]:
        """Every process of it that lives: its environment or command line names the home that it was given."""
        ours = re.compile(rb"\0HOME=%b\0|/%b" % (str(self.directory).encode(), self.home.encode() or b"none such"))
        return {
            pid: line for pid in _pids() if ours.search(b"\0" + _read(pid, "environ") + (line := _read(pid, "cmdline")))
        }

    @cached_property
    def home(self) -> str:
        """The directory that it made for itself, by what its roles were told."""
        told = re.search(rb"VIGIE_HOME=\S*/(demo-\w+)", b" ".join(_read(pid, "environ") for pid in self._children()))
        return told[1].decode() if told else ""

    def role(self, name: str) -> int | None:
        """The process of one of its roles, once it has it."""
        command = b"\0-m\0streams\0%b\0" % name.encode()
        return next((pid for pid in self._children() if command in _read(pid, "cmdline")), None)

    def _children(self) -> list[int]:
        parent = f"\nPPid:\t{self.process.pid}\n".encode()
        return [pid for pid in _pids() if parent in _read(pid, "status")]


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # it has ended
        return b""


def start(directory: Path, *options: str | Path) -> Demo:
    """Start a demo in a directory of its own, with an environment that says nothing."""
    directory.mkdir()
    nothing = {"PATH": os.environ["PATH"], "HOME": str(directory)}
    with (directory / "out").open("wb") as out, (directory / "err").open("wb") as err:
        command = [VIGIE, "demo", *options]
        return Demo(subprocess.Popen(command, cwd=directory, env=nothing, stdout=out, stderr=err), directory)


@dataclass
class Demos:
    """The three of this module, played at the same time: apart, they take a minute."""

    day: Demo
    played: Demo
    left_running: Demo


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory, kafka_jars: Path) -> Iterator[Demos]:  # noqa: ARG001 - fetched once
    """Our own day, and the two real files; without the samples, our own day in their place."""
    place = tmp_path_factory.mktemp("demos")
    played, left = (SAMPLES / name if (SAMPLES / name).is_file() else DAY for name in (PLAYED, LEFT_RUNNING))
    started = [
        start(place / "day", "--json", "--once"),
        start(place / "played", "--json", "--once", "--judgments", played),
        start(place / "left", "--json", "--judgments", left),
    ]
    yield Demos(*started)
    for demo in started:
        demo.process.terminate()
        demo.end()


def sample(name: str) -> Path:
    """A real file, or a skip that says so."""
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"no sample {path}: the demo on real files is not tested here")
    return path


def notices(path: Path) -> list[tuple[str, list[str], str]]:
    """Reference, buyers and nature of each notice of a file: read here, not by our connector."""
    root = ET.parse(path).getroot()  # noqa: S314 - a file of our own
    head = f"A{root.findtext('parution')}"
    return [
        (head + _text(notice, "numeroAnnonce"), _buyers(notice), _text(notice, "jugement/nature"))
        for notice in root.iter("annonce")
    ]


def _text(notice: ET.Element, path: str) -> str:
    return (notice.findtext(path) or "").strip()


def _buyers(notice: ET.Element) -> list[str]:
    numbers = [re.sub(r"\D", "", each.text or "") for each in notice.iter("numeroIdentificationRCS")]
    return [f"FR:{number}" for number in numbers if len(number) == 9 and _luhn(number) == 0]


def _luhn(number: str) -> int:
    digits = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(digit // 10 + digit % 10 for digit in digits) % 10


def owed_by(path: Path) -> set[str]:
    """References of what is owed: judgments on every third buyer, the 1st, 4th, 7th… in order of appearance."""
    found = notices(path)
    covered = set(list(dict.fromkeys(buyer for _, buyers, _ in found for buyer in buyers))[::3])
    return {ref for ref, buyers, nature in found if covered & {*buyers} and not nature.startswith(FILINGS)}


def balances(account: dict[str, Any]) -> bool:
    names = [channel["name"] for channel in account["channels"]]
    return names == ["notices topic", "portal", "e-mail"] and all(
        c["owed"] == c["sent"] > 0 for c in account["channels"]
    )


def test_our_own_day(demos: Demos) -> None:
    """With nothing set it plays our day, in which every fate is met; everything owed is sent, and it ends well."""
    assert demos.day.end() == 0, demos.day.said
    account = demos.day.account
    assert balances(account)
    assert account["promises"] == {"kept": account["channels"][0]["owed"]}
    assert {entry["fate"] for entry in account["entries"]} == {"owed", "concerns nobody", "held for review", "refused"}
    assert demos.day.processes() == {}


def test_a_real_day(demos: Demos) -> None:
    """Every notice of the gazette's file meets exactly one fate, and exactly the covered buyers' judgments are owed."""
    path = sample(PLAYED)
    assert demos.played.end() == 0, demos.played.said
    check(path, demos.played.account)


def test_a_demo_left_running_and_its_end(demos: Demos) -> None:
    """It shows the way in and stays; Ctrl-C stops every process of it and forgets its data."""
    demo = demos.left_running
    wait_for(lambda: "Ctrl-C" in demo.said or demo.process.poll() is not None, lambda: demo.said)
    assert re.search(r"Way in +http://127\.0\.0\.1:\d+/\S+", demo.said), demo.said
    assert len(demo.processes()) >= 7, demo.processes()  # itself, Kafka, PostgreSQL, and five roles
    demo.process.send_signal(signal.SIGINT)
    code = demo.end()
    wait_for(lambda: not demo.processes(), lambda: str(demo.processes()), 5)
    assert code in (0, 1, 130)
    check(sample(LEFT_RUNNING), demo.account)


def test_a_demo_whose_worker_hangs(tmp_path: Path, kafka_jars: Path) -> None:  # noqa: ARG001 - fetched once
    """What was not read is called so, and is no success; who reads the account finds the way in below it."""
    demo = start(tmp_path / "hangs", "--patience", "1")
    worker = wait_for(lambda: demo.role("worker"), lambda: demo.said)
    os.kill(worker, signal.SIGSTOP)
    wait_for(lambda: "Ctrl-C" in demo.said, lambda: demo.said)
    os.kill(worker, signal.SIGKILL)
    demo.process.send_signal(signal.SIGINT)
    assert demo.end() == 1, demo.said
    account, _, way_in = (demo.directory / "out").read_text().partition("\nPortal ")
    assert re.search(r"\b40  not read\n +0  owed .*\n +0  held for review\n +1  refused\n +0  concerns nobody", account)
    assert re.search(r"on its way +\d+ .*NOT ALL SETTLED", account)
    assert re.search(r"Way in +http://127\.0\.0\.1:\d+/\S+", way_in), way_in


def check(path: Path, account: dict[str, Any]) -> None:
    """Hold an account against the file itself."""
    fates = {entry["reference"]: entry["fate"] for entry in account["entries"]}
    assert Counter(entry["reference"] for entry in account["entries"]) == Counter(ref for ref, _, _ in notices(path))
    assert {ref for ref, fate in fates.items() if fate == "owed"} == owed_by(path)
    assert balances(account)
