"""What the broker says of its logs: ids, partitions, first and next offsets."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from threading import Lock

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from schemas.errors import UnavailableError
from streams.cluster import Cluster
from streams.embedded.ports import any_answers, wait_until
from streams.ledger.positions import Extent

ANSWER_S = 5.0
"""Patience with a broker that restarts."""


class Logs:
    """Asks one cluster; every call blocks, so that async callers put it in a thread."""

    def __init__(self, cluster: Cluster) -> None:
        """Take the cluster; nothing is opened yet."""
        self._cluster = cluster
        self._lock = Lock()
        self._admin: KafkaAdminClient | None = None
        """Kept: who looks every few seconds should not connect every few seconds."""

    def extents(self, topics: Iterable[str]) -> Mapping[tuple[str, int], Extent]:
        """The extent of each partition of `topics`; a topic that does not exist has none.

        Raises:
            UnavailableError: the broker cannot be asked.
        """
        with self._lock:
            if self._admin is not None:
                with suppress(UnavailableError):  # it may have restarted since we connected
                    return self._ask(list(topics))
            return self._ask(list(topics))

    def _ask(self, topics: list[str]) -> Mapping[tuple[str, int], Extent]:
        try:
            return _extents(self._connected(), topics)
        except (KafkaError, OSError) as error:
            self.close()
            remedy = self._cluster.remedy(error)
            raise UnavailableError(f"the broker at {self._cluster} did not answer ({error}): {remedy}") from error

    def _connected(self) -> KafkaAdminClient:
        if self._admin is None:
            if not wait_until(lambda: any_answers(self._cluster.servers), ANSWER_S):
                raise UnavailableError(f"no broker listens at {self._cluster}: {self._cluster.remedy()}")
            self._admin = KafkaAdminClient(
                **self._cluster.options(), request_timeout_ms=10_000, bootstrap_timeout_ms=10_000
            )
        return self._admin

    def close(self) -> None:
        """Give the connection back; asked again, another is opened."""
        if self._admin is not None:
            with suppress(KafkaError, OSError):
                self._admin.close()
            self._admin = None


def _extents(admin: KafkaAdminClient, topics: list[str]) -> Mapping[tuple[str, int], Extent]:
    found = {t["name"]: t for t in admin.describe_topics(topics) if not t["error_code"]}
    places = [TopicPartition(name, p["partition_index"]) for name, t in found.items() for p in t["partitions"]]
    first = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
    following = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    return {
        (p.topic, p.partition): Extent(
            str(found[p.topic]["topic_id"]), len(found[p.topic]["partitions"]), first[p].offset, following[p].offset
        )
        for p in places
    }
