"""The command line: every command is on the map, says what it does, and ends with a code that scripts can rely on."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.main import get_command
from typer.testing import CliRunner

from streams.cli import COMMANDS, build
from streams.cluster import Cluster
from streams.embedded.ports import wait_until

VIGIE = Path(sys.executable).parent / "vigie"
NAMES = [name for commands in COMMANDS.values() for name in commands]


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with its whole name."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, sub in command.commands.items():
        yield from _leaves(sub, (*path, name))


LEAVES = dict(_leaves(get_command(build())))


def test_the_help_names_every_command() -> None:
    """What `vigie` can do is found from `vigie --help` alone; the demo's mail catcher is for the demo."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", CliRunner().invoke(build(), ["--help"]).output)
    shown = [name for name in NAMES if re.search(rf"(?m)^[│ ]*{name}\b", text)]
    assert [name for name in NAMES if name not in shown] in ([], ["catch-mail"])


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_each_command_says_what_it_does(path: tuple[str, ...]) -> None:
    """A sentence first; and each option and argument has words of its own."""
    command = LEAVES[path]
    assert re.match(r"[A-Z][^\n]+[.:]", command.help or ""), command.help
    shown = CliRunner().invoke(build(path[:1]), [*path, "--help"])
    assert shown.exit_code == 0
    assert [p.name for p in command.params if p.name != "help" and not getattr(p, "help", None)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_command_can_be_loaded_alone(name: str) -> None:
    """A process loads what its own command needs; under its own name, like among the others."""
    assert list(get_command(build([name])).commands) == [name]


def vigie(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command, with only these settings."""
    settings = {"PATH": os.defpath, "COLUMNS": "200", **environment}
    return subprocess.run([VIGIE, *arguments], capture_output=True, check=False, env=settings, text=True, timeout=60)


@pytest.mark.parametrize("command", [["worker"], ["sink", "email"]], ids=" ".join)
def test_a_broker_that_is_away_is_one_clear_line(command: list[str], free_port: int) -> None:
    """Whatever reads topics says where it looked and what to set, and ends with sysexits' EX_UNAVAILABLE."""
    done = vigie(*command, VIGIE_KAFKA=f"127.0.0.1:{free_port}")
    assert done.stderr == f"vigie: no broker listens at 127.0.0.1:{free_port}: {Cluster('').remedy()}\n"
    assert (done.stdout, done.returncode) == ("", 69)


def test_a_port_in_use_is_one_clear_line() -> None:
    """A server that finds another program on its port says which port, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = vigie("intake", VIGIE_INTAKE_PORT=port)
    assert done.stderr == (
        f"vigie: cannot listen on 127.0.0.1:{port} (Address already in use): stop the program that does,"
        " or name another port\n"
    )
    assert (done.stdout, done.returncode) == ("", 69)


@pytest.mark.parametrize("command", [["worker"], ["sink", "email"]], ids=" ".join)
def test_a_broker_without_our_topics_is_one_clear_line(command: list[str], kafka: str) -> None:
    """Topics are never made on the way: what makes them is named."""
    done = vigie(*command, VIGIE_KAFKA=kafka, VIGIE_TOPIC_PREFIX="nobody-made.")
    (line,) = done.stderr.splitlines()
    assert re.match(rf"vigie: no topic (nobody-made\.)?notices.* at {kafka}\. Make the topics: vigie migrate$", line), (
        line
    )
    assert done.returncode == 69


@pytest.mark.parametrize("command", [["holds"], ["keys", "list"], ["fetch", "bodacc"]], ids=" ".join)
def test_a_database_that_is_away_is_one_clear_line(command: list[str], free_port: int) -> None:
    """The same for PostgreSQL, without a traceback."""
    done = vigie(*command, VIGIE_DATABASE_URL=f"postgresql://127.0.0.1:{free_port}/vigie")
    (line,) = done.stderr.splitlines()
    assert re.match(rf"vigie: the database does not answer: .*{free_port}.*VIGIE_DATABASE_URL$", line), line
    assert done.returncode == 69


@pytest.mark.parametrize("command", [["reviews"], ["positions", "show"], ["keys", "list"]], ids=" ".join)
def test_a_database_without_our_tables_is_one_clear_line(command: list[str], postgres: str) -> None:
    """Whoever has not run `vigie migrate`, or not since the newest version came, is told to."""
    done = vigie(*command, VIGIE_DATABASE_URL=postgres)
    assert re.fullmatch(
        r"vigie: the database is not of this version \(relation .* does not exist\): make it so: vigie migrate\n",
        done.stderr,
    )
    assert done.returncode == 69


def test_a_user_without_the_right_is_one_clear_line(postgres: str) -> None:
    """A ledger that is somebody else's: what PostgreSQL refuses is said, without a traceback."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ledger; CREATE TABLE ledger.review (); CREATE ROLE stranger LOGIN")
        done = vigie("reviews", VIGIE_DATABASE_URL=make_conninfo(postgres, user="stranger"))
        connection.execute("DROP ROLE stranger")
    assert done.stderr.startswith("vigie: the database refuses (permission denied for schema ledger): give its user")
    assert (done.stderr.count("\n"), done.returncode) == (1, 69)


def test_what_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """A directory that cannot be made, and output that finds the disk full: sysexits' EX_IOERR."""
    (tmp_path / "file").touch()
    done = vigie("schemas", "docs", str(tmp_path / "file"))
    assert (done.stderr, done.returncode) == (f"vigie: cannot read or write {tmp_path / 'file'}: File exists\n", 74)
    with Path("/dev/full").open("w") as full:
        told = subprocess.run([VIGIE, "schemas", "list", "--json"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (told.stderr, told.returncode) == (b"vigie: cannot read or write: No space left on device\n", 74)


@pytest.mark.parametrize("command", [["up"], ["demo", "--once"], ["worker"], ["holds"], ["intake"]], ids=" ".join)
def test_a_setting_that_is_none_is_one_clear_line(command: list[str]) -> None:
    """A variable that is set to what it cannot be is named, and nothing is started."""
    done = vigie(*command, VIGIE_PORTAL_PORT="eighty")
    (line,) = done.stderr.splitlines()
    assert line.startswith("vigie: VIGIE_PORTAL_PORT: Input should be a valid integer")
    assert (done.stdout, done.returncode) == ("", 65)


def test_the_version_is_the_packages() -> None:
    """`vigie --version` says the version that is installed, and needs nothing."""
    done = vigie("--version")
    assert (done.stdout, done.stderr, done.returncode) == (f"vigie {version('vigie')}\n", "", 0)


def test_what_is_refused_is_one_clear_line(tmp_path: Path) -> None:
    """A file that the demo cannot play is refused with the reason, and EX_DATAERR."""
    path = tmp_path / "file.xml"
    path.write_text("<html/>")
    done = vigie("demo", "--judgments", str(path), VIGIE_HOME=str(tmp_path / "home"))
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"vigie: {path}: unknown_format")
    assert done.returncode == 65


def test_ctrl_c_while_it_is_loaded_ends_it_without_a_word() -> None:
    """From the first moment on: no traceback of whatever was being imported, and the signal is what ended it."""
    command = [sys.executable, "-m", "streams", "demo"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env={"VIGIE_HOME": "/proc"}) as loading:
        assert wait_until(lambda: _catches_ctrl_c(loading.pid), 10, 0.001)  # Python's own handler comes first
        assert wait_until(lambda: not _catches_ctrl_c(loading.pid), 10, 0.001)
        loading.send_signal(signal.SIGINT)
        assert loading.stderr
        assert (loading.stderr.read(), loading.wait(10)) == (b"", -signal.SIGINT)


def _catches_ctrl_c(pid: int) -> bool:
    [mask] = re.findall(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return bool(int(mask, 16) & 1 << signal.SIGINT - 1)


@pytest.mark.parametrize("command", [["up"], ["demo", "--once"]], ids=" ".join)
def test_a_home_that_cannot_be_written_is_one_clear_line(command: list[str]) -> None:
    """A home that is there, but takes nothing, is named with the setting that moves it."""
    done = vigie(*command, VIGIE_HOME="/proc")
    (line,) = done.stderr.splitlines()
    assert re.match(r"vigie: /proc cannot be made or written \(.*VIGIE_HOME$", line), line
    assert (done.stdout, done.returncode) == ("", 65)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["demo", "--judgments", "nofile"], "no file nofile"),
        (["sink", "fax"], "expected one of email, portal, got 'fax'"),
        (["nosuch"], "No such command 'nosuch'"),
    ],
)
def test_a_wrong_word_is_a_usage_error(arguments: list[str], said: str) -> None:
    """What was expected is said, and the code is 2."""
    done = vigie(*arguments)
    assert said in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("path", [("publish", "limits"), ("watch",), ("schemas", "acls")])
def test_the_help_says_where_a_default_comes_from(path: tuple[str, ...]) -> None:
    """A setting that stands in for an option is named beside it."""
    shown = CliRunner().invoke(build(path[:1]), [*path, "--help"], env={"COLUMNS": "120"})
    assert "VIGIE_KAFKA" in shown.output
