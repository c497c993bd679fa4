"""Money received, as it is stored and read back, and the names by which it finds its claims."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any
from zlib import crc32

from psycopg import AsyncConnection

from schemas.events.payments import PaymentReturned
from streams.commitments.decision import Matched
from streams.commitments.facts import Citation, ClaimName, Facts, Payment
from streams.commitments.keys import Keys
from streams.ledger.batch import Batch
from streams.ledger.identity import event_key, pair_key
from streams.ledger.queries import SQL, columns

LOCKS = 512
"""Names share so many locks: one each for every word of a run's payments would fill PostgreSQL's table of locks."""


def locks_of(keys: Keys) -> set[str]:
    """Names of the locks of payments and of what they cite, of the first rank."""
    return {f"name:{crc32(name.encode()) % LOCKS}" for name in keys.names} | {f"payment:{p}" for p in keys.payments}


def group_claims(facts: Facts, rows: Iterable[Any]) -> None:
    """Take in what `read_claims` answered."""
    for row in rows:
        name = ClaimName(*row)
        facts.claims.setdefault(name.name, []).append(name)


def group_payments(facts: Facts, rows: Iterable[Any], named: AbstractSet[str]) -> None:
    """Take in what `read_payments` answered; what cites none of the `named` is known by its reference only."""
    for row in rows:
        citations = tuple(Citation(how, name) for how, name in zip(*row[-2:], strict=True))
        payment = Payment(*(*row[:-2], citations))
        if any(citation.name in named for citation in citations):
            facts.add_payment(payment)
        else:
            facts.received.setdefault(payment.reference, []).append(payment)


async def write_payments(connection: AsyncConnection, batch: Batch) -> None:
    """Names, payments and returns; a payment matched again takes the place of what was known of it."""
    names = [(n.name, n.policy_id, n.claim_id, n.overdue_id, n.buyer_id) for _, d in batch.decided for n in d.names]
    payments = {pair_key(m.payment.source, m.payment.event_id): m for _, d in batch.decided for m in d.payments}
    returned = [_return_row(b.payment, b.returned) for _, d in batch.decided for b in d.returned]
    async with connection.cursor() as cursor:
        if names:
            await cursor.executemany(SQL["put_claim_name"], names)
        if payments:
            await cursor.executemany(SQL["put_payment"], [_payment_row(key, m) for key, m in payments.items()])
        if citations := _citation_rows(payments):
            await cursor.execute(SQL["put_citations"], columns(citations))
        if returned:
            await cursor.executemany(SQL["put_return"], returned)


def _payment_row(key: bytes, matched: Matched) -> tuple[Any, ...]:
    payment, match = matched.payment, matched.match
    found = (match.how, match.policy_id, match.claim_id, match.overdue_id) if match else (None,) * 4
    return (
        key,
        payment.source,
        payment.event_id,
        payment.reference,
        payment.amount,
        payment.currency,
        payment.booked_on,
        payment.policy_id,
        payment.statement_id,
        payment.reconciled,
        *found,
    )


def _citation_rows(payments: dict[bytes, Matched]) -> list[tuple[Any, ...]]:
    return [
        (citation.name, key, ord_, citation.how)
        for key, matched in payments.items()
        for ord_, citation in enumerate(matched.payment.citations)
    ]


def _return_row(payment: Payment, returned: PaymentReturned) -> tuple[Any, ...]:
    booking = returned.booking
    return (
        event_key(returned.header),
        pair_key(payment.source, payment.event_id),
        booking.amount,
        booking.currency,
        booking.booked_on,
        returned.reason_code,
    )
