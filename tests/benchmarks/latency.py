"""How long one judgment takes from produce to readable on `notices`, and ten thousand notices of one judgment."""

import contextlib
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import world
from stage import Stage

from schemas.codec import decode, encode
from schemas.events.court_judgments import JudgmentPublished

RATE = 50
WARM_UP = 50
"""Judgments that are not counted: a fresh consumer finds its pace."""


@dataclass(slots=True)
class Arrivals:
    """When each record came out, by the id of its event; read in a thread of its own."""

    stage: Stage
    topic: str
    at: dict[str, list[float]] = field(default_factory=dict)

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Read for as long as the block runs."""
        stop = threading.Event()
        thread = threading.Thread(target=self._read, args=[stop])
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _read(self, stop: threading.Event) -> None:
        consumer = self.stage.consumer(self.topic, **{"fetch.wait.max.ms": 100})
        while not stop.is_set():
            for message in consumer.consume(1000, 0.01):
                if message.error() is None:
                    self.at.setdefault(_event_of(message.value()), []).append(time.time())
        consumer.close()


def _event_of(raw: bytes) -> str:
    record = decode(raw)
    header = record.header if isinstance(record, JudgmentPublished) else record.header.cause  # type: ignore[attr-defined]
    return str(header.event_id)


@contextlib.contextmanager
def answering(stage: Stage, argv: list[str], prefix: str) -> Iterator[Callable[[str], tuple[str, float, Arrivals]]]:
    """A program between two topics of its own; the block gets what sends a judgment to it."""
    stage.topics(prefix)
    producer, arrivals = stage.producer(), Arrivals(stage, prefix + "notices")
    numbers = iter(range(10**9))

    def send(buyer_id: str) -> tuple[str, float, Arrivals]:
        event = world.judgment_of(buyer_id, next(numbers) * 4, prefix)
        raw, at = encode(event), time.time()
        producer.produce(prefix + "court-judgments", raw, buyer_id)
        producer.poll(0)
        return event.header.event_id, at, arrivals

    child = stage.start(argv, prefix, f"lat-{uuid.uuid4().hex[:8]}", subprocess.DEVNULL)
    try:
        with arrivals.watch():
            yield send
    finally:
        child.kill()
        child.wait()


def milliseconds(stage: Stage, argv: list[str], seconds: float) -> list[float]:
    """Produce → readable, in ms, of judgments at 50 a second, each of which concerns one policy."""
    prefix = f"lat{uuid.uuid4().hex[:6]}."
    with answering(stage, argv, prefix) as send:
        sent = {}
        await_one(*send(world.buyer(0)))
        due = time.time()
        for number in range(1, WARM_UP + round(seconds * RATE)):
            event_id, at, arrivals = send(world.buyer(number))
            if number >= WARM_UP:
                sent[event_id] = at
            due += 1 / RATE
            time.sleep(max(0.0, due - time.time()))
        time.sleep(2)
    return sorted((arrivals.at[event_id][0] - at) * 1000 for event_id, at in sent.items())


def fan_out_s(stage: Stage) -> float:
    """Seconds from one judgment to the last of its 10,000 notices on the topic; the median of three judgments."""
    prefix = f"fan{uuid.uuid4().hex[:6]}."
    with answering(stage, [sys.executable, "-m", "streams", "worker"], prefix) as send:
        await_one(*send(world.buyer(0)))
        return statistics.median(await_one(*send(world.FAN_BUYER), world.FAN_POLICIES) for _ in range(3))


def await_one(event_id: str, at: float, arrivals: Arrivals, count: int = 1) -> float:
    """Seconds until `count` records of an event have come; RuntimeError after a minute."""
    while len(arrivals.at.get(event_id, ())) < count:
        if time.time() - at > 60:
            raise RuntimeError(f"{event_id}: {len(arrivals.at.get(event_id, ()))} of {count} came within a minute")
        time.sleep(0.005)
    return max(arrivals.at[event_id]) - at


ECHO = str(Path(__file__).parent / "peers" / "echo.py")
