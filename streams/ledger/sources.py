"""How the sources fare: one that goes wrong is paused, and its records wait; nobody else does."""

from collections import Counter

import structlog
from psycopg import AsyncConnection

from streams.ledger.batch import NOT_ALLOWED, Batch
from streams.ledger.queries import SQL

log = structlog.get_logger()

LEAST_TO_JUDGE = 50
"""Records of a source in the window before it can be paused."""
WORST_SHARE = 0.5
"""A source is paused when more than this share of its last records is refused."""
WINDOW = 1000
"""Records of a source that are looked back at, as `count_source` has it."""


class Sources:
    """How each source fares, as one worker sees it: its hubs share this, or good records on other partitions were lost.

    Good records are counted in the ledger only when a bad one comes: a row that every commit writes would be a line in
    which all workers wait.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._good: Counter[str] = Counter()

    async def count(self, connection: AsyncConnection, batch: Batch) -> None:
        """Count the sources that had a record refused; pause one of which more than half was."""
        refused = _refused(batch)
        for source in sorted(refused):
            received = batch.sources[source] + min(self._good[source], WINDOW)
            counts = {"source": source, "received": received, "refused": refused[source]}
            row = await (await connection.execute(SQL["count_source"], counts)).fetchone()
            assert row is not None
            if row[0] >= LEAST_TO_JUDGE and row[1] / row[0] > WORST_SHARE:
                reason = f"{row[1]} of its last {row[0]} records were refused"
                await connection.execute(SQL["hold"], (f"source:{source}", reason))
                log.error("source paused", source=source, reason=reason, next=f"mend it, then: vigie resume {source}")

    def committed(self, batch: Batch) -> None:
        """Remember a committed batch's good records; those of a source just counted are in the ledger now."""
        self._good.update(batch.sources)
        for source in _refused(batch):
            del self._good[source]


def _refused(batch: Batch) -> Counter[str]:
    """What each source had refused; what was written in its name by who may not is none of its own."""
    return Counter(
        record.header.source
        for record, refusal in batch.refused
        if record.event is not None and refusal.reason != NOT_ALLOWED
    )
