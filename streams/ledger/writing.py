"""Write what a batch changes, inside the transaction that moves the position."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import AsyncConnection

from schemas.codec import encode, header_in
from schemas.errors import RefusedError
from schemas.events.court_judgments import JudgmentPublished, correction_in
from streams.commitments.decision import Review
from streams.commitments.facts import Policy
from streams.ledger.batch import Batch
from streams.ledger.identity import event_key, pair_key
from streams.ledger.payments import write_payments
from streams.ledger.queries import SQL
from streams.ledger.reading import Held
from streams.ledger.rows import RECIPIENTS
from streams.runs import Received


async def write(connection: AsyncConnection, batch: Batch, held: Held) -> None:
    """Write everything but the position and what is told."""
    facts = held.facts
    columns = "event_key, digest, topic, partition, record_offset, source, occurred_at, published_at, received_at"
    await _copy(connection, f"event ({columns})", batch.events, EVENT)
    await _copy(connection, "repeat (event_key, source, received_at)", batch.repeated, REPEAT)
    await _write_facts(connection, batch, held.seq)
    if facts.claims or facts.received:  # nothing of them is stored without being a fact
        await write_payments(connection, batch)
    await _write_exceptions(connection, batch)
    await _settle_reviews(connection, batch)  # after those that the batch itself opened


async def _copy(connection: AsyncConnection, into: str, rows: Sequence[Sequence[Any]], types: Sequence[str]) -> None:
    """COPY rows, in binary; nothing for none."""
    if not rows:
        return
    async with connection.cursor() as cursor, cursor.copy(f"COPY ledger.{into} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        for row in rows:
            await copy.write_row(row)


EVENT = ("bytea", "bytea", "text", "int4", "int8", "text", "timestamptz", "timestamptz", "timestamptz")
REPEAT = ("bytea", "text", "timestamptz")
JUDGMENT = ("bytea", "int8", "int8", "uuid", "text", "bytea", "bytea", "bytea")
COVER = ("text", "text", "date", "date", "text", "numeric", "text")


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


async def _write_exceptions(connection: AsyncConnection, batch: Batch) -> None:
    """What is refused, parked, released, quarantined, or to be looked at."""
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


async def _settle_reviews(connection: AsyncConnection, batch: Batch) -> None:
    """Close the reviews that nobody has to look at any more."""
    settled = [review_id for _, d in batch.decided for review_id in d.settled]
    if settled:
        await connection.execute(SQL["settle_reviews"], (batch.now, settled))


def _refusal_row(record: Received, refusal: RefusedError, batch: Batch) -> tuple[Any, ...]:
    header = record.header if record.event is not None else header_in(record.raw)
    named = (header.source, header.event_id, event_key(header)) if header else (None, None, None)
    return (*record.place, *named, record.key, refusal.reason, refusal.detail, batch.now)


def _review_row(record: Received, review: Review, batch: Batch) -> tuple[Any, ...]:
    review_id = review.review_id(*map(str, record.place))
    return review_id, review.reason, review.detail, review.policy_id, review.buyer_id, *record.place, batch.now
