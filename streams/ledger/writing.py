"""Write what a batch changes, inside the transaction that moves the position."""

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, AsyncCopy
from psycopg.types.json import Jsonb

from schemas.codec import encode
from schemas.errors import RefusedError
from schemas.events.court_judgments import JudgmentPublished, correction_in
from schemas.notices.header import Cause
from streams.commitments.decision import Review
from streams.commitments.envelope import seal
from streams.commitments.facts import Policy
from streams.ledger.batch import Batch, Draft
from streams.ledger.identity import event_key, pair_key, partition_of
from streams.ledger.payments import settle_reviews, write_payments
from streams.ledger.queries import SQL
from streams.ledger.reading import RECIPIENTS, Held
from streams.ledger.site import Site
from streams.runs import Received

LARGEST_NOTICE = 900_000
"""Bytes: the topic takes 1 MB a message, and Kafka adds its own."""
LARGEST_DEAD_LETTER = 65_536
"""Bytes of the original that a dead letter repeats; of a longer one the start, and the hash of all."""

Entry = tuple[str, bytes | None, bytes, list[tuple[str, str]]]
"""Id, key, payload, headers of one record to send."""
Lanes = dict[tuple[str, int], list[Entry]]
"""What is to be sent, by topic and partition."""


class TooLargeError(Exception):
    """A notice cannot be sent as one message."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is to be sent, and what goes with it: written last, with the position, in one round trip."""

    lanes: Lanes
    numbers: dict[str, int]
    """The last running number of each policy that is told something."""
    promises: list[tuple[Any, ...]]
    """As the table has them."""


async def write(connection: AsyncConnection, batch: Batch, held: Held, site: Site) -> Outgoing:
    """Write everything but the position and what is to be sent; returns that."""
    facts = held.facts
    columns = "event_key, digest, topic, partition, record_offset, source, occurred_at, published_at, received_at"
    await _copy(connection, f"event ({columns})", batch.events, EVENT)
    await _copy(connection, "repeat (event_key, source, received_at)", batch.repeated, REPEAT)
    await _write_facts(connection, batch, held.seq)
    if facts.claims or facts.received:  # nothing of them is stored without being a fact
        await write_payments(connection, batch)
    outgoing = Outgoing(defaultdict(list), {}, [])
    if batch.drafts:
        await _write_notices(connection, batch, held, site, outgoing)
    await _write_exceptions(connection, batch, site, outgoing.lanes)
    if facts.citing:
        await settle_reviews(connection, batch)  # after those that the batch itself opened
    return outgoing


async def put_outbox(connection: AsyncConnection, outgoing: Outgoing, seq: int) -> None:
    """Put what is to be sent where the publishers look, and wake them."""
    if outgoing.numbers:
        await connection.execute(SQL["put_numbers"], [list(outgoing.numbers), list(outgoing.numbers.values())])
    if outgoing.promises:
        await connection.execute(
            SQL["open_promises"], [list(column) for column in zip(*outgoing.promises, strict=True)]
        )
    for (topic, partition), entries in outgoing.lanes.items():
        ids, keys, payloads, headers = (list(column) for column in zip(*entries, strict=True))
        row = (topic, partition, seq, ids, keys, payloads, Jsonb(headers if any(headers) else []))
        await connection.execute(SQL["put_outbox"], row)
    if outgoing.lanes:
        await connection.execute("SELECT pg_notify('vigie_outbox', '')")


async def _copy(connection: AsyncConnection, into: str, rows: Sequence[Sequence[Any]], types: Sequence[str]) -> None:
    """COPY rows; nothing for none."""
    if rows:
        async with _copying(connection, into, types) as copy:
            for row in rows:
                await copy.write_row(row)


