"""`vigie fetch` as real processes, one after another, killed at the moment that a test chooses."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from confluent_kafka import Consumer, TopicPartition

from schemas.codec import decode
from streams.ledger.connection import connect, migrate
from tests.deployment import wait_for

VIGIE = [sys.executable, "-m", "streams"]
_SESSIONS = "FROM pg_stat_activity WHERE application_name = 'vigie fetch' AND datname = current_database()"


class Fetches:
    """The fetches of one feed."""

    def __init__(self, connector: str, environment: Mapping[str, str]) -> None:
        self._command = [*VIGIE, "fetch", connector]
        self.environment = environment

    def run(self, *arguments: str) -> str:
        """What a fetch says that nobody kills."""
        command = [*self._command, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def killed(self, *arguments: str) -> Iterator[None]:
        """A fetch that runs within the block, to be killed with -9 at its end."""
        with subprocess.Popen([*self._command, *arguments], env=self.environment) as process:
            try:
                yield
            finally:
                process.kill()
        # PostgreSQL learns late that whoever waited for a lock is dead, and would do what was asked.
        wait_for(lambda: not self.rows(f"SELECT pg_terminate_backend(pid) {_SESSIONS}"), "the end of its session")

    def killed_before_the_cursor_moves(self, *arguments: str) -> None:
        """Kill a fetch with -9 once its first piece is on its topics, and not remembered."""
        with psycopg.connect(self.environment["VIGIE_DATABASE_URL"]) as holder:
            holder.execute("LOCK TABLE feeds.cursor IN EXCLUSIVE MODE")
            with self.killed(*arguments):
                wait_for(lambda: self.rows(f"SELECT {_SESSIONS} AND wait_event_type = 'Lock'"), "a piece published")

    def cursors(self) -> list[str]:
        """Where the feed stands, if it is remembered."""
        return [cursor for (cursor,) in self.rows("SELECT cursor FROM feeds.cursor")]

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.environment["VIGIE_DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(query).fetchall()


def published(environment: Mapping[str, str], topic: str = "court-judgments") -> Counter[str]:
    """How often each event stands on the topic."""
    return Counter(str(event.header.event_id) for event in on_topic(environment, topic))


def on_topic(environment: Mapping[str, str], topic: str) -> list[Any]:
    """The records of the topic, partition after partition."""
    name = environment["VIGIE_TOPIC_PREFIX"] + topic
    settings = {"bootstrap.servers": environment["VIGIE_KAFKA"], "group.id": "test", "enable.auto.commit": False}
    consumer = Consumer(settings)
    found: list[Any] = []
    try:
        for partition in consumer.list_topics(name, timeout=10).topics[name].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=10)
            consumer.assign([TopicPartition(name, partition, low)])
            messages = consumer.consume(high - low, timeout=10) if high > low else []
            found += [decode(message.value()) for message in messages]
    finally:
        consumer.close()
    return found


def make_database(url: str) -> None:
    """Make the tables in which cursors are kept."""

    async def made() -> None:
        async with await connect(url) as connection:
            await migrate(connection, "connectors", "feeds")

    asyncio.run(made())
