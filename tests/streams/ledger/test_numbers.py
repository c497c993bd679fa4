"""Running numbers: whatever comes and however often, a policy's numbers are 1, 2, 3… without a gap."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import a_header, a_judgment
from tests.streams.ledger.bench import Ledger

BUYERS = {"FR:912345675": ("P-1", "P-2", "P-3"), "FR:552100554": ("P-2", "P-3"), "FR:345086177": ("P-3",)}
RUNS = st.lists(
    st.lists(st.tuples(st.integers(1, 12), st.sampled_from(sorted(BUYERS))), min_size=1, max_size=6), max_size=4
)


@given(runs=RUNS, slice_notices=st.sampled_from([1, 2, 5, 2000]))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_have_no_gap(ledger: Ledger, runs: list[list[tuple[int, str]]], slice_notices: int) -> None:
    """New notices get the next numbers of their policy in the order of the records, repeated ones none."""
    fresh = Ledger(ledger.uri, ledger.isolation)
    for buyer_id, policies in BUYERS.items():
        fresh.insure(*policies, buyer_id=buyer_id)
    told: dict[str, list[str]] = {policy_id: [] for policy_id in ("P-1", "P-2", "P-3")}
    for run in runs:
        names = [(f"A{n}-{buyer_id}", buyer_id) for n, buyer_id in run]
        judgments = [a_judgment(name, buyer_id=buyer, header=a_header(name)) for name, buyer in names]
        fresh.apply(fresh.judgments.append(*judgments), slice_notices=slice_notices)
        for name, buyer_id in names:
            for policy_id in BUYERS[buyer_id]:
                told[policy_id] += [name] if name not in told[policy_id] else []
    given_ = {(n.header.policy_id, n.header.number): n.body.judgment.reference for n in fresh.notices()}
    assert given_ == {(policy, n): name for policy, names in told.items() for n, name in enumerate(names, 1)}
    kept = dict(fresh.rows("SELECT policy_id, last_number FROM policy_number"))
    assert kept == {policy_id: len(names) for policy_id, names in told.items() if names}


def test_an_adopted_notice_keeps_its_number(ledger: Ledger) -> None:
    """What the topic held before its cause was decided is not numbered again, and its promise stands once."""
    ledger.insure("P-1", "P-2")
    ledger.apply(ledger.judgments.append(a_judgment()))
    first = {n.header.policy_id: n.header for n in ledger.notices()}
    ledger.run_sql("TRUNCATE event, judgment, outbox; DELETE FROM notice WHERE policy_id = 'P-2'")
    ledger.run_sql("DELETE FROM policy_number WHERE policy_id = 'P-2'; DELETE FROM promise WHERE policy_id = 'P-2'")
    ledger.run_sql("UPDATE position SET next_offset = 0 WHERE topic = 'court-judgments'")
    ledger.apply(ledger.judgments.run())
    assert [n.header for n in ledger.notices()] == [first["P-2"]]
    assert ledger.told() == [("P-1", 1), ("P-2", 1)]
    assert ledger.rows("SELECT policy_id FROM promise ORDER BY 1") == ["P-1", "P-2"]
