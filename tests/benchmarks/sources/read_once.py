"""Read a gazette once and say what it took: `python read_once.py vigie|lxml FILE`."""

import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from connectors.bodacc import parse
from connectors.refusal import Refusal
from streams import garbage


def with_vigie(file: BinaryIO) -> int:
    """Events of the file; all its notices are sound."""
    count = 0
    for outcome in parse(file, dt.datetime.now(dt.UTC)):
        assert not isinstance(outcome, Refusal), outcome
        count += 1
    return count


def with_lxml(file: BinaryIO) -> int:
    """Notices of the file, each element of it looked at."""
    count = 0
    for _, element in etree.iterparse(file):
        tag, _ = element.tag, element.text
        if tag == "annonce":
            count += 1
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return count


def peak_mb() -> float:
    """The most memory this program ever held; `ru_maxrss` would count what its parent held before exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    garbage.collect_seldom()  # as commands do
    read = {"vigie": with_vigie, "lxml": with_lxml}[sys.argv[1]]
    with Path(sys.argv[2]).open("rb") as gazette:
        begun = time.perf_counter()
        notices = read(gazette)
        seconds = time.perf_counter() - begun
    print(json.dumps({"records": notices, "seconds": seconds, "peak_mb": peak_mb()}))  # noqa: T201  # its answer
