"""What providers are told: what became of an event of theirs, what was refused, how they fare. Never who was told."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from schemas.versions import versions
from streams.ledger.identity import pair_key
from streams.ledger.queries import load

SQL = load("streams.ledger", "feedback.sql")
_FIRST_TOLD = [
    version.id.to_bytes(4, "big")
    for version in versions().values()
    if version.name == "vigie.court_judgments.JudgmentPublished"
]
"""Ids of the judgments that correct no other."""
_WAITS = {"policy": "parked", "key": "held", "source": "held"}
_FOR = {
    "policy": "a policy whose terms are not known yet",
    "key": "an earlier record of the same key, which failed and which a person looks at",
    "source": "the source, which is paused",
}
PLACE = r"^[a-z-]+/[0-9]{1,9}/[0-9]{1,18}$"
"""A position in one word, as `limits/0/12`."""
_NEWEST = {"at": "infinity", "topic": "", "partition": 0, "offset": 0}
"""Every refusal comes after it."""


@dataclass(frozen=True, slots=True)
class RecordPosition:
    """Where a record lies."""

    topic: str
    """Without the prefix."""
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Refused:
    """One record that was refused."""

    event_id: str | None
    """None where it is not known: its header could not be decoded, or its id was not kept."""
    reason: str
    detail: str
    refused_at: dt.datetime
    position: RecordPosition


@dataclass(frozen=True, slots=True)
class Refusals:
    """A source's refusals, the newest first, or a part of them."""

    refusals: tuple[Refused, ...]
    next: str | None
    """Place of the last, `before` which the list goes on; None: there are no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of an event."""

    source: str
    event_id: str
    state: str
    """`applied`; `joined`: applied, and another provider had told it before; `parked`: it waits by itself; `held`: it
    waits for a person; `refused`; `received`: on its topic, not read yet."""
    waits_for: str | None
    position: RecordPosition
    occurred_at: dt.datetime | None
    """None while it is not applied."""
    published_at: dt.datetime | None
    received_at: dt.datetime | None
    """When the broker appended it."""
    notices: int
    """How many were owed because of it."""
    repeats: int
    """How often the same came again."""
    refusals: tuple[Refused, ...]
    """Of records under this id; one that came after the event was applied changed nothing."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Seconds; None without events."""

    median_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """How a source fared since an instant."""

    source: str
    since: dt.datetime
    received: int
    """Records: events, repeats and refusals."""
    events: int
    """Different ones, taken in."""
    repeats: int
    refused: Mapping[str, int]
    """By reason."""
    corrections: int
    """Rectified and annulled judgments among the events."""
    occurred_to_published: Lateness
    published_to_received: Lateness


async def fate_of(
    connection: AsyncConnection, prefix: str, source: str, event_id: str, receipt: RecordPosition | None = None
) -> Fate | None:
    """What became of an event; where only its `receipt` is known it is received; None: nothing is known."""
    asked = {"event_key": pair_key(source, event_id), "first_told": _FIRST_TOLD}
    row = await (await connection.execute(SQL["fate"], asked)).fetchone()
    assert row is not None
    applied, waiting, (notices, repeats) = row[:6], row[6:11], row[11:]
    refusals = await _refusals(connection, prefix, "refusals_of_event", asked)
    place = _place(prefix, waiting) or _place(prefix, applied) or (refusals[-1].position if refusals else receipt)
    if place is None:
        return None
    state = _WAITS.get(waiting[4] or "")
    if state is None and applied[0] is not None:
        joined = await (await connection.execute(SQL["joined"], asked)).fetchone()
        state = "joined" if joined and joined[0] else "applied"
    return Fate(
        source=source,
        event_id=event_id,
        state=state or ("refused" if refusals else "received"),
        waits_for=_FOR.get(waiting[4] or ""),
        position=place,
        occurred_at=applied[3],
        published_at=applied[4],
        received_at=applied[5] or waiting[3],
        notices=notices,
        repeats=repeats,
        refusals=refusals,
    )


async def refusals_of(
    connection: AsyncConnection, prefix: str, source: str, limit: int, before: str | None = None
) -> Refusals | None:
    """A source's refusals, the newest first, or those that come after the one at `before` in that order.

    None: no refusal of the source lies there.
    """
    asked: dict[str, Any] = {"source": source, "limit": limit + 1, **_NEWEST}
    if before is not None:
        topic, partition, offset = before.split("/")
        asked |= {"topic": prefix + topic, "partition": int(partition), "offset": int(offset)}
        row = await (await connection.execute(SQL["refused_at"], asked)).fetchone()
        if row is None:
            return None
        asked["at"] = row[0]
    found = await _refusals(connection, prefix, "refusals_of_source", asked)
    last = found[limit - 1].position if len(found) > limit else None
    return Refusals(found[:limit], f"{last.topic}/{last.partition}/{last.offset}" if last else None)


async def sources_since(connection: AsyncConnection, since: dt.datetime) -> list[str]:
    """Who published anything."""
    return [source for (source,) in await (await connection.execute(SQL["sources"], {"since": since})).fetchall()]


async def scorecard_of(connection: AsyncConnection, source: str, since: dt.datetime) -> Scorecard:
    """How a source fared."""
    asked = {"source": source, "since": since, "first_told": _FIRST_TOLD}
    counted = await (await connection.execute(SQL["events_of_source"], asked)).fetchone()
    repeated = await (await connection.execute(SQL["repeats_of_source"], asked)).fetchone()
    by_reason = await (await connection.execute(SQL["refusals_by_reason"], asked)).fetchall()
    refused: dict[str, int] = dict(by_reason)
    assert counted is not None
    assert repeated is not None
    events, corrections, told, brought = counted
    return Scorecard(
        source=source,
        since=since,
        received=events + repeated[0] + sum(refused.values()),
        events=events,
        repeats=repeated[0],
        refused=refused,
        corrections=corrections,
        occurred_to_published=_lateness(told),
        published_to_received=_lateness(brought),
    )


async def _refusals(
    connection: AsyncConnection, prefix: str, query: str, asked: Mapping[str, Any]
) -> tuple[Refused, ...]:
    rows = await (await connection.execute(SQL[query], asked)).fetchall()
    return tuple(
        Refused(event_id, reason, detail, at, RecordPosition(topic.removeprefix(prefix), partition, offset))
        for event_id, reason, detail, at, topic, partition, offset in rows
    )


def _place(prefix: str, row: tuple[Any, ...]) -> RecordPosition | None:
    return RecordPosition(row[0].removeprefix(prefix), *row[1:3]) if row[0] is not None else None


def _lateness(quantiles: list[float] | None) -> Lateness:
    median, p95 = (round(float(value), 3) for value in quantiles) if quantiles else (None, None)
    return Lateness(median, p95)
