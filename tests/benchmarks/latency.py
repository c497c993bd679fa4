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
    """What came out and when it could be read: taken by a thread of its own, looked at when the clock is off.

    To decode a notice takes longer than to send it, on the core where the broker and PostgreSQL are at work.
    """

    stage: Stage
    topic: str
    taken: list[tuple[float, bytes]] = field(default_factory=list)

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
            messages = consumer.consume(1000, 0.01)
            at = time.time()
            self.taken += [(at, message.value()) for message in messages if message.error() is None]
        consumer.close()

    def of_events(self) -> dict[str, list[float]]:
        """When each record came, by the id of its event."""
        found: dict[str, list[float]] = {}
        for at, raw in self.taken:
            found.setdefault(_event_of(raw), []).append(at)
        return found


def _event_of(raw: bytes) -> str:
    record = decode(raw)
    header = record.header if isinstance(record, JudgmentPublished) else record.header.cause
    return str(header.event_id)


Send = Callable[[str], tuple[str, float]]
"""Produces a judgment on a buyer; returns the event's id, and when."""


@contextlib.contextmanager
def answering(stage: Stage, argv: list[str], prefix: str) -> Iterator[tuple[Send, Arrivals]]:
    """A program between two topics of its own; the block gets what sends a judgment to it, and what comes out."""
    stage.topics(prefix)
    producer, arrivals = stage.producer(), Arrivals(stage, prefix + "notices")
    numbers = iter(range(10**9))

    def send(buyer_id: str) -> tuple[str, float]:
        event = world.judgment_of(buyer_id, next(numbers) * 4, prefix)
        raw, at = encode(event), time.time()
        producer.produce(prefix + "court-judgments", raw, buyer_id)
        producer.poll(0)
        return event.header.event_id, at

    child = stage.start(argv, prefix, f"lat-{uuid.uuid4().hex[:8]}", subprocess.DEVNULL)
    try:
        with arrivals.watch():
            yield send, arrivals
    finally:
        child.kill()
        child.wait()


def milliseconds(stage: Stage, argv: list[str], seconds: float) -> list[float]:
    """Produce → readable, in ms, of judgments at 50 a second, each of which concerns one policy."""
    prefix = f"lat{uuid.uuid4().hex[:6]}."
    with answering(stage, argv, prefix) as (send, arrivals):
        sent = {}
        seconds_to_all(send, world.buyer(0), arrivals, 1)
        due = time.time()
        for number in range(1, WARM_UP + round(seconds * RATE)):
            event_id, at = send(world.buyer(number))
            if number >= WARM_UP:
                sent[event_id] = at
            due += 1 / RATE
            time.sleep(max(0.0, due - time.time()))
        time.sleep(2)
    came = arrivals.of_events()
    return sorted((came[event_id][0] - at) * 1000 for event_id, at in sent.items())


def fan_out_s(stage: Stage) -> tuple[float, float]:
    """Seconds from one judgment to the last of its 10,000 notices on the topic.

    Of the first judgment, whose policies the worker has never met, and the median of three more.
    """
    prefix = f"fan{uuid.uuid4().hex[:6]}."
    with answering(stage, [sys.executable, "-m", "streams", "worker"], prefix) as (send, arrivals):
        seconds_to_all(send, world.buyer(0), arrivals, 1)
        first, *more = (seconds_to_all(send, world.FAN_BUYER, arrivals, world.FAN_POLICIES) for _ in range(4))
        return first, statistics.median(more)


def seconds_to_all(send: Send, buyer_id: str, arrivals: Arrivals, count: int) -> float:
    """Seconds from one judgment until `count` records of it, and no others, have come; RuntimeError after a minute."""
    arrivals.taken.clear()
    event_id, at = send(buyer_id)
    while len(arrivals.taken) < count:
        if time.time() - at > 60:
            raise RuntimeError(f"{event_id}: {len(arrivals.taken)} of {count} came within a minute")
        time.sleep(0.005)
    came = arrivals.of_events()
    if {event: len(times) for event, times in came.items()} != {event_id: count}:
        raise RuntimeError(f"expected {count} of {event_id} and nothing else")
    return max(came[event_id]) - at


ECHO = str(Path(__file__).parent / "peers" / "echo.py")
