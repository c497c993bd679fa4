"""A bare aiokafka echo: the least that produce, a Python process and consume take on this broker."""

import asyncio

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streams.settings import Settings


async def main() -> None:
    """Send back what comes."""
    settings = Settings()
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all")
    consumer = AIOKafkaConsumer(
        settings.topic_prefix + "court-judgments", bootstrap_servers=settings.kafka, auto_offset_reset="earliest"
    )
    await producer.start()
    await consumer.start()
    async for record in consumer:
        await producer.send_and_wait(settings.topic_prefix + "notices", record.value, key=record.key)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main())
