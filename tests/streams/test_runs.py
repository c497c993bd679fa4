"""Runs: how records are cut into them, and what their bytes say."""

import datetime as dt
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import encode
from streams.runs import Fetched, Received, Run, in_runs
from tests.builders import NOW, a_judgment

SIZES = st.lists(st.one_of(st.none(), st.integers(0, 100)), max_size=60)


@given(SIZES, st.integers(1, 10), st.integers(1, 300))
def test_records_are_cut_into_runs(sizes: list[int | None], most: int, most_bytes: int) -> None:
    """Nothing is lost, the order is kept, no run is empty, and none is larger than it has to be."""
    records: list[Any] = [SimpleNamespace(value=None if size is None else b"x" * size) for size in sizes]
    runs = list(in_runs(records, most, most_bytes))
    assert [record for run in runs for record in run] == records
    for run in runs:
        assert 1 <= len(run) <= most
        assert len(run) == 1 or sum(len(record.value or b"") for record in run) <= most_bytes


@given(SIZES, st.integers(1, 10), st.integers(1, 300))
def test_runs_are_as_long_as_may_be(sizes: list[int | None], most: int, most_bytes: int) -> None:
    """The first record of a run would not have fitted into the one before."""
    records: list[Any] = [SimpleNamespace(value=b"x" * (size or 0)) for size in sizes]
    runs = list(in_runs(records, most, most_bytes))
    for run, following in pairwise(runs):
        size = sum(len(record.value) for record in run)
        assert len(run) == most or size + len(following[0].value) > most_bytes


def received(offset: int, raw: bytes | None = None) -> Received:
    return Received("court-judgments", 0, offset, 1_773_475_202_500, b"FR:1", raw)


def test_a_run_knows_what_comes_next() -> None:
    """The position after a run is one past its last record, whatever holes are in it."""
    run = Run("court-judgments", 0, [received(3), received(7)])
    assert (run.first_offset, run.next_offset) == (3, 8)
    assert [r.offset for r in run.since(0)] == [3, 7]
    assert [r.offset for r in run.since(4)] == [7]
    assert run.since(8) == []


def test_a_record_says_when_the_broker_had_it() -> None:
    """To the millisecond, in UTC."""
    assert received(0).broker_at == dt.datetime(2026, 3, 14, 8, 0, 2, 500_000, tzinfo=dt.UTC)


def test_bytes_become_an_event_or_a_refusal() -> None:
    """Reading never raises: what cannot be read says why."""
    good, bad = received(0, encode(a_judgment())).read(), received(1, b"?").read()
    assert (good.event, good.refusal, good.header.published_at) == (a_judgment(), None, NOW)
    assert bad.event is None
    assert bad.refusal is not None
    assert bad.refusal.reason == "not_confluent_framed"


def test_what_was_fetched_becomes_a_run() -> None:
    """Records keep their order, offsets, keys and times; good and bad ones stand side by side."""
    records = [
        SimpleNamespace(offset=offset, timestamp=1_773_475_202_500, key=b"FR:1", value=value)
        for offset, value in ((3, encode(a_judgment())), (7, None))
    ]
    run = Fetched("court-judgments", 2, records).read()
    assert (run.topic, run.partition, [(r.offset, r.key) for r in run.records]) == (
        "court-judgments", 2, [(3, b"FR:1"), (7, b"FR:1")],
    )  # fmt: skip
    good, bad = run.records
    assert (good.event, good.broker_at) == (a_judgment(), received(3).broker_at)
    assert bad.refusal is not None
    assert bad.refusal.reason == "tombstone"
