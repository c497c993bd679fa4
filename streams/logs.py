"""What the broker says of its logs: ids, partitions, first and next offsets."""

from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from schemas.errors import UnavailableError
from streams.embedded.ports import any_answers, wait_until
from streams.ledger.positions import Extent

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER_S = 5.0
"""Patience with a broker that restarts."""


class Logs:
    """Asks one cluster; every call blocks, so that async callers put it in a thread."""

    def __init__(self, bootstrap: str) -> None:
        """Take the bootstrap servers, `host:port` separated by commas; nothing is opened yet."""
        self._bootstrap = bootstrap.split(",")

    def extents(self, topics: Iterable[str]) -> Mapping[tuple[str, int], Extent]:
        """The extent of each partition of `topics`; a topic that does not exist has none.

        Raises:
            UnavailableError: the broker cannot be asked.
        """
        with self._admin() as admin:
            found = {t["name"]: t for t in admin.describe_topics(list(topics)) if not t["error_code"]}
            places = [TopicPartition(name, p["partition_index"]) for name, t in found.items() for p in t["partitions"]]
            first = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
            following = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        return {
            (p.topic, p.partition): Extent(
                str(found[p.topic]["topic_id"]), len(found[p.topic]["partitions"]), first[p].offset, following[p].offset
            )
            for p in places
        }

    @contextmanager
    def _admin(self) -> "Iterator[KafkaAdminClient]":
        servers = ",".join(self._bootstrap)
        if not wait_until(lambda: any_answers(servers), ANSWER_S):
            raise UnavailableError(f"no broker listens at {servers}: start it, or set VIGIE_KAFKA to the one to use")
        try:
            admin = KafkaAdminClient(bootstrap_servers=self._bootstrap, request_timeout_ms=10_000)
        except (KafkaError, OSError) as error:
            raise UnavailableError(f"no broker answers at {servers}: {error}") from error
        try:
            yield admin
        except (KafkaError, OSError) as error:
            raise UnavailableError(f"the broker at {servers} did not answer: {error}") from error
        finally:
            admin.close()
