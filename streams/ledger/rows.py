"""Facts as the rows of the ledger hold them: recipients and contacts as JSON, terms and records as their bytes."""

import json
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from schemas.codec import decode
from schemas.events.policies import Contact, Recipient
from streams.commitments.facts import CoverPeriod, DeclaredBuyer, Facts, Judgment, Policy
from streams.runs import Received

RECIPIENTS: TypeAdapter[tuple[Recipient, ...]] = TypeAdapter(tuple[Recipient, ...])
"""A list of recipients, as JSON."""
_terms = lru_cache(maxsize=20_000)(decode)
"""Terms are read again and again: the same bytes are the same value."""


@lru_cache(maxsize=20_000)
def _recipients(stored: str) -> tuple[Recipient, ...]:
    """Checked when they came in: checking their addresses again took an eighth of the worker's time."""
    return tuple(Recipient.model_construct(None, **recipient) for recipient in json.loads(stored))


@lru_cache(maxsize=20_000)
def _contact(stored: str) -> Contact:
    return Contact.model_construct(None, **json.loads(stored))


def parked_record(row: tuple[Any, ...]) -> tuple[str, Received]:
    """What a row of `read_parked` waits for, and the record, decoded."""
    topic, partition, offset, key, raw, broker_at, waits_for = row
    ms = round(broker_at.timestamp() * 1000)
    return waits_for, Received(topic, partition, offset, ms, key, raw).read()


def group_covers(facts: Facts, covers: Iterable[Any], declared: Iterable[Any]) -> None:
    """Take in what `read_covers` and `read_declared` answered."""
    for row in covers:
        cover = CoverPeriod(*row)
        facts.covers.setdefault(cover.buyer_id, []).append(cover)
    for row in declared:
        buyer = DeclaredBuyer(*row)
        facts.declared.setdefault(buyer.buyer_id, []).append(buyer)


def group_judgments(facts: Facts, rows: Collection[Any]) -> None:
    """Take in what `read_judgments` answered."""
    for _, case_id, record in rows:
        facts.add_judgment(Judgment(case_id, decode(record)))  # type: ignore[arg-type]


def policy_of(
    policy_id: str, terms: list[bytes], recipients: str | None, contact: str | None, *, was_told: bool
) -> Policy:
    """The policy of a row of `read_policies`; ``was_told``: a notice has been numbered for it."""
    return Policy(
        policy_id,
        tuple(_terms(raw) for raw in terms),  # type: ignore[misc]
        _recipients(recipients) if recipients else (),
        _contact(contact) if contact else None,
        was_told,
    )
