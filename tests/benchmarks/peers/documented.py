"""Faust as its guide has it: one message at a time, no database; at most once where the process dies."""

import datetime as dt
import os
import sys
import tempfile
from typing import Any

import faust
from in_memory import covers_on, notices, read
from told import Told

from streams.settings import Settings

settings, told = Settings(), Told()
app = faust.App(
    settings.group,
    broker=f"kafka://{settings.kafka}",
    value_serializer="raw",
    datadir=tempfile.mkdtemp(prefix="vigie-bench-faust-"),
    topic_disable_leader=True,
    web_enabled=False,
)
judgments = app.topic(settings.topic_prefix + "court-judgments", value_type=bytes)
out = app.topic(settings.topic_prefix + "notices", value_type=bytes)


@app.agent(judgments)
async def alert(stream: Any) -> None:
    """Tell whoever is exposed."""
    async for event in stream.events():
        message = event.message
        judgment = read(event.value)
        place = (message.topic, message.partition, message.offset)
        for key, raw in notices(judgment, covers_on(judgment.buyer_id), place, dt.datetime.now(dt.UTC)):
            await out.send(key=key, value=raw)
        if told.add(1):
            told.say()
            os._exit(0)


if __name__ == "__main__":
    sys.argv[1:] = ["--loop", "uvloop", "worker", "-l", "error", "--without-web"]
    app.main()
