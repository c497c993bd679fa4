"""Runs that start past the position: looked at twice before they are believed."""

from collections.abc import Awaitable, Callable

import structlog

from streams.ledger.errors import GapError
from streams.runs import Run

log = structlog.get_logger()

Seek = Callable[[str, int, int], Awaitable[None]]
"""Makes the consumer read a partition (topic, partition) again from an offset; refuses a log that does not hold it."""


class Gaps:
    """Believes a gap only when the broker, asked again from the position, offers the same record first.

    After a rebalance a prefetch can hand over later records first; but a transaction marker may also lie between.
    """

    def __init__(self, seek: Seek) -> None:
        """Take the way to read a partition again."""
        self._seek = seek
        self._offers: dict[tuple[str, int], tuple[int, int]] = {}

    def refuse(self, run: Run, position: int) -> None:
        """Let pass a run that starts at or before the position, or one that was offered again from there.

        Raises:
            GapError: records between the position and the run were not handed over.
        """
        offer = (position, run.first_offset)
        if run.first_offset > position and self._offers.get((run.topic, run.partition)) != offer:
            raise GapError(run.topic, run.partition, *offer)

    async def read_again(self, gap: GapError) -> None:
        """Seek back to the position, once for each first offer; later ones are leftovers of the same prefetch."""
        place, offer = (gap.topic, gap.partition), (gap.position, gap.offered)
        before = self._offers.get(place)
        if before is not None and before[0] == gap.position and before[1] < gap.offered:
            return
        self._offers[place] = offer
        log.warning("gap", topic=gap.topic, partition=gap.partition, due=gap.position, offered=gap.offered)
        await self._seek(gap.topic, gap.partition, gap.position)

    def closed(self, run: Run) -> None:
        """A run of this partition was applied: nothing is missing before it."""
        self._offers.pop((run.topic, run.partition), None)
