"""What a process says of itself."""

import subprocess
import sys
from collections.abc import Callable

import pytest

Say = Callable[..., list[str]]
SAYING = """
import logging
from streams import log_lines
import structlog

log_lines.configure()
structlog.get_logger().warning("away", what="ledger")
logging.getLogger("aiokafka.client").warning("no broker at %s", "127.0.0.1:1")
{more}
"""


@pytest.fixture
def say() -> Say:
    """The lines of a process that says something more."""

    def run(more: str = "") -> list[str]:
        argv = [sys.executable, "-c", SAYING.format(more=more)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        assert done.stdout == ""
        return done.stderr.splitlines()

    return run


def test_our_lines_and_those_of_libraries_look_alike(say: Say) -> None:
    """Time, level, event, and what belongs to it, on standard error, without escape codes for what is no terminal."""
    ours, theirs = say()
    assert ours[10] == theirs[10] == "T"
    assert ours.partition(" ")[2] == "[warning  ] away what=ledger"
    assert theirs.partition(" ")[2] == "[warning  ] no broker at 127.0.0.1:1"


def test_each_message_is_one_line(say: Say) -> None:
    """Also where PostgreSQL adds a detail on a line of its own."""
    *_, ours, theirs = say("""
structlog.get_logger("streams").warning("away", error="gone\\nDETAIL: restarting")
logging.getLogger("psycopg").warning("gone\\nDETAIL: restarting")
""")
    assert ours.endswith(r"error='gone\nDETAIL: restarting'")
    assert theirs.endswith("gone | DETAIL: restarting")


def test_what_a_library_repeats_is_said_seldom(say: Say) -> None:
    """The same complaint comes once in a while; our own words always come."""
    lines = say("""
def complain():
    logging.getLogger("aiokafka").error("lost")
for _ in range(100):
    complain()
    structlog.get_logger("streams").info("said")
""")
    assert sum("lost" in line for line in lines) == 1
    assert sum("said" in line for line in lines) == 100


def test_a_client_s_care_for_its_own_loop_is_not_said(say: Say) -> None:
    """On a busy machine kafka-python warns of itself, in the middle of what a command answers."""
    lines = say("""
logging.getLogger("kafka.net.selector").warning("Task ran for 0.124s")
logging.getLogger("kafka.net.selector").error("lost")
""")
    assert [line.rpartition("] ")[2] for line in lines[2:]] == ["lost"]
