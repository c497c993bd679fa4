"""All files of a watched folder settled in a process of its own, to which something happens on the way."""

import subprocess
import sys
from pathlib import Path

STEPS = 10
"""Operations on the folder that read and settle a file."""
MOVED = 7
"""The first of them after the file has moved."""
SETTLES = """
import os, signal, sys
from contextlib import suppress
from connectors.folder import DONE, Folder
from schemas.errors import UnavailableError

def dies():
    os.kill(os.getpid(), signal.SIGKILL)

def fails():
    raise OSError("no space left")

root, left, happens = sys.argv[1], int(sys.argv[2]), globals()[sys.argv[3]]
folder = Folder(root, "limits")
def audit(event, arguments):
    global left
    if event in ("os.rename", "os.remove", "open") and root in str(arguments[0]):
        left -= 1
        if left == 0:
            happens()
sys.addaudithook(audit)
for name in sorted(name for name in os.listdir(root) if name.endswith(".csv")):
    with suppress(UnavailableError), folder.snapshot(name) as snapshot:
        folder.settle(snapshot, {"outcome": "published", "published": 3}, DONE)
"""


def settled_until(root: Path, step: int, happens: str) -> int:
    """All files are settled in a process of its own, which `dies` at that step, or whose step `fails`; its end."""
    command = [sys.executable, "-c", SETTLES, root, str(step), happens]
    return subprocess.run(command, check=False, cwd=Path(__file__).parents[2]).returncode
