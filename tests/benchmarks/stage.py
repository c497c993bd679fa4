"""Where it is measured: a real broker and a real PostgreSQL on one core, whatever is measured on the other."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import psycopg
import world
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.codec import encode
from streams import agents
from streams.cluster import Cluster
from streams.commands.migrate import prepare
from streams.embedded.jars import fetch, locked_jars
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.postgres import EmbeddedPostgres
from streams.embedded.topics import ensure_topics
from streams.ledger.rows import RECIPIENTS
from streams.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
APP_CORE, SERVER_CORE = 0, 1
PARTITIONS = 4
WRITES = ("notices", "dead-letters")
SEEDED = ("cover", "policy")


class Stage:
    """Both servers with the world in them, for as long as the `with` block; everything is thrown away with it."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="vigie-bench-"))
        self._home.chmod(0o711)
        jars = Settings().home / "jars"
        fetch(jars, locked_jars(), Settings().maven_url)
        self._broker = EmbeddedKafka(self._home / "kafka", jars)
        self._server = EmbeddedPostgres(self._home / "postgres")
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Start both on the servers' core, which is also ours from now on."""
        os.sched_setaffinity(0, {SERVER_CORE})
        self._open.callback(shutil.rmtree, self._home, ignore_errors=True)
        self.kafka = self._broker.start()
        self._open.callback(self._broker.stop)
        self.database_url = self._server.start()
        self._open.callback(self._server.stop)
        self.ledger = psycopg.connect(self.database_url, autocommit=True)
        self._open.callback(self.ledger.close)
        prepare(self.settings("", "vigie"))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def seed(self) -> int:
        """Put the world's policies and covers in the ledger; returns the number of covers."""
        with self.ledger.cursor() as cursor:
            with cursor.copy("COPY ledger.policy (policy_id, terms, recipients, contact) FROM STDIN") as copy:
                for number in range(world.POLICIES):
                    policy = world.policy(number)
                    recipients = RECIPIENTS.dump_json(policy.recipients).decode()
                    contact = world.contact(number).model_dump_json()
                    copy.write_row((policy.policy_id, [encode(policy.terms[0])], recipients, contact))
            columns = "policy_id, buyer_id, cover_id, since, until, amount, currency"
            with cursor.copy(f"COPY ledger.cover ({columns}) FROM STDIN") as copy:
                for c in world.every_cover():
                    copy.write_row((c.policy_id, c.buyer_id, c.cover_id, c.since, c.until, c.amount, c.currency))
        self.ledger.execute("VACUUM ANALYZE")
        return int(self.one("SELECT count(*) FROM ledger.cover"))

    def topics(self, prefix: str) -> None:
        """Make the hub's topics under a prefix."""
        ensure_topics(
            Cluster(self.kafka), dict.fromkeys([prefix + name for name in (*agents.TOPICS, *WRITES)], PARTITIONS)
        )

    def load(self, prefix: str, percent: float, count: int) -> None:
        """Put `count` judgments on the topic, partitioned by the contract."""
        self.topics(prefix)
        producer = self.producer(linger_ms=20)
        for number, (key, raw) in enumerate(world.written(percent, count)):
            producer.produce(prefix + "court-judgments", raw, key)
            if number % 1000 == 0:
                producer.poll(0)
        producer.flush()

    def clear(self, prefix: str) -> None:
        """Forget every run: the ledger as it was seeded, and the topics that are written empty."""
        rows = self.ledger.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'ledger'").fetchall()
        tables = ", ".join(f"ledger.{name}" for (name,) in rows if name not in SEEDED)
        self.ledger.execute(f"TRUNCATE {tables}")
        admin = AdminClient({"bootstrap.servers": self.kafka})
        for gone in admin.delete_topics([prefix + name for name in WRITES]).values():
            gone.result()
        time.sleep(0.5)
        self.topics(prefix)
        self.ledger.execute("CHECKPOINT")

    def settings(self, prefix: str, group: str) -> Settings:
        """Settings of a deployment on these servers."""
        return Settings(kafka=self.kafka, database_url=self.database_url, topic_prefix=prefix, group=group)

    def start(
        self, argv: list[str], prefix: str, group: str, output: Any = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program on the core of its own."""
        here = {
            "VIGIE_KAFKA": self.kafka,
            "VIGIE_DATABASE_URL": self.database_url,
            "VIGIE_TOPIC_PREFIX": prefix,
            "VIGIE_GROUP": group,
            "PYTHONPATH": f"{ROOT}:{Path(__file__).parent}",
            "PYTHONWARNINGS": "ignore",
        }
        child = subprocess.Popen(
            argv, env={**os.environ, **here, **(environment or {})}, stdout=output or sys.stderr, cwd=self._home
        )
        os.sched_setaffinity(child.pid, {APP_CORE})
        return child

    def once(self, script: Path, prefix: str, *arguments: str) -> bytes:
        """What a script of ours prints until it ends; RuntimeError where it fails."""
        child = self.start([sys.executable, str(script), *arguments], prefix, "bench", subprocess.PIPE)
        printed = child.communicate()[0]
        if child.returncode:
            raise RuntimeError(f"{script.name} {' '.join(arguments)} ended with {child.returncode}")
        return printed

    def one(self, query: str, *parameters: Any) -> Any:
        """The one value that a query answers."""
        row = self.ledger.execute(query, parameters).fetchone()
        assert row is not None
        return row[0]

    def producer(self, linger_ms: float = 0) -> Producer:
        """A producer that partitions as the contract says."""
        return Producer({"bootstrap.servers": self.kafka, "linger.ms": linger_ms, "partitioner": "murmur2_random"})

    def consumer(self, topic: str, **options: Any) -> Consumer:
        """A consumer of a whole topic, from its start."""
        consumer = Consumer(
            {"bootstrap.servers": self.kafka, "group.id": "bench", "enable.auto.commit": False, **options}
        )
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        return consumer

    def sent(self, topic: str) -> tuple[int, float]:
        """How many records a topic holds, and when the broker appended the last (seconds since 1970; 0 for none)."""
        consumer = self.consumer(topic)
        ends = {p: consumer.get_watermark_offsets(TopicPartition(topic, p))[1] for p in range(PARTITIONS)}
        last = [TopicPartition(topic, p, end - 1) for p, end in ends.items() if end]
        consumer.assign(last)
        found = _read(consumer, last)
        consumer.close()
        return sum(ends.values()), max((m.timestamp()[1] / 1000 for m in found), default=0.0)


def _read(consumer: Consumer, places: list[TopicPartition]) -> list[Any]:
    found: dict[int, Any] = {}
    while len(found) < len(places):
        message = consumer.poll(5.0)
        if message is not None and message.error() is None:
            found[message.partition()] = message
    return list(found.values())
