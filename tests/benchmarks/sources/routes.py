"""Bare FastAPI routes beside the intake: `python routes.py validates|kafka-rest PORT`, as `Settings` say."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Request
from pydantic import BaseModel

from schemas.events.court_judgments import JudgmentPublished
from streams import garbage
from streams.settings import Settings


class Line(BaseModel):
    """What the intake is sent, of the one type that is measured."""

    type: str
    value: JudgmentPublished


class Sent(BaseModel):
    """A record as the convention of Kafka REST has it: any JSON."""

    key: str
    value: dict[str, Any]


class Batch(BaseModel):
    """The body of a request to Kafka REST."""

    records: list[Sent]


def validates() -> FastAPI:
    """Validates what it is sent, by the same model, and forgets it."""
    app = FastAPI()

    @app.post("/one")
    async def one(line: Line) -> dict[str, int]:
        return {"valid": 1 if line.value else 0}

    @app.post("/lines")
    async def lines(request: Request) -> dict[str, int]:
        body = await request.body()
        return {"valid": len([Line.model_validate_json(line) for line in body.splitlines()])}

    return app


def kafka_rest(settings: Settings) -> FastAPI:
    """Sends what it is given as JSON, whatever it is, and answers when all of it is acknowledged."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        app.state.producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", enable_idempotence=True)
        async with app.state.producer:
            yield

    app = FastAPI(lifespan=opened)

    @app.post("/topics/{topic}")
    async def publish(topic: str, batch: Batch) -> dict[str, list[dict[str, int]]]:
        producer = app.state.producer
        sent = [
            await producer.send(topic, json.dumps(record.value).encode(), record.key.encode())
            for record in batch.records
        ]
        placed = await asyncio.gather(*sent)
        return {"offsets": [{"partition": place.partition, "offset": place.offset} for place in placed]}

    return app


if __name__ == "__main__":
    served = {"validates": validates, "kafka-rest": lambda: kafka_rest(Settings())}[sys.argv[1]]()
    garbage.collect_seldom()  # as `vigie intake` does
    uvicorn.run(served, port=int(sys.argv[2]), log_level="warning", access_log=False)
