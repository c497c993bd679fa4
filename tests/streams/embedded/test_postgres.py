import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from schemas.errors import RefusedError
from streams.embedded.pguser import PROGRAMS, USER, WHEEL, reachable
from streams.embedded.ports import wait_until
from streams.embedded.postgres import EmbeddedPostgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user to run PostgreSQL")


@pytest.fixture
def server(place: Path) -> Iterator[EmbeddedPostgres]:
    """A server of the test's own, running, with a table of one number."""
    server = EmbeddedPostgres(place / "postgres")
    server.start()
    ask(server, "CREATE TABLE told AS SELECT 1 AS number")
    yield server
    server.stop()


def test_what_was_committed_survives_every_way_to_stop(server: EmbeddedPostgres) -> None:
    """A clean stop, a crash and a restart keep the rows and the URI."""
    uri = server.uri_for("postgres")
    server.stop()
    assert server.start() == uri
    assert server.restart() == uri
    server.stop_immediately()
    assert server.pid is None
    assert server.start() == uri
    assert numbers(server) == [1]


def test_a_server_killed_from_outside_is_started_again(server: EmbeddedPostgres) -> None:
    """After kill -9 of its first process, with a connection open, the server starts and has what was committed."""
    assert server.pid
    with psycopg.connect(server.uri_for("postgres")):
        os.kill(server.pid, signal.SIGKILL)
        assert wait_until(lambda: server.pid is None, timeout_s=5)
        server.start()
    assert numbers(server) == [1]


def test_a_copy_of_a_running_server_is_a_server(server: EmbeddedPostgres, place: Path) -> None:
    """A copy starts beside its original, and neither sees what the other does afterwards."""
    server.copy_to(place / "copy")
    ask(server, "INSERT INTO told VALUES (2)")
    copy = EmbeddedPostgres(place / "copy")
    copy.start()
    ask(copy, "INSERT INTO told VALUES (3)")
    assert (numbers(server), numbers(copy)) == ([1, 2], [1, 3])
    copy.stop()


def test_a_server_restored_from_a_copy_forgets_what_came_after(server: EmbeddedPostgres, place: Path) -> None:
    """After a restore the server is what it was at the copy, under the same URI, and takes new rows."""
    uri = server.uri_for("postgres")
    server.copy_to(place / "copy")
    ask(server, "INSERT INTO told VALUES (2)")
    server.restore_from(place / "copy")
    assert server.start() == uri
    ask(server, "INSERT INTO told VALUES (3)")
    assert numbers(server) == [1, 3]


def test_a_stale_pid_file_is_not_believed(server: EmbeddedPostgres) -> None:
    """A pid file that names a living process of somebody else neither keeps the server out nor ends that process."""
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file = server.directory / "data" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n0\n5432\n{server.directory}\n\n0 0\nready\n")
        server.start()
        assert numbers(server) == [1]
        server.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_a_first_start_cut_short_is_begun_again(place: Path) -> None:
    """What a killed initdb left behind is not taken for a database."""
    (place / "data.new").mkdir()
    (place / "data.new" / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(place)
    server.start()
    server.stop()


def test_two_servers_never_share_a_directory(server: EmbeddedPostgres) -> None:
    """A second server on a held directory is refused, and its refusal leaves the first one running."""
    with pytest.raises(RefusedError, match="directory_in_use"):
        EmbeddedPostgres(server.directory).start()
    assert numbers(server) == [1]


def test_a_path_too_long_for_a_socket_is_refused(place: Path) -> None:
    """A directory whose socket's address would be cut is refused before anything is made in it."""
    directory = place / ("x" * 100)
    with pytest.raises(RefusedError, match=r"directory_unusable: .* bytes too long"):
        EmbeddedPostgres(directory).start()
    assert not directory.exists()


@as_root
def test_a_directory_closed_to_the_servers_user_is_refused(place: Path) -> None:
    """As root, data below a directory closed to others (like /root) is refused, and that directory stays closed."""
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(RefusedError, match=f"chmod o.x {closed}"):
        EmbeddedPostgres(closed / "postgres").start()
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_programs_that_lie_out_of_reach_are_run_from_a_copy(place: Path) -> None:
    """As root with an installation below /root, the server's user runs a copy that finds its libraries."""
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    for part in (WHEEL.name, f"{WHEEL.name}.libs"):
        subprocess.run(["cp", "-r", WHEEL.parent / part, closed], check=True)
    programs = reachable(closed / WHEEL.name, place) / PROGRAMS
    said = subprocess.run([programs / "psql", "--version"], user=USER, capture_output=True, text=True, check=True)
    assert "PostgreSQL) 18" in said.stdout


def ask(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.uri_for("postgres")) as connection:
        connection.execute(statement.encode())


def numbers(server: EmbeddedPostgres) -> list[int]:
    with psycopg.connect(server.uri_for("postgres")) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM told ORDER BY number")]
