"""How the sources fare: one that goes wrong is paused, and its records wait; nobody else does."""

from collections import Counter

import structlog
from psycopg import AsyncConnection

from streams.ledger.batch import Batch
from streams.ledger.queries import SQL

log = structlog.get_logger()

LEAST_TO_JUDGE = 50
"""Records of a source in the window before it can be paused."""
WORST_SHARE = 0.5
"""A source is paused when more than this share of its last records is refused."""


async def count_refusals(connection: AsyncConnection, batch: Batch) -> None:
    """Count the sources that had a record refused; pause one of which more than half was."""
    refused = Counter(r.header.source for r, _ in batch.refused if r.event is not None)
    for source in sorted(refused):
        counts = {"source": source, "received": batch.sources[source] + refused[source], "refused": refused[source]}
        row = await (await connection.execute(SQL["count_source"], counts)).fetchone()
        assert row is not None
        if row[0] >= LEAST_TO_JUDGE and row[1] / row[0] > WORST_SHARE:
            reason = f"{row[1]} of its last {row[0]} records were refused"
            await connection.execute(SQL["hold"], (f"source:{source}", reason))
            log.error("source paused", source=source, reason=reason, next=f"mend it, then: vigie resume {source}")
