"""Number and seal what a batch tells, and put it where the publishers look, with what it refuses."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from schemas.codec import encode
from schemas.errors import RefusedError
from schemas.notices.header import Cause
from streams.commitments.envelope import seal
from streams.ledger.batch import Batch, Draft
from streams.ledger.identity import event_key, partition_of
from streams.ledger.queries import SQL, columns
from streams.ledger.site import Site
from streams.runs import Received

LARGEST_NOTICE = 900_000
"""Bytes: the topic takes 1 MB a message, and Kafka adds its own."""
LARGEST_DEAD_LETTER = 65_536
"""Bytes of the original that a dead letter repeats; of a longer one the start, and the hash of all."""

Numbered = list[tuple[Draft, int]]
"""New notices, each with its policy's running number."""
Entry = tuple[str, bytes | None, bytes, list[tuple[str, str]]]
"""Id, key, payload, headers of one record to send."""


class TooLargeError(Exception):
    """A notice cannot be sent as one message."""


async def number(connection: AsyncConnection, batch: Batch, last: Mapping[str, int]) -> Numbered:
    """Number the notices that are not known yet, without a gap: their policies are locked. `last` is by policy_id."""
    if not batch.drafts:
        return []
    known = await connection.execute(SQL["known_notices"], [list(batch.drafts)], binary=True)
    have = {notice_id for (notice_id,) in await known.fetchall()}
    given: dict[str, int] = {}
    numbered: Numbered = []
    for notice_id, draft in batch.drafts.items():
        if notice_id not in have:
            policy_id = draft.owed.policy_id
            given[policy_id] = (given.get(policy_id) or last.get(policy_id, 0)) + 1
            numbered.append((draft, given[policy_id]))
    return numbered


async def tell(connection: AsyncConnection, batch: Batch, numbered: Numbered, seq: int, site: Site) -> bool:
    """Store the new notices and put them, sealed, where the publishers look; False where there is nothing to send.

    In a pipeline PostgreSQL takes in a part while we seal the next.
    """
    if numbered:
        await connection.execute(SQL["put_notices"], [*columns([_row(d, n) for d, n in numbered]), seq])
    for partition, notices in _by_partition(numbered, site.partitions["notices"]).items():
        entries = [_entry(draft, n, site) for draft, n in notices]
        await _put_outbox(connection, (site.full("notices"), partition), entries, seq)
    for partition, letters in _dead_letters(batch, site.partitions["dead-letters"]).items():
        await _put_outbox(connection, (site.full("dead-letters"), partition), letters, seq)
    if not numbered and not batch.refused:
        return False
    await connection.execute("SELECT pg_notify('vigie_outbox', '')")
    return True


async def _put_outbox(connection: AsyncConnection, lane: tuple[str, int], entries: list[Entry], seq: int) -> None:
    ids, keys, payloads, headers = columns(entries)
    row = (*lane, seq, ids, keys, payloads, Jsonb(headers if any(headers) else []))
    await connection.execute(SQL["put_outbox"], row)


def _row(draft: Draft, number: int) -> tuple[Any, ...]:
    """The notice as `put_notices` takes it."""
    owed, cause = draft.owed, event_key(draft.record.header)
    told = (owed.notice_id, owed.policy_id, number, owed.case_id, owed.kind.__name__)
    return (*told, owed.commitment, owed.revises, cause, draft.now, owed.due_at)


def _by_partition(numbered: Numbered, partitions: int) -> dict[int, Numbered]:
    found: dict[int, Numbered] = defaultdict(list)
    for draft, n in numbered:
        found[partition_of(draft.owed.policy_id.encode(), partitions)].append((draft, n))
    return found


def _entry(draft: Draft, number: int, site: Site) -> Entry:
    owed, header = draft.owed, draft.record.header
    cause = _cause(*draft.record.place, header.source, header.event_id)
    payload = encode(seal(owed, draft.policy, number, cause, now=draft.now, zone=site.zone))
    if len(payload) > LARGEST_NOTICE:
        raise TooLargeError(f"{owed.kind.__name__} of {owed.policy_id}: {len(payload)} bytes, at most {LARGEST_NOTICE}")
    return str(owed.notice_id), owed.policy_id.encode(), payload, []


@lru_cache(maxsize=1024)
def _cause(topic: str, partition: int, offset: int, source: str, event_id: str) -> Cause:
    """One for all the notices of a record: what is the same is also encoded once."""
    return Cause(topic=topic, partition=partition, offset=offset, source=source, event_id=event_id)


def _dead_letters(batch: Batch, partitions: int) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = defaultdict(list)
    for record, refusal in batch.refused:
        key = record.key if record.key is not None else str(record.offset).encode()
        found[partition_of(key, partitions)].append(dead_letter(record, refusal))
    return found


def dead_letter(record: Received, refusal: RefusedError) -> Entry:
    """The original bytes with where they were found and why they were refused; of long ones the start and the hash."""
    raw = record.raw or b""
    place = f"{record.topic}/{record.partition}/{record.offset}"
    headers = [
        ("topic", record.topic),
        ("partition", str(record.partition)),
        ("offset", str(record.offset)),
        ("reason", refusal.reason),
        ("detail", refusal.detail),
        ("broker_at", record.broker_at.isoformat()),
    ]
    if len(raw) > LARGEST_DEAD_LETTER:
        headers += [("bytes", str(len(raw))), ("sha256", hashlib.sha256(raw).hexdigest())]
    return place, record.key, raw[:LARGEST_DEAD_LETTER], headers
