"""A judgment that concerns more policies than one transaction tells: the position then holds a cursor."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import decode, encode
from schemas.notices.judgments import JudgmentAlert
from streams.commitments.decision import Owed
from streams.ledger.batch import first_policies
from streams.ledger.connection import connect
from streams.ledger.release import release
from streams.ledger.sources import Sources
from tests.builders import BUYER, a_header, a_judgment, a_limit, a_rectification, buyers_declared, some_terms
from tests.streams.ledger.bench import SITE, DiesAfter, Killed, Ledger

OTHER = "FR:552100554"
TEN = [f"P-{n:02}" for n in range(10, 20)]


def test_everybody_is_told_slice_by_slice(ledger: Ledger) -> None:
    """Ten policies, three at a time: each is told once, and what came before and comes after is not mixed in."""
    ledger.insure(*TEN)
    run = ledger.judgments.append(a_judgment("A0", buyer_id=OTHER), a_judgment(), a_judgment("A2", buyer_id=OTHER))
    assert ledger.apply(run, slice_notices=3) == [True]
    assert ledger.told() == [(policy_id, 1) for policy_id in TEN]
    columns = "first_offset, next_offset, slice_after"
    assert ledger.rows(f"SELECT {columns} FROM commit_log WHERE topic = 'court-judgments' ORDER BY seq") == [
        (0, 1, None),
        (1, 1, "P-12"),
        (1, 1, "P-15"),
        (1, 1, "P-18"),
        (1, 2, None),
        (2, 3, None),
    ]


def test_the_event_is_stored_once(ledger: Ledger) -> None:
    """What the record stores goes with its first slice only."""
    ledger.insure(*TEN)
    ledger.apply(ledger.judgments.append(a_judgment()), slice_notices=3)
    assert ledger.rows("SELECT count(*) FROM judgment") == ledger.rows(
        "SELECT count(*) FROM event WHERE topic = 'court-judgments'"
    )
    assert ledger.rows("SELECT count(*) FROM promise") == [10]


@pytest.mark.parametrize("commits", [1, 2, 3])
def test_the_next_worker_goes_on_at_the_cursor(ledger: Ledger, commits: int) -> None:
    """A worker that dies between two slices leaves the rest to the next one, whatever its slices are."""
    ledger.insure(*TEN)
    ledger.judgments.append(a_judgment())
    with pytest.raises(Killed):
        ledger.apply(ledger.judgments.run(), slice_notices=3, committed=DiesAfter(commits))
    assert len(ledger.told()) == 3 * commits
    ledger.apply(ledger.judgments.run(), slice_notices=4)
    assert ledger.told() == [(policy_id, 1) for policy_id in TEN]


def test_a_cover_between_two_slices(ledger: Ledger) -> None:
    """Policies covered meanwhile, before the cursor and behind it, are told once, by whatever comes first."""
    ledger.insure(*TEN)
    ledger.judgments.append(a_judgment())
    with pytest.raises(Killed):
        ledger.apply(ledger.judgments.run(), slice_notices=3, committed=DiesAfter(1))
    ledger.insure("P-00", "P-99")
    ledger.apply(ledger.judgments.run(), slice_notices=3)
    assert ledger.told() == [(policy_id, 1) for policy_id in ("P-00", *TEN, "P-99")]


def test_a_cover_that_ends_between_two_slices(ledger: Ledger) -> None:
    """The rest is told by what is in force then: nobody is told of a cover that was never there."""
    ledger.insure(*TEN)
    ledger.judgments.append(a_judgment())
    with pytest.raises(Killed):
        ledger.apply(ledger.judgments.run(), slice_notices=3, committed=DiesAfter(1))
    nothing = a_limit("P-19", amount=Decimal(0), header=a_header("L-2", "underwriting"))
    ledger.apply(ledger.limits.append(nothing))
    ledger.apply(ledger.judgments.run(), slice_notices=3)
    assert ledger.told() == [(policy_id, 1) for policy_id in TEN[:-1]]


def test_a_source_paused_between_two_slices(ledger: Ledger) -> None:
    """What has begun to be told is told to its end, and to nobody less of what comes behind it."""
    ledger.insure(*TEN)
    ledger.insure(*TEN, buyer_id=OTHER)
    ledger.judgments.append(a_judgment(), a_judgment("B1", buyer_id=OTHER, header=a_header("B1", "infogreffe")))
    with pytest.raises(Killed):
        ledger.apply(ledger.judgments.run(), slice_notices=3, committed=DiesAfter(1))
    ledger.run_sql("INSERT INTO hold (waits_for, reason) VALUES ('source:bodacc', 'paused')")
    ledger.apply(ledger.judgments.run(), slice_notices=3)
    assert ledger.told() == [(policy_id, number) for policy_id in TEN for number in (1, 2)]
    assert ledger.rows("SELECT * FROM parked") == []


FAILING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.policy_id = 'P-16' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def test_a_record_that_fails_between_two_slices(ledger: Ledger) -> None:
    """It waits with those whom it did not reach; let go, it tells them, and nobody twice; what is behind it goes on."""
    ledger.insure(*TEN)
    ledger.insure(*TEN, buyer_id=OTHER)
    ledger.run_sql(FAILING)
    ledger.apply(ledger.judgments.append(a_judgment(), a_judgment("A2", buyer_id=OTHER)), slice_notices=3)
    ledger.run_sql("DROP TRIGGER refuse ON notice; DROP FUNCTION refuse")
    assert [policy_id for policy_id, number in ledger.told() if number == 1] == TEN[:6]
    for held in ledger.rows("SELECT waits_for FROM hold ORDER BY since"):
        asyncio.run(_let_go(ledger, held))
    assert ledger.told() == [(policy_id, number) for policy_id in TEN for number in (1, 2)]


async def _let_go(ledger: Ledger, held: str) -> None:
    async with await connect(ledger.uri) as connection:
        await release(connection, SITE, held)


def test_a_limit_on_a_buyer_of_many(ledger: Ledger) -> None:
    """What is read of a judgment in shares is read whole of a limit: its own policy's past covers stay."""
    ledger.insure(*TEN)
    reduced = a_limit("P-19", amount=Decimal(1), header=a_header("L-2", "underwriting"), effective_on=date(2026, 3, 1))
    ledger.apply(ledger.limits.append(reduced), slice_notices=3)
    periods = "SELECT amount::int FROM cover WHERE policy_id = 'P-19' ORDER BY since"
    assert ledger.rows(periods) == [80_000, 1]
    assert ledger.rows("SELECT slice_after FROM position WHERE slice_after IS NOT NULL") == []


