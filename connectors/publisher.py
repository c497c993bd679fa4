"""The one way from a connector to a topic: every event acknowledged by the broker, or an error that says why not."""

import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from connectors.message import message_of
from connectors.overlap import Marks, mark
from schemas.base import Record
from schemas.catalog import topic_of
from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster

_IN_FLIGHT = 20_000
_SETTLE_EVERY = 1_000
_TIMEOUT_S = 30.0
_TOPIC_TIMEOUT_MS = 10_000


@dataclass(slots=True)
class Acknowledged:
    """What the broker has taken on one partition."""

    count: int = 0
    last_offset: int = -1


Acknowledgements = dict[tuple[str, int], Acknowledged]
"""By topic and partition."""


class Publisher:
    """Publishes records under their keys, so that what concerns one buyer stays in order.

    Use it in a ``with``: leaving it without an error means that everything was acknowledged by all replicas. Keys are
    partitioned by murmur2, as in Kafka's own clients. A record may be sent twice after an error, never reordered.
    """

    def __init__(
        self,
        cluster: Cluster,
        topic_prefix: str = "",
        progress: Callable[[int], None] | None = None,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        """Take the cluster; ``progress`` is told, now and then, how many more were acknowledged.

        Raises:
            UnavailableError: no broker answers within ``timeout_s``.
        """
        self._cluster = cluster
        self._prefix = topic_prefix
        self._progress = progress
        self._timeout_s = timeout_s
        self._acknowledged: Acknowledgements = {}
        self._pending: deque[Any] = deque()
        self._producer = self._connected()
        self.already: Marks = {}
        """Events that lie on their topics: each is passed over once, if it is published again as it stands there."""

    def publish(self, record: Record) -> None:
        """Send the record, without waiting for it.

        Raises:
            RefusedError: ``too_large``: no topic takes it; the publisher can go on with the next.
            UnavailableError: the broker, or the record's topic, is away.
        """
        topic = self._prefix + topic_of(record).name
        key, value = message_of(record)
        if self.already:
            event, content = mark(record.header, value)  # type: ignore[attr-defined]
            if self.already.pop(event, None) == content:
                return
        try:
            self._pending.append(self._producer.send(topic, key=key, value=value))
        except KafkaError as error:
            raise self._unavailable(error, f"topic {topic}: ") from error
        if len(self._pending) % _SETTLE_EVERY == 0:
            self._settle(_IN_FLIGHT)

    def flush(self) -> Acknowledgements:
        """Wait until everything sent is acknowledged; what was, since the start, by topic and partition.

        Raises:
            UnavailableError: something was not, within the time; it is safe to publish all of it again.
        """
        try:
            self._producer.flush(timeout=self._timeout_s)
        except KafkaError as error:
            raise self._unavailable(error) from error
        self._settle(0)
        return dict(self._acknowledged)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._close(0 if kind else self._timeout_s)

    def _close(self, timeout_s: float) -> None:
        """Whatever is on its way still: an error on the way out would stand in the place of the one that brought us."""
        try:
            self._producer.close(timeout=timeout_s)
        except KafkaError:  # kafka-python waits for what is on its way first, and where that takes longer ends nothing
            self._producer._sender.force_close()  # noqa: SLF001

    def _check_that_somebody_listens(self) -> None:
        """Fail at once where nobody does: kafka-python would try for long, and leave sockets open."""
        why: Exception | None = None
        for address in self._cluster.servers.split(","):
            host, _, port = address.strip().rpartition(":")
            try:
                socket.create_connection((host, int(port)), timeout=self._timeout_s).close()
            except (OSError, OverflowError, ValueError) as error:
                why = error
            else:
                return
        raise self._unavailable(why) from why

    def _connected(self) -> KafkaProducer:
        self._check_that_somebody_listens()
        timeout_ms = int(self._timeout_s * 1000)
        clients: list[Any] = []

        def client(**settings: Any) -> Any:
            clients.append(KafkaProducer.DEFAULT_CONFIG["kafka_client"](**settings))
            return clients[-1]

        try:
            return KafkaProducer(
                **self._cluster.options(),
                kafka_client=client,
                acks="all",
                enable_idempotence=True,
                allow_auto_create_topics=False,
                linger_ms=5,
                batch_size=131_072,
                request_timeout_ms=timeout_ms // 2,
                delivery_timeout_ms=timeout_ms,
                max_block_ms=min(timeout_ms, _TOPIC_TIMEOUT_MS),
                bootstrap_timeout_ms=timeout_ms,
                metrics_enabled=False,
            )
        except KafkaError as error:
            for each in clients:
                each.close()  # kafka-python leaves its sockets open where it finds no broker behind them
            raise self._unavailable(error) from error

    def _settle(self, leave: int) -> None:
        """Count what was acknowledged, oldest first, and wait until at most ``leave`` records are not."""
        settled = 0
        while self._pending and (len(self._pending) > leave or self._pending[0].is_done):
            self._count(self._pending.popleft())
            settled += 1
        if self._progress is not None and settled:
            self._progress(settled)

    def _count(self, sent: Any) -> None:
        try:
            placed = sent.get(timeout=self._timeout_s)
        except MessageSizeTooLargeError as error:
            raise RefusedError("too_large", f"the broker takes no message of this size: {error}") from error
        except KafkaError as error:
            raise self._unavailable(error) from error
        seen = self._acknowledged.setdefault((placed.topic, placed.partition), Acknowledged())
        seen.count += 1
        seen.last_offset = max(seen.last_offset, placed.offset)

    def _unavailable(self, why: Exception | None, where: str = "") -> UnavailableError:
        return UnavailableError(
            f"Kafka at {self._cluster} did not take the events ({where}{why}): {self._cluster.remedy(why)}; topics are "
            "made by `vigie migrate`. Then publish again: what was already taken is recognised."
        )
