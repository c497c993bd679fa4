"""However the records are cut into runs, slices and lives of workers, the same is stored and the same is told."""

import datetime as dt
from decimal import Decimal
from itertools import groupby
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.base import Record
from tests.builders import (
    NOW,
    a_header,
    a_judgment,
    a_limit,
    a_recipient,
    a_rectification,
    an_annulment,
    buyers_declared,
    some_recipients,
    some_terms,
)
from tests.streams.ledger.bench import Ledger
from tests.streams.ledger.test_slices import DiesAfter, Killed

BUYERS = ("FR:912345675", "FR:552100554")
POLICIES = ("P-1", "P-10", "P-2", "P-3")

POLICY, BUYER, NUMBER = st.sampled_from(POLICIES), st.sampled_from(BUYERS), st.integers(1, 3)
DAY = st.integers(1, 20).map(lambda day: dt.date(2026, 3, day))


def judgment(number: int, buyer_id: str) -> Record:
    return a_judgment(f"A{number}", buyer_id=buyer_id, header=a_header(f"A{number}-{buyer_id}"))


def correction(kind: Any, number: int, buyer_id: str) -> Record:
    name = f"{kind.__name__}-{number}-{buyer_id}"
    return kind(f"A{number}", name, buyer_id=buyer_id, header=a_header(name))  # type: ignore[no-any-return]


def limit(policy_id: str, buyer_id: str, since: dt.date, amount: int) -> Record:
    header = a_header(f"L-{policy_id}-{buyer_id}-{since}-{amount}", "underwriting")
    return a_limit(policy_id, buyer_id, effective_on=since, amount=Decimal(amount), header=header)


EVENTS = st.one_of(
    st.tuples(st.just("judgments"), st.builds(judgment, NUMBER, BUYER)),
    st.tuples(
        st.just("judgments"), st.builds(correction, st.sampled_from((a_rectification, an_annulment)), NUMBER, BUYER)
    ),
    st.tuples(st.just("limits"), st.builds(limit, POLICY, BUYER, DAY, st.sampled_from((0, 5, 9)))),
    st.tuples(st.just("policies"), st.builds(some_terms, POLICY, unnamed_buyer_threshold=st.just(Decimal(7)))),
    st.tuples(st.just("policies"), st.builds(lambda p, b: buyers_declared(b, policy_id=p), POLICY, BUYER)),
    st.tuples(
        st.just("policies"),
        st.builds(
            lambda p, n: some_recipients(a_recipient(f"R-{n}"), policy_id=p, event_id=f"RS-{p}-{n}"), POLICY, NUMBER
        ),
    ),
)
STEPS = st.lists(EVENTS, min_size=4, max_size=24)

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
    "review": "review_id, reason",
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


@given(
    steps=STEPS,
    lengths=st.lists(st.integers(1, 6), min_size=1),
    slice_notices=st.integers(1, 3),
    deaths=st.lists(st.integers(1, 3), max_size=4),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cut(
    ledger: Ledger, steps: list[tuple[str, Record]], lengths: list[int], slice_notices: int, deaths: list[int]
) -> None:
    """Runs of any length, slices of any size, workers that die: as if each record had been alone, and none had died."""
    alone = Ledger(ledger.uri, ledger.isolation)
    logs = [(getattr(alone, topic), event) for topic, event in steps]
    alone.apply(*(log.append(event, at=NOW + dt.timedelta(minutes=n)) for n, (log, event) in enumerate(logs)))
    expected = state(alone)

    cut = Ledger(ledger.uri, ledger.isolation)
    runs = []
    for topic, group in groupby(enumerate(steps), lambda step: step[1][0]):
        for n, (_, event) in group:
            log = getattr(cut, topic)
            run = log.append(event, at=NOW + dt.timedelta(minutes=n))
            first = run.first_offset
            room = lengths[len(runs) % len(lengths)]
            if runs and runs[-1].topic == run.topic and len(runs[-1].records) < room:
                first = runs.pop().first_offset
            runs.append(log.run(first))
    for run in runs:
        while True:
            try:
                dies = {"committed": DiesAfter(deaths.pop())} if deaths else {}
                cut.apply(run, slice_notices=slice_notices, **dies)
                break
            except Killed:
                pass
    assert state(cut) == expected