def test_policies_with_a_past_and_with_declared_buyers(ledger: Ledger) -> None:
    """Shares are read by rows, of which a policy may have several: none is passed over or told twice."""
    ledger.insure(*TEN)
    changes = [a_limit(p, amount=Decimal(7), effective_on=date(2026, 3, day)) for p in TEN[2:5] for day in (1, 2, 3, 4)]
    headed = (c.model_copy(update={"header": a_header(f"L-{n}", "underwriting")}) for n, c in enumerate(changes))
    ledger.apply(ledger.limits.append(*headed))
    declared = ("P-125", "P-13", "P-145", "P-98", "P-99")
    ledger.apply(
        ledger.policies.append(*(some_terms(p, unnamed_buyer_threshold=Decimal(9)) for p in declared if p not in TEN))
    )
    ledger.apply(ledger.policies.append(*(buyers_declared(BUYER, policy_id=p) for p in declared)))
    ledger.apply(ledger.judgments.append(a_judgment()), slice_notices=3)
    assert ledger.told() == [(policy_id, 1) for policy_id in sorted({*TEN, *declared})]
    covers = {n.header.policy_id: n.body.cover for n in ledger.notices()}
    assert [p for p, cover in covers.items() if cover.amount == Decimal(7)] == TEN[2:5]
    assert sorted(p for p, cover in covers.items() if cover.basis == "UNNAMED") == ["P-125", "P-145", "P-98", "P-99"]


def test_the_database_sorts_policies_as_the_worker_does(ledger: Ledger) -> None:
    """Those after a cursor are the same to both, whatever language the database is set to sort by."""
    sorted_by = "SELECT DISTINCT collname FROM pg_attribute JOIN pg_collation AS c ON c.oid = attcollation"
    tables = "('cover'::regclass, 'declared_buyer'::regclass, 'notice'::regclass)"
    assert ledger.rows(f"{sorted_by} WHERE attname = 'policy_id' AND attrelid IN {tables}") == ["C"]


def test_a_repeat_behind_a_sliced_record(ledger: Ledger) -> None:
    """The same event once more in the run changes nothing: the first one is still told to its end."""
    ledger.insure(*TEN)
    assert ledger.apply(ledger.judgments.append(a_judgment(), a_judgment()), slice_notices=3) == [True]
    assert ledger.told() == [(policy_id, 1) for policy_id in TEN]
    assert ledger.position() == 2


def test_two_sliced_judgments_on_one_buyer(ledger: Ledger) -> None:
    """Each is told to everybody, the second with the second number."""
    ledger.insure(*TEN)
    ledger.apply(ledger.judgments.append(a_judgment("A1"), a_judgment("A2")), slice_notices=4)
    assert ledger.told() == [(policy_id, number) for policy_id in TEN for number in (1, 2)]
    assert [n.body.judgment.reference for n in ledger.notices()] == ["A1"] * 10 + ["A2"] * 10


