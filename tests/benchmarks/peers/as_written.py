"""FastStream as a user writes it: read the covers, ask the same rules, executemany, commit, publish and wait.

No fence, no running numbers, no locks, no event remembered, no judgment stored (so no late cover, no correction), no
dead letters, no outbox: what a crash between commit and publish leaves unsent stays unsent.
"""

import asyncio
from functools import lru_cache
from typing import Any

import psycopg
import uvloop
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from psycopg import AsyncConnection
from told import Told

from schemas.codec import decode, encode
from schemas.errors import RefusedError
from schemas.events.court_judgments import JudgmentPublished
from schemas.events.policies import Contact
from schemas.notices.header import Cause
from streams.commitments.decision import Owed
from streams.commitments.envelope import seal
from streams.commitments.facts import CoverPeriod, Facts, Policy
from streams.commitments.judgments import on_judgment
from streams.ledger.rows import RECIPIENTS
from streams.runs import Received
from streams.settings import Settings

COVERS = """
    SELECT policy_id, buyer_id, cover_id, since, until, amount, currency FROM ledger.cover WHERE buyer_id = ANY(%s)
"""
POLICIES = "SELECT policy_id, terms, recipients, contact FROM ledger.policy WHERE policy_id = ANY(%s)"
NOTICE = "INSERT INTO ledger.peer_notice VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
PROMISE = "INSERT INTO ledger.peer_promise VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"

Row = tuple[Owed, bytes]

terms_of = lru_cache(maxsize=20_000)(decode)
recipients_of = lru_cache(maxsize=20_000)(RECIPIENTS.validate_json)
contact_of = lru_cache(maxsize=20_000)(Contact.model_validate_json)


def policy_of(policy_id: str, terms: list[bytes], recipients: str, contact: str) -> Policy:
    """A policy out of its row."""
    return Policy(policy_id, tuple(map(terms_of, terms)), recipients_of(recipients), contact_of(contact))


async def facts_of(connection: AsyncConnection, events: list[JudgmentPublished]) -> Facts:
    """The covers on the buyers at hand, and their policies."""
    facts = Facts()
    buyers = list({event.buyer_id for event in events})
    for row in await (await connection.execute(COVERS, [buyers])).fetchall():
        cover = CoverPeriod(*row)
        facts.covers.setdefault(cover.buyer_id, []).append(cover)
    policies = list({c.policy_id for covers in facts.covers.values() for c in covers})
    for row in await (await connection.execute(POLICIES, [policies])).fetchall():
        facts.policies[row[0]] = policy_of(*row)
    return facts


def decoded(records: Any) -> list[tuple[Received, JudgmentPublished]]:
    """What can be read; what cannot is passed over."""
    found = []
    for r in records:
        try:
            event = decode(r.value)
        except RefusedError:
            continue
        found.append((Received(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value), event))
    return found


def owed(pairs: list[tuple[Received, JudgmentPublished]], facts: Facts, zone: Any) -> list[Row]:
    """Every notice of a batch, with its bytes."""
    rows = []
    for record, event in pairs:
        now = record.broker_at
        for notice in on_judgment(event, facts, now).notices:
            header = event.header
            cause = Cause(
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                source=header.source,
                event_id=header.event_id,
            )
            policy = facts.policies[notice.policy_id]
            rows.append((notice, encode(seal(notice, policy, 1, cause, now=now, zone=zone))))
    return rows


async def write(connection: AsyncConnection, rows: list[Row]) -> None:
    """Both tables, and the commit."""
    async with connection.cursor() as cursor:
        if rows:
            await cursor.executemany(
                NOTICE, [(n.notice_id, n.policy_id, n.case_id, n.kind.__name__, raw) for n, raw in rows]
            )
            await cursor.executemany(PROMISE, [(n.notice_id, n.policy_id, n.due_at) for n, _ in rows])
    await connection.commit()


async def main() -> None:
    """Subscribe, and say how it went once everything is read."""
    settings, told, done = Settings(), Told(), asyncio.Event()
    broker = KafkaBroker(settings.kafka, logger=None)
    connection = await psycopg.AsyncConnection.connect(settings.database_url.get_secret_value())
    notices = broker.publisher(settings.topic_prefix + "notices")

    async def as_it_is(message: Any) -> Any:
        return message.body

    @broker.subscriber(
        settings.topic_prefix + "court-judgments",
        batch=True,
        max_records=settings.run_records,
        group_id=settings.group,
        auto_offset_reset="earliest",
        decoder=as_it_is,
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def handle(_bodies: list[Any], message: KafkaMessage) -> None:
        pairs = decoded(message.raw_message)
        facts = await facts_of(connection, [event for _, event in pairs])
        rows = owed(pairs, facts, settings.zone)
        await write(connection, rows)
        await asyncio.gather(*[notices.publish(raw, key=notice.policy_id.encode()) for notice, raw in rows])
        if told.add(len(message.raw_message)):
            done.set()

    await broker.start()
    await done.wait()
    told.say()
    await broker.stop()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main())
