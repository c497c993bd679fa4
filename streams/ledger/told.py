"""Who was told what in the cases at hand; and whether one of them is being told at this moment."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from schemas.errors import UnavailableError
from streams.commitments.facts import Facts
from streams.commitments.judgments import asks_who_was_told
from streams.ledger.batch import Slice
from streams.ledger.identity import event_key
from streams.ledger.queries import SQL
from streams.runs import Received


async def read_told(
    connection: AsyncConnection,
    facts: Facts,
    due: Sequence[Received],
    whom: Slice,
    half_told: bytes | None,
    own: list[str] | None,
) -> list[tuple[Any, ...]]:
    """What was told before the records that are due, where one asks; its policies are to be locked, covered or not."""
    if not facts.cases or not any(asks_who_was_told(r.event, facts) for r in due if r.event is not None):
        return []
    asked = {
        "cases": list(facts.cases),
        "after": whom.after,
        "until": whom.until,
        "half_told": half_told,
        "due": [event_key(r.header) for r in due if r.event is not None],
        "own": own,
    }
    return await (await connection.execute(SQL["read_told"], asked, binary=True)).fetchall()


async def wait_for_slices(connection: AsyncConnection, judgments: Sequence[tuple[Any, ...]]) -> None:
    """Make sure that no other partition is telling one of these judgments slice by slice.

    What joins its case, or corrects it, counts on everybody having been told: in between, the rest would never be. What
    stands alone may be what the rest of a correction would find as its target.

    Raises:
        UnavailableError: one is being told; try again.
    """
    asked = [[key for key, *_ in judgments]]
    found = await (await connection.execute(SQL["read_being_told"], asked)).fetchone()
    if found is not None:
        topic, partition, offset = found
        raise UnavailableError(f"{topic}/{partition} @ {offset} is being told: what else is said of its buyer waits")