@pytest.mark.parametrize("slice_notices", [1, 10, 15])
def test_a_judgment_that_does_not_fit_any_more(ledger: Ledger, slice_notices: int) -> None:
    """It begins the next transaction, whole: stored, told, counted once; what comes behind it finds it."""
    standing = Sources()
    ledger.insure(*TEN)
    run = ledger.judgments.append(a_judgment("A1"), a_judgment("A2"), a_judgment("A3"))
    ledger.apply(run, slice_notices=slice_notices, standing=standing)
    stored = ledger.rows("SELECT record FROM judgment ORDER BY record_offset")
    assert [decode(raw).reference for raw in stored] == ["A1", "A2", "A3"]
    assert ledger.told() == [(policy_id, number) for policy_id in TEN for number in (1, 2, 3)]
    assert ledger.rows("SELECT count(*) FROM event WHERE topic = 'court-judgments'") == [3]
    ledger.apply(ledger.judgments.put(b"wrong", encode(a_judgment("A4"))), standing=standing)
    assert ledger.rows("SELECT received, refused FROM source") == [(4, 1)]


def test_terms_that_owe_more_than_a_slice(ledger: Ledger) -> None:
    """They are told whole, as a policy always is, and in the language that these terms ask for."""
    ledger.insure("P-1")
    judged = [f"FR:90000000{n}" for n in range(5)]
    ledger.apply(ledger.policies.append(buyers_declared(*judged, policy_id="P-1")))
    ledger.apply(ledger.judgments.append(*(a_judgment(f"A{n}", buyer_id=each) for n, each in enumerate(judged))))
    assert ledger.told() == []
    said = {"language": "en", "unnamed_buyer_threshold": Decimal(9), "header": a_header("T-2", "policies")}
    ledger.apply(ledger.policies.append(some_terms("P-1", **said)), slice_notices=3)
    assert [n.header.language for n in ledger.notices()] == ["en"] * 5


def test_a_correction_is_sliced_too(ledger: Ledger) -> None:
    """A rectification reaches each of those first told once, linked to what they were told."""
    ledger.insure(*TEN)
    ledger.apply(ledger.judgments.append(a_judgment()), ledger.judgments.append(a_rectification()), slice_notices=3)
    assert ledger.told() == [(policy_id, number) for policy_id in TEN for number in (1, 2)]
    revised = {n.header.policy_id: n.header.revises for n in ledger.notices()[10:]}
    assert revised == {n.header.policy_id: n.header.notice_id for n in ledger.notices()[:10]}


@pytest.mark.parametrize("buyer_id", [BUYER, OTHER])
def test_a_cover_between_two_slices_of_a_correction(ledger: Ledger, buyer_id: str) -> None:
    """Its policy is alerted of the judgment as it now reads, and is not among those first alerted of how it read."""
    ledger.insure(*TEN)
    ledger.apply(ledger.judgments.append(a_judgment()))
    run = ledger.judgments.append(a_rectification(buyer_id=buyer_id))
    with pytest.raises(Killed):
        ledger.apply(run, slice_notices=3, committed=DiesAfter(1))
    ledger.insure("P-00", "P-99", buyer_id=buyer_id)
    ledger.apply(run, slice_notices=3)
    both = [(policy_id, number) for policy_id in TEN for number in (1, 2)]
    assert ledger.told() == [("P-00", 1), *both, ("P-99", 1)]


def test_a_correction_that_moves_a_judgment_fails_between_two_slices(ledger: Ledger) -> None:
    """Let go, it tells from the start: whom it alerted itself on the other buyer are not told that it was corrected."""
    ledger.insure("P-00")
    ledger.insure(*TEN, buyer_id=OTHER)
    ledger.apply(ledger.judgments.append(a_judgment()))
    ledger.run_sql(FAILING)
    ledger.apply(ledger.judgments.append(a_rectification(buyer_id=OTHER)), slice_notices=3)
    ledger.run_sql("DROP TRIGGER refuse ON notice; DROP FUNCTION refuse")
    [held] = ledger.rows("SELECT waits_for FROM hold")
    asyncio.run(_let_go(ledger, held))
    assert ledger.told() == [("P-00", 1), ("P-00", 2), *((policy_id, 1) for policy_id in TEN)]


def an_owed(policy_id: str) -> Owed:
    return Owed(UUID(int=0), JudgmentAlert, 1, policy_id, UUID(int=0), {})


@given(st.lists(st.sampled_from("ABCDE")).map(sorted), st.integers(1, 6))
def test_a_policy_is_never_cut(policies: list[str], most: int) -> None:
    """The first slice takes whole policies, in order, at least one, and no more than `most` with the last one."""
    taken = [owed.policy_id for owed in first_policies([an_owed(p) for p in policies], most)]
    rest = policies[len(taken) :]
    assert taken + rest == policies
    assert not set(taken) & set(rest)
    assert bool(taken) == bool(policies)
    assert len(taken) - taken.count(taken[-1]) < most if taken else not policies


def test_terms_without_notices_are_never_sliced(ledger: Ledger) -> None:
    """A long run that owes nothing is one commit, however small the slices."""
    ledger.apply(ledger.policies.append(*(some_terms(p) for p in TEN)), slice_notices=1)
    assert ledger.rows("SELECT first_offset, next_offset FROM commit_log") == [(0, 10)]
    assert BUYER not in str(ledger.rows("SELECT * FROM cover"))
