"""The least that any contender does in Python: fetch a record, decode it, validate it. Nothing is kept, nobody is told.

Whatever is a multiple of it cannot be reached by a worker of one core, whatever it does with the record.
"""

import asyncio

import uvloop
from aiokafka import AIOKafkaConsumer
from told import Told

from schemas.codec import decode
from streams.settings import Settings


async def main() -> None:
    """Read the topic's share, and say how it went."""
    settings, told = Settings(), Told()
    consumer = AIOKafkaConsumer(
        settings.topic_prefix + "court-judgments",
        bootstrap_servers=settings.kafka,
        group_id=settings.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    done = False
    while not done:
        fetched = await consumer.getmany(timeout_ms=1000, max_records=settings.run_records)
        for records in fetched.values():
            for record in records:
                decode(record.value)
            done = told.add(len(records))
    told.say()
    await consumer.stop()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main())
