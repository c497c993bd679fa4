"""FastStream's batches, or a bare aiokafka loop, around the same ledger code: what Faust itself costs.

`python same_ledger.py faststream|aiokafka`; neither hears of gaps or of logs that changed, nor starts where the ledger
says.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from psycopg import AsyncConnection

from streams import garbage
from streams.adoption import open_lanes
from streams.cluster import Cluster
from streams.ledger.connection import connect
from streams.ledger.hub import Hub
from streams.ledger.positions import start_of
from streams.ledger.sources import Sources
from streams.logs import Logs
from streams.outbox import Publisher
from streams.parts import make_site, open_database
from streams.runs import Received, Run
from streams.settings import Settings

Apply = Callable[[Iterable[Any]], Awaitable[None]]


async def faststream(settings: Settings, topic: str, apply: Apply) -> None:
    """A batch subscriber, as FastStream documents it."""
    broker = KafkaBroker(settings.kafka, logger=None)

    async def as_it_is(message: Any) -> Any:
        return message.body

    @broker.subscriber(
        topic,
        batch=True,
        max_records=settings.run_records,
        group_id=settings.group,
        auto_offset_reset="earliest",
        decoder=as_it_is,
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def handle(_bodies: list[Any], message: KafkaMessage) -> None:
        await apply(message.raw_message)

    await broker.start()
    await asyncio.Event().wait()


async def aiokafka(settings: Settings, topic: str, apply: Apply) -> None:
    """The loop that every tutorial has."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=settings.kafka,
        group_id=settings.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    while True:
        fetched = await consumer.getmany(timeout_ms=1000, max_records=settings.run_records)
        for tp, records in fetched.items():
            await apply(records)
            await consumer.commit({tp: records[-1].offset + 1})


async def main(loop: Callable[[Settings, str, Apply], Awaitable[None]]) -> None:
    """Put the hub together as `streams.app` does, without its guard."""
    settings = Settings()
    site, logs = make_site(settings), Logs(Cluster(settings.kafka))
    publisher = Publisher(site, partial(open_database, settings), Cluster(settings.kafka))
    open_ledger = partial(connect, settings.database_url.get_secret_value())
    topic = site.full("court-judgments")
    look_at_written = partial(asyncio.to_thread, logs.extents, [*map(site.full, site.partitions)])
    look_at_read = partial(asyncio.to_thread, logs.extents, [topic])

    async def prepare(connection: AsyncConnection) -> None:
        await open_lanes(connection, site, look_at_written)

    async def no_seek(*_: object) -> None:
        raise NotImplementedError

    hub = Hub(site, open_ledger, prepare=prepare, seek=no_seek, committed=publisher.wake, standing=Sources())
    async with await open_ledger() as connection:
        await start_of(connection, settings.group, look_at_read, set(await look_at_read()))

    async def apply(records: Iterable[Any]) -> None:
        runs: dict[int, list[Received]] = defaultdict(list)
        for r in records:
            runs[r.partition].append(Received(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value).read())
        for partition, run in runs.items():
            await hub.apply(Run(topic, partition, run))

    await asyncio.gather(publisher.run(), loop(settings, topic, apply))


if __name__ == "__main__":
    uvloop.install()
    garbage.collect_seldom()  # as `vigie worker` does
    asyncio.run(main({"faststream": faststream, "aiokafka": aiokafka}[sys.argv[1]]))