@asynccontextmanager
async def _copying(connection: AsyncConnection, into: str, types: Sequence[str]) -> AsyncIterator[AsyncCopy]:
    """A COPY in binary that takes rows while it is open."""
    async with connection.cursor() as cursor, cursor.copy(f"COPY ledger.{into} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        yield copy


EVENT = ("bytea", "bytea", "text", "int4", "int8", "text", "timestamptz", "timestamptz", "timestamptz")
REPEAT = ("bytea", "text", "timestamptz")
JUDGMENT = ("bytea", "int8", "int8", "uuid", "text", "bytea", "bytea", "bytea")
COVER = ("text", "text", "date", "date", "text", "numeric", "text")
NOTICE = ("uuid", "text", "int8", "uuid", "text", "int2", "uuid", "bytea", "int8")


async def _write_facts(connection: AsyncConnection, batch: Batch, seq: int) -> None:
    judgments = [
        (
            event_key(j.record.header),
            seq,
            record.offset,
            j.case_id,
            j.record.buyer_id,
            pair_key(j.record.header.source, j.record.reference),
            _corrects(j.record),
            record.raw if j.record is record.event else encode(j.record),  # a void is stored as an annulment
        )
        for record, decision in batch.decided
        for j in decision.judgments
    ]
    into = "judgment (event_key, seq, record_offset, case_id, buyer_id, reference_key, corrects_key, record)"
    await _copy(connection, into, judgments, JUDGMENT)
    await _write_covers(connection, batch)
    policies = {p.policy_id: p for _, d in batch.decided for p in d.policies}
    declared = [(d.policy_id, d.buyer_id, d.declared_on) for _, decision in batch.decided for d in decision.declared]
    kept = [{"notice_id": k.notice_id, "at": k.at, "evidence": k.evidence} for _, d in batch.decided for k in d.kept]
    await _many(connection, "put_policy", [_policy_row(p) for p in policies.values()])
    await _many(connection, "put_declared", declared)
    await _many(connection, "keep_promise", kept)


def _corrects(record: JudgmentPublished) -> bytes | None:
    corrects = correction_in(record)
    return pair_key(record.header.source, corrects.reference) if corrects and corrects.reference else None


async def _write_covers(connection: AsyncConnection, batch: Batch) -> None:
    """The last timeline of each pair stands in place of what was there."""
    last = {(t.buyer_id, t.policy_id): t for _, decision in batch.decided for t in decision.covers}
    if not last:
        return
    await connection.execute(SQL["drop_timeline"], [[b for b, _ in last], [p for _, p in last]])
    rows = [
        (c.buyer_id, c.policy_id, c.since, c.until, c.cover_id, c.amount, c.currency)
        for timeline in last.values()
        for c in timeline.periods
    ]
    await _copy(connection, "cover (buyer_id, policy_id, since, until, cover_id, amount, currency)", rows, COVER)


def _policy_row(policy: Policy) -> tuple[Any, ...]:
    recipients = RECIPIENTS.dump_json(policy.recipients).decode()
    contact = policy.contact.model_dump_json() if policy.contact else None
    return policy.policy_id, [encode(terms) for terms in policy.terms], recipients, contact


async def _many(connection: AsyncConnection, name: str, rows: Iterable[Any]) -> None:
    rows = list(rows)
    if rows:
        async with connection.cursor() as cursor:
            await cursor.executemany(SQL[name], rows)


async def _write_notices(connection: AsyncConnection, batch: Batch, held: Held, site: Site, outgoing: Outgoing) -> None:
    """Number what is new, seal it, put it among what is to be sent; every promise stands, also an adopted one's."""
    known = await connection.execute(SQL["known_notices"], [list(batch.drafts)], binary=True)
    new = batch.drafts.keys() - {notice_id for (notice_id,) in await known.fetchall()}
    topic = site.full("notices")
    numbers = outgoing.numbers
    into = "notice (notice_id, policy_id, number, case_id, kind, commitment, revises, cause_key, seq)"
    async with _copying(connection, into, NOTICE) as copy:  # PostgreSQL takes each in while we seal the next
        for draft in batch.drafts.values():
            owed = draft.owed
            if owed.notice_id in new:
                last = numbers.get(owed.policy_id) or held.numbers.get(owed.policy_id, 0)
                numbers[owed.policy_id] = number = last + 1  # without a gap: the policy is locked
                key = owed.policy_id.encode()
                lane = outgoing.lanes[topic, partition_of(key, site.partitions["notices"])]
                lane.append((str(owed.notice_id), key, _sealed(draft, number, site), []))
                kind, cause = owed.kind.__name__, event_key(draft.record.header)
                told = (owed.notice_id, owed.policy_id, number, owed.case_id, kind, owed.commitment, owed.revises)
                await copy.write_row((*told, cause, held.seq))
    outgoing.promises.extend(
        (o.notice_id, o.commitment, o.policy_id, o.case_id, draft.now, o.due_at)
        for draft in batch.drafts.values()
        if (o := draft.owed).due_at
    )


def _sealed(draft: Draft, number: int, site: Site) -> bytes:
    record, owed = draft.record, draft.owed
    cause = Cause(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        source=record.header.source,
        event_id=record.header.event_id,
    )
    payload = encode(seal(owed, draft.policy, number, cause, now=draft.now, zone=site.zone))
    if len(payload) > LARGEST_NOTICE:
        raise TooLargeError(f"{owed.kind.__name__} of {owed.policy_id}: {len(payload)} bytes, at most {LARGEST_NOTICE}")
    return payload


async def _write_exceptions(connection: AsyncConnection, batch: Batch, site: Site, lanes: Lanes) -> None:
    """What is refused, parked, released, quarantined, or to be looked at."""
    dead = site.full("dead-letters")
    for record, refusal in batch.refused:
        key = record.key if record.key is not None else str(record.offset).encode()
        lanes[dead, partition_of(key, site.partitions["dead-letters"])].append(dead_letter(record, refusal))
    await _many(connection, "refuse", [_refusal_row(r, e, batch) for r, e in batch.refused])
    await _many(connection, "unpark", [r.place for r in batch.released])
    await _many(
        connection,
        "park",
        [
            (*r.place, waits_for, r.key, r.raw, r.broker_at, event_key(r.header))
            for r, waits_for in batch.parked.values()  # what is quarantined among them
        ],
    )
    await _many(connection, "hold", [(waits_for, error) for _, waits_for, error in batch.quarantined])
    reviews = [(r, review) for r, decision in batch.decided for review in decision.reviews]
    reviews += [(r, Review("quarantined", f"{waits_for}: {error}")) for r, waits_for, error in batch.quarantined]
    await _many(connection, "open_review", [_review_row(r, review, batch) for r, review in reviews])


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


def _refusal_row(record: Received, refusal: RefusedError, batch: Batch) -> tuple[Any, ...]:
    return (
        record.topic,
        record.partition,
        record.offset,
        source_of(record),
        record.key,
        refusal.reason,
        refusal.detail,
        batch.now,
        event_key(record.header) if record.event is not None else None,
    )


def source_of(record: Received) -> str | None:
    """Who published a record, where its bytes tell."""
    return record.header.source if record.event is not None else None


def _review_row(record: Received, review: Review, batch: Batch) -> tuple[Any, ...]:
    review_id = review.review_id(*map(str, record.place))
    return review_id, review.reason, review.detail, review.policy_id, review.buyer_id, *record.place, batch.now
