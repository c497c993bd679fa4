"""A hub of a test's own: its topics, its database, and real `vigie worker` processes to do things to."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, LiteralString, Self

import psycopg
from kafka import KafkaProducer

from connectors.publisher import Publisher
from schemas.base import Record
from schemas.catalog import TOPICS
from streams.cluster import Cluster
from streams.embedded.leash import Child, end, spawn
from streams.embedded.topics import ensure_topics
from streams.ledger.connection import connect, migrate

PATIENCE_S = 90.0
WAITING: LiteralString = """
    SELECT 1 FROM pg_stat_activity
    WHERE application_name = 'vigie' AND datname = current_database() AND wait_event_type = 'Lock'"""


def wait_for(true: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """The first true answer; a failure that says what was waited for, where none comes."""
    deadline = time.monotonic() + patience_s
    while not (answer := true()):
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s for: {what() if callable(what) else what}"
        time.sleep(0.05)
    return answer


class Worker:
    """One `vigie worker`, with what it said."""

    def __init__(self, child: Child, log: Path) -> None:
        self.child, self._log = child, log

    @property
    def said(self) -> str:
        """Everything on its standard output and error."""
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        """Kill -9."""
        self.child.kill()
        self.child.wait()

    def freeze(self) -> None:
        """As a machine that hangs does: it keeps its connections, and says nothing."""
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was, and does not know that time has passed."""
        self.child.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """SIGTERM, and its end."""
        end(self.child, signal.SIGTERM, PATIENCE_S)

    def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        wait_for(lambda: self.child.poll() is not None, lambda: f"the end of a worker that said:\n{self.said[-3000:]}")
        return int(self.child.returncode)


class Deployment:
    """One insurer's hub: use it in a `with`, which leaves no worker behind."""

    def __init__(self, bootstrap: str, database_url: str, directory: Path, prefix: str, **settings: object) -> None:
        """Take where it lives; `settings` are those of `streams.settings.Settings`, by name."""
        self.bootstrap, self.database_url, self.prefix = bootstrap, database_url, prefix
        self.isolation = str(settings.get("isolation", "read committed"))
        self._directory = directory / prefix
        self._directory.mkdir()
        named = {"kafka": bootstrap, "database_url": database_url, "topic_prefix": prefix, "group": f"{prefix}hub"}
        self.environment = {f"VIGIE_{name.upper()}": str(value) for name, value in {**named, **settings}.items()}
        self.workers: list[Worker] = []
        self._due: dict[tuple[str, int], int] = {}

    def make(self, **partitions: int) -> Self:
        """Make its topics (4 partitions each, unless told otherwise) and its ledger."""
        counts = {name: partitions.get(name.replace("-", "_"), 4) for name in TOPICS}
        ensure_topics(Cluster(self.bootstrap), {self.topic(name): count for name, count in counts.items()})
        asyncio.run(self._migrate())
        return self

    async def _migrate(self) -> None:
        async with await connect(self.database_url) as connection:
            await migrate(connection)
            await migrate(connection, "connectors.intake", "intake")  # where `vigie events` looks for receipts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.kill()
        if "_producer" in self.__dict__:
            self._producer.close()

    def topic(self, name: str) -> str:
        """The name of one of its topics on the broker."""
        return self.prefix + name

    def start_worker(self) -> Worker:
        """Start one more; it is not waited for."""
        return self.start("worker")

    def start(self, *command: str) -> Worker:
        """Start one more `vigie` process; it is not waited for, and ends with the deployment."""
        log = self._directory / f"{command[0]}-{len(self.workers)}.log"
        environment = {**os.environ, **self.environment}
        with log.open("wb") as output:
            argv = [sys.executable, "-m", "streams", *command]
            child = spawn(argv, output=output, at_our_death=signal.SIGKILL, env=environment)
        self.workers.append(Worker(child, log))
        return self.workers[-1]

    def alive(self) -> list[Worker]:
        """The workers that have not ended, the oldest first."""
        return [worker for worker in self.workers if worker.child.poll() is None]

    def vigie(self, *command: str) -> str:
        """What a `vigie` command on this deployment answers on its standard output."""
        argv = [sys.executable, "-m", "streams", *command]
        done = subprocess.run(argv, env={**os.environ, **self.environment}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def publish(self, *records: Iterable[Record]) -> None:
        """Publish as a connector does; `settle` waits for what was taken."""
        with Publisher(Cluster(self.bootstrap), self.prefix) as publisher:
            for record in (record for group in records for record in group):
                publisher.publish(record)
            for (topic, partition), taken in publisher.flush().items():
                self._owe(topic, partition, taken.last_offset)

    def send(self, name: str, key: bytes | None, value: bytes | None, partition: int | None = None) -> tuple[int, int]:
        """Put any bytes on a topic, as a provider does who does not use our publisher; partition and offset."""
        sent = self._producer.send(self.topic(name), key=key, value=value, partition=partition).get(PATIENCE_S)
        self._owe(sent.topic, sent.partition, sent.offset)
        return sent.partition, sent.offset

    @cached_property
    def _producer(self) -> KafkaProducer:
        return KafkaProducer(bootstrap_servers=self.bootstrap, acks="all", metrics_enabled=False)

    def _owe(self, topic: str, partition: int, offset: int) -> None:
        self._due[topic, partition] = max(self._due.get((topic, partition), 0), offset + 1)

    def rows(self, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        """What the ledger answers."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def count(self, table: LiteralString) -> int:
        """How many rows a table of the ledger has."""
        return int(self.rows("SELECT count(*) FROM ledger." + table)[0][0])

    def execute(self, statements: LiteralString) -> None:
        """Change the ledger behind the hub's back."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statements)

    def wait_until_applied(self) -> None:
        """Wait until everything published was applied."""
        wait_for(lambda: not self._behind(), self._unsettled)

    def settle(self) -> None:
        """Wait until everything published was applied, and everything owed was sent."""
        wait_for(self._is_settled, self._unsettled)

    def _is_settled(self) -> bool:
        return not self._behind() and self.count("outbox") == 0

    def _behind(self) -> dict[tuple[str, int], int]:
        stands = {(t, p): n for t, p, n in self.rows("SELECT topic, partition, next_offset FROM ledger.position")}
        return {place: due for place, due in self._due.items() if stands.get(place, -1) < due}

    def _unsettled(self) -> str:
        said = "\n".join(f"--- worker {n}:\n{w.said[-3000:]}" for n, w in enumerate(self.workers))
        return f"{self._behind()} to be applied, {self.count('outbox')} commits to be sent\n{said}"

    @contextmanager
    def holding(self, statement: LiteralString) -> Iterator[None]:
        """Hold whatever locks a statement takes, in a transaction of ours."""
        connection = psycopg.connect(self.database_url)
        try:
            connection.execute(statement)
            yield
        finally:
            connection.close()

    def until_a_worker_waits(self, doing: str) -> None:
        """Wait until one waits for a lock in a statement like `doing`, in one transaction or several."""
        query: LiteralString = WAITING + " AND query LIKE %s"
        wait_for(lambda: self.rows(query, f"%{doing}%"), lambda: f"a lock in {doing}\n{self._unsettled()}")

    def end_waits(self) -> None:
        """End the sessions that wait for a lock: whoever opened them is dead, and PostgreSQL does not know it yet."""
        self.rows(WAITING.replace("SELECT 1", "SELECT pg_terminate_backend(pid)"))
