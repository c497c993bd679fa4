"""Faust's transport, handing over runs: consecutive records of one partition as one Faust message.

Faust's cost per message is then paid once per run, and one run is one transaction and one position. Private parts of
faust-streaming 0.15.3 are overridden: `tests/streams/test_transport_contract.py` fails when one changes its meaning.
"""

import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import chain, zip_longest
from tempfile import gettempdir
from typing import Any

import faust
import mode
from faust.auth import Credentials, SASLCredentials, SSLCredentials
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from yarl import URL

from streams.cluster import Cluster
from streams.runs import Fetched, in_runs

StartOf = Callable[[set[TP]], Awaitable[Mapping[TP, int]]]
"""Where a consumer starts in each partition that it was given."""


class RunConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Reads committed records only: Faust would do so only for transactions of its own."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001
        return consumer


class RunConsumer(driver.Consumer):  # type: ignore[misc]
    """Hands over runs, starting where the ledger's positions say."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._read_offset = _Unread()
        self.acknowledged: dict[tuple[str, int], int] = {}
        """By topic and partition: the offset up to which everything was applied, since the partitions were dealt."""

    def _new_consumer_thread(self) -> RunConsumerThread:
        return RunConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 - Faust's signature
        """What was fetched, by runs; nothing more once the flow stops or the partitions are dealt anew."""
        fetched, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        bounds = self.transport.run_records, self.transport.run_bytes
        wanted = [(tp, r) for tp, r in (fetched or {}).items() if active is None or tp in active]
        runs = [[(tp, run) for run in in_runs(records, *bounds)] for tp, records in wanted]
        for tp, run in filter(None, chain.from_iterable(zip_longest(*runs))):  # each partition in its turn
            if not self.flow_active or self.should_stop or self.app.consumer_generation_id != generation:
                return
            yield tp, _message(tp, run, generation)

    def ack(self, message: ConsumerMessage) -> bool:
        """A run was applied. Remembered here: Faust forgets it where Kafka is away when it wants to commit."""
        self.acknowledged[message.tp.topic, message.tp.partition] = message.offset + 1
        return bool(super().ack(message))

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Holes in a log are the ledger's to judge."""

    def _new_offset(self, tp: TP) -> int | None:
        """What Kafka is told of our progress, for consoles only: the highest offset acknowledged."""
        acked = self._acked[tp]
        if not acked:
            return None
        last: int = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return last + 1

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Start where the ledger says, whatever Kafka's committed offsets are."""
        offsets = dict(await super().seek_to_committed())
        offsets.update(await self.transport.start_of(set(self.assignment())))
        self.acknowledged.clear()
        for tp, offset in offsets.items():
            self._thread.seek(tp, offset)
        return offsets


class _Unread(defaultdict[TP, int | None]):
    """Faust passes over what it has read before; after a seek back that is what is due. The fence knows better."""

    def __getitem__(self, tp: TP) -> None:
        return None


def _message(tp: TP, records: list[Any], generation: int) -> ConsumerMessage:
    last = records[-1]
    at = last.timestamp / 1000.0
    return ConsumerMessage(
        tp.topic,
        tp.partition,
        last.offset,
        at,
        last.timestamp_type,
        [],
        None,
        records,
        None,
        None,
        None,
        tp,
        generation_id=generation,
    )


class RunTransport(driver.Transport):  # type: ignore[misc]
    """Faust's aiokafka transport with runs in place of messages."""

    Consumer = RunConsumer

    def __init__(self, cluster: Cluster, app: faust.App, start_of: StartOf, run_records: int, run_bytes: int) -> None:
        """Bound a run by `run_records` and about `run_bytes`."""
        super().__init__([URL(url) for url in _urls(cluster)], app)
        self.start_of = start_of
        self.run_records = run_records
        self.run_bytes = run_bytes


class RunSchema(faust.Schema):  # type: ignore[misc]
    """What an agent gets is a run."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> None:
        """A run has no key: its records have."""

    def loads_value(self, app: Any, message: Any, **_: Any) -> Fetched:  # noqa: ARG002 - Faust's signature
        """The run, still to be decoded; a bad record becomes one that says so, then."""
        return Fetched(message.tp.topic, message.tp.partition, message.value)


def faust_app(group: str, cluster: Cluster, start_of: StartOf, *, run_records: int, run_bytes: int) -> faust.App:
    """A Faust application whose messages are runs.

    Args:
        group: Kafka consumer group; it is also the application's id.
        cluster: where the topics are.
        start_of: where to start in the partitions that are assigned.
        run_records: records in a run at most.
        run_bytes: bytes in a run at about most.
    """
    app = faust.App(
        group,
        broker=_urls(cluster),
        broker_credentials=_credentials(cluster.access),
        datadir=f"{gettempdir()}/vigie-faust-{os.getuid()}",  # Faust wants one; we keep no tables in it
        agent_supervisor=mode.CrashingSupervisor,  # an agent that cannot go on stops the worker: it never skips
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_session_timeout=6.0,
        broker_rebalance_timeout=6.0,
        broker_heartbeat_interval=1.0,
        broker_commit_interval=1.0,
        broker_max_poll_records=8000,
        stream_buffer_maxsize=256,  # in runs; with 16 Faust sleeps a second whenever buffers are full
        stream_wait_empty=False,
        web_enabled=False,
        web_bind="127.0.0.1",
        worker_redirect_stdouts=False,
    )
    app.transport = RunTransport(cluster, app, start_of, run_records, run_bytes)
    return app


def _urls(cluster: Cluster) -> list[str]:
    return [f"kafka://{server}" for server in cluster.options()["bootstrap_servers"]]


def _credentials(access: Mapping[str, Any]) -> Credentials | None:
    """The same in Faust's words."""
    context = access.get("ssl_context")
    if "sasl_mechanism" not in access:
        return None if context is None else SSLCredentials(context)
    return SASLCredentials(
        mechanism=access["sasl_mechanism"],
        username=access["sasl_plain_username"],
        password=access["sasl_plain_password"],
        ssl_context=context,
    )
