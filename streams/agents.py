"""The agents: one per topic, a table of contents."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import faust

from streams.runs import Run
from streams.transport import RunSchema

TOPICS = ("court-judgments", "limits", "policies", "deliveries")
"""What the hub reads; the rules of each are in `streams.commitments.rules`."""


class Applies(Protocol):
    """Whoever makes a commit of a run: the hub, or a sink's consumer."""

    async def apply(self, run: Run) -> bool:
        """False: the run was not applied, and what is missing before it is being read."""


def register(app: faust.App, topics: list[str], applies: Applies) -> None:
    """Make an agent for each topic: it has each run committed, in order, one by one, and then acknowledges it."""
    for topic in topics:
        app.agent(app.topic(topic, schema=RunSchema()), name=f"vigie.{topic}")(_body(applies))


def _body(applies: Applies) -> Callable[[Any], Awaitable[None]]:
    async def apply_runs(stream: Any) -> None:
        async for event in stream.noack().events():
            if await applies.apply(event.value.read()):
                event.ack()

    return apply_runs
