"""However the records are cut into runs, slices and lives of workers, the same is stored and the same is told."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.streams.ledger.bench import Ledger
from tests.streams.ledger.steps import CUTS, EXAMPLES, STEPS, Cuts, Step, apply, interleaved, orderless, topics

STORED = {
    "event": "event_key, digest, topic, record_offset, source, received_at",
    "judgment": "event_key, record_offset, case_id, buyer_id, record",
    "cover": "buyer_id, policy_id, since, until, cover_id, amount",
    "declared_buyer": "buyer_id, policy_id, declared_on",
    "policy": "policy_id, terms, recipients",
    "policy_number": "policy_id, last_number",
    "notice": "notice_id, policy_id, number, case_id, kind, revises, cause_key",
    "promise": "notice_id, opened_at, due_at",
    "repeat": "event_key, received_at",
    "refusal": "topic, record_offset, reason",
    "review": "review_id, reason, closed_at IS NULL",
    "payment": "event_key, matched_by, policy_id, claim_id, overdue_id",
    "parked": "topic, record_offset, waits_for",
    "position": "topic, next_offset, slice_after",
}
"""What is the same however it came to be: everything but the numbers of commits, and when they were made."""


def state(ledger: Ledger) -> dict[str, Any]:
    """What a ledger holds, and every notice that it owes, as bytes."""
    stored = {
        table: ledger.rows(f"SELECT {columns} FROM {table} ORDER BY {columns}") for table, columns in STORED.items()
    }
    owed = "SELECT unnest(entry_ids) AS id, unnest(payloads) FROM outbox ORDER BY id"
    return {**stored, "notices": ledger.rows(owed)}


@given(steps=STEPS, cuts=CUTS)
@EXAMPLES
def test_any_cut(ledger: Ledger, steps: list[Step], cuts: Cuts) -> None:
    """Runs of any length, slices of any size, workers that die: as if each record had been alone, and none had died."""
    alone = Ledger(ledger.uri, ledger.isolation)
    apply(alone, steps, Cuts([1], 2000, []))
    expected = state(alone)
    cut = Ledger(ledger.uri, ledger.isolation)
    apply(cut, steps, cuts)
    assert state(cut) == expected


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[list[Step], list[Step]]:
    """The same records in two interleavings."""
    logs = draw(topics())
    return interleaved(draw, logs), interleaved(draw, logs)


@given(orders=two_orders(), cuts=CUTS)
@EXAMPLES
def test_any_order(ledger: Ledger, orders: tuple[list[Step], list[Step]], cuts: Cuts) -> None:
    """Whichever topic comes first, the same is stored, and the same policies are told of the same cases."""
    found = []
    for steps in orders:
        fresh = Ledger(ledger.uri, ledger.isolation)
        apply(fresh, steps, cuts)
        found.append(orderless(fresh))
    assert found[0] == found[1]
    assert found[0]["parked"] == []
