"""Policies and covers in memory, for peers without a database; covers are worked out anew: cheaper than any store."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import world

from schemas.codec import decode, encode
from schemas.events.court_judgments import JudgmentPublished
from schemas.notices.header import Cause
from streams.commitments.envelope import seal
from streams.commitments.facts import CoverPeriod, Facts
from streams.commitments.judgments import on_judgment
from streams.settings import Settings

ZONE: ZoneInfo = Settings().zone
POLICIES = [world.policy(number) for number in range(world.POLICIES)]


def covers_on(buyer_id: str | None) -> list[CoverPeriod]:
    """The covers on a buyer."""
    return world.covers_of(int(buyer_id[4:])) if buyer_id and buyer_id.startswith("FR:B") else []


def read(raw: bytes) -> JudgmentPublished:
    """The record, decoded and validated by the same codec."""
    return decode(raw)


def notices(
    event: JudgmentPublished, covers: list[CoverPeriod], place: tuple[str, int, int], now: dt.datetime
) -> Iterator[tuple[bytes, bytes]]:
    """Key and bytes of each notice that the event makes owed, by the same rules."""
    facts = Facts(covers={event.buyer_id or "": covers})
    for cover in covers:
        facts.policies[cover.policy_id] = POLICIES[int(cover.policy_id[1:])]
    topic, partition, offset = place
    for owed in on_judgment(event, facts, now).notices:
        header = event.header
        cause = Cause(topic=topic, partition=partition, offset=offset, source=header.source, event_id=header.event_id)
        notice = seal(owed, facts.policies[owed.policy_id], 1, cause, now=now, zone=ZONE)
        yield owed.policy_id.encode(), encode(notice)
