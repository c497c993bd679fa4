"""The agents: one per topic, a table of contents."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import faust

from streams.runs import Run
from streams.transport import RunSchema

TOPICS = ("court-judgments", "buyer-updates", "limits", "payments", "claims", "policies", "deliveries")
"""What the hub reads; the rule of each is in `streams.commitments.rules`."""

QUEUED = 8
"""Runs of a partition that wait their turn, as bytes, while those of others go on."""


class Applies(Protocol):
    """Whoever makes a commit of a run: the hub, or a sink's consumer."""

    async def apply(self, run: Run) -> bool:
        """False: the run was not applied, and what is missing before it is being read."""


def register(app: faust.App, topics: list[str], make: Callable[[], Applies], at_once: int = 1) -> None:
    """Make an agent for each topic: it has each run committed, and then acknowledges it.

    Args:
        app: whose messages are runs.
        topics: full names.
        make: makes what applies runs, one after the other.
        at_once: how many of a topic's partitions are applied at the same time at most; the runs of one partition
            always follow each other.
    """
    for topic in topics:
        app.agent(app.topic(topic, schema=RunSchema()), name=f"vigie.{topic}")(_body(make, at_once))


def _body(make: Callable[[], Applies], at_once: int) -> Callable[[Any], Awaitable[None]]:
    async def apply_runs(stream: Any) -> None:
        queues: dict[int, asyncio.Queue[Any]] = {}
        try:
            async with asyncio.TaskGroup() as tasks:
                async for event in stream.noack().events():
                    turn = event.message.partition % at_once
                    if turn not in queues:
                        queues[turn] = asyncio.Queue(QUEUED)
                        tasks.create_task(_apply_in_turn(queues[turn], make()))
                    await queues[turn].put(event)
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None  # the first ended the others

    return apply_runs


async def _apply_in_turn(queue: asyncio.Queue[Any], applies: Applies) -> None:
    while True:
        event = await queue.get()
        if await applies.apply(event.value.read()):
            event.ack()
