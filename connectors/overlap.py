"""What a fetch that was killed had put on its topics before it could remember it: not to be published again."""

from collections.abc import Iterable, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from schemas.codec import content_digest, decode
from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster
from streams.ledger.identity import event_key
from streams.logs import Logs

Ends = Mapping[str, list[int]]
"""By topic: the next offset of each partition."""
Marks = dict[bytes, bytes]
"""By the key of each event, the digest of its content."""
_WAIT_MS = 1_000
_PATIENCE = 30
"""Looks in vain, after which the broker counts as away."""


def ends_of(logs: Logs, topics: Iterable[str]) -> Ends:
    """Where the topics end now."""
    found: dict[str, list[int]] = {}
    for (topic, _), extent in sorted(logs.extents(topics).items()):
        found.setdefault(topic, []).append(extent.following)
    return found


def published_since(cluster: Cluster, logs: Logs, ends: Ends) -> Marks:
    """The marks of the events that stand behind these ends; of an event that was changed, as it stands there last.

    Raises:
        UnavailableError: the broker is away.
    """
    begun = {(topic, n): offset for topic, offsets in ends.items() for n, offset in enumerate(offsets)}
    now = {place: extent.following for place, extent in logs.extents(ends).items()}
    behind = {place: (offset, now[place]) for place, offset in begun.items() if offset < now.get(place, 0)}
    if not behind:
        return {}
    try:
        consumer = KafkaConsumer(
            **cluster.options(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            metrics_enabled=False,
        )
        try:
            return dict(_marks(consumer, {TopicPartition(*place): span for place, span in behind.items()}))
        finally:
            consumer.close()
    except KafkaError as error:
        raise UnavailableError(f"Kafka at {cluster} did not say what lies on {', '.join(ends)}: {error}") from error


def mark(header: Any, raw: bytes) -> tuple[bytes, bytes]:
    """The same for the same event with the same content; the first of the two for whatever content."""
    return event_key(header), content_digest(raw)


def _marks(consumer: KafkaConsumer, spans: Mapping[TopicPartition, tuple[int, int]]) -> Iterable[tuple[bytes, bytes]]:
    consumer.assign(list(spans))
    for place, (start, _) in spans.items():
        consumer.seek(place, start)
    in_vain = 0
    while any(consumer.position(place) < end for place, (_, end) in spans.items()):
        polled = consumer.poll(_WAIT_MS)
        in_vain = 0 if polled else in_vain + 1
        if in_vain > _PATIENCE:
            raise KafkaTimeoutError(f"nothing came in {_PATIENCE * _WAIT_MS // 1000} s")
        for messages in polled.values():
            for message in messages:
                try:
                    event: Any = decode(message.value)
                except RefusedError:
                    continue  # not ours
                yield mark(event.header, message.value)
