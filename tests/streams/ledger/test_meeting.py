"""Two workers that meet on one buyer at the same moment: whatever is owed is told once, by one of them."""

import asyncio
import datetime as dt
import random
from decimal import Decimal

import pytest

from schemas.errors import UnavailableError
from schemas.events.court_judgments import JudgmentPublished
from streams.ledger.connection import connect
from streams.ledger.queries import SQL
from streams.ledger.release import release
from streams.runs import Run
from tests.builders import a_header, a_judgment, a_limit, an_annulment, buyers_declared, some_terms
from tests.streams.ledger.bench import SITE, DiesAfter, Killed, Ledger, Log

ROUNDS, BUYERS = 12, 4
POLICIES = ["P-1", "P-2", "P-3"]


def a_round(ledger: Ledger, round_: int, chance: random.Random) -> tuple[Run, Run]:
    """Judgments of a few buyers on one side, covers of three policies on all of them on the other, each shuffled."""
    buyers = [f"FR:{round_:03}{n:03}" for n in range(BUYERS)]
    judgments = [a_judgment(f"A-{buyer}", buyer_id=buyer) for buyer in buyers]
    limits = [a_limit(policy_id, buyer) for buyer in buyers for policy_id in POLICIES]
    chance.shuffle(judgments)
    chance.shuffle(limits)
    return ledger.judgments.append(*judgments), ledger.limits.append(*limits)


def test_judgments_and_covers_that_meet(ledger: Ledger) -> None:
    """Of a judgment and a cover committed at the same moment one sees the other: every alert is told once."""
    chance = random.Random(ledger.isolation)
    ledger.apply(ledger.policies.append(*map(some_terms, POLICIES)))

    async def scene() -> None:
        async with ledger.hub() as one, ledger.hub() as other:
            for round_ in range(ROUNDS):
                both = list(zip((one, other), a_round(ledger, round_, chance), strict=True))
                chance.shuffle(both)
                await asyncio.gather(*(hub.apply(run) for hub, run in both))

    asyncio.run(scene())
    assert ledger.told() == [(p, n + 1) for p in POLICIES for n in range(ROUNDS * BUYERS)]
    told = {(n.header.policy_id, n.body.judgment.reference) for n in ledger.notices()}
    assert len(told) == len(ledger.notices()) == ROUNDS * BUYERS * len(POLICIES)
    assert ledger.rows("SELECT count(*) FROM promise") == [len(told)]


def test_terms_and_what_waits_for_them(ledger: Ledger) -> None:
    """A limit that meets its policy's terms is applied or released: it is never left waiting."""

    async def scene() -> None:
        async with ledger.hub() as one, ledger.hub() as other:
            for n in range(ROUNDS):
                terms, limit = ledger.policies.append(some_terms(f"P-{n}")), ledger.limits.append(a_limit(f"P-{n}"))
                await asyncio.gather(one.apply(terms), other.apply(limit))

    asyncio.run(scene())
    assert ledger.rows("SELECT * FROM parked") == []
    assert ledger.rows("SELECT count(*) FROM cover") == [ROUNDS]


def test_judgments_and_terms_that_meet(ledger: Ledger) -> None:
    """Of a judgment and of terms that let it in, committed at the same moment, one sees the other: it is told once."""
    policies = [f"P-{n}" for n in range(ROUNDS)]
    ledger.apply(ledger.policies.append(*map(some_terms, policies)))
    declared = [buyers_declared(f"FR:{n:03}", policy_id=policy_id) for n, policy_id in enumerate(policies)]
    headed = [d.model_copy(update={"header": a_header(f"D-{d.policy_id}", "policies")}) for d in declared]
    ledger.apply(ledger.policies.append(*headed))

    async def scene() -> None:
        async with ledger.hub() as one, ledger.hub() as other:
            for n, policy_id in enumerate(policies):
                header = a_header(f"W-{n}", "policies")
                wider = some_terms(policy_id, unnamed_buyer_threshold=Decimal(7), header=header)
                judged = ledger.judgments.append(a_judgment(f"A{n}", buyer_id=f"FR:{n:03}"))
                await asyncio.gather(one.apply(ledger.policies.append(wider)), other.apply(judged))

    asyncio.run(scene())
    assert ledger.told() == sorted((policy_id, 1) for policy_id in policies)


def test_one_event_by_two_routes_at_once(ledger: Ledger) -> None:
    """The same event on two partitions, applied at the same moment by two workers, is applied once."""
    ledger.insure("P-1")
    ledger.run_sql(
        "INSERT INTO position SELECT consumer_group, topic, 1, topic_id, 1, 0, NULL, now_at FROM position"
        " WHERE topic = 'court-judgments'"
    )

    async def scene() -> None:
        async with ledger.hub() as one, ledger.hub() as other:
            for n in range(ROUNDS):
                run = ledger.judgments.append(a_judgment(f"A{n}"))
                records = ledger.judgments.run(n).records
                for record in records:
                    record.partition = 1
                await asyncio.gather(one.apply(run), other.apply(Run("court-judgments", 1, records)))

    asyncio.run(scene())
    assert ledger.told() == [("P-1", n + 1) for n in range(ROUNDS)]
    assert ledger.rows("SELECT count(*) FROM event WHERE topic = 'court-judgments'") == [ROUNDS]
    assert ledger.rows("SELECT * FROM refusal") == []


def test_unrelated_buyers_do_not_wait_for_each_other(ledger: Ledger) -> None:
    """A worker whose transaction is held up on one buyer keeps nobody from telling another's judgment."""
    ledger.insure("P-1", buyer_id="FR:1")
    ledger.apply(ledger.policies.append(some_terms("P-2")), ledger.limits.append(a_limit("P-2", "FR:2")))

    async def scene() -> None:
        async with ledger.hub() as hub:
            holder = await hub._connect()
            async with holder.transaction():
                await holder.execute("SELECT pg_advisory_xact_lock(hashtextextended('buyer:FR:1', 0))")
                async with asyncio.timeout(2):
                    header = a_header("L-3", "underwriting")
                    await hub.apply(ledger.limits.append(a_limit("P-2", "FR:3", header=header)))
                    await hub.apply(ledger.judgments.append(a_judgment(buyer_id="FR:2")))
            await holder.close()

    asyncio.run(scene())
    assert ledger.told() == [("P-2", 1)]


@pytest.mark.parametrize("topic", ["limits", "policies"])
def test_a_policy_waits_for_no_other_of_its_buyer(ledger: Ledger, topic: str) -> None:
    """A buyer may be covered by ten thousand policies: what one of them sets locks and reads that one alone."""
    ledger.insure("P-1", "P-2")
    ledger.apply(ledger.judgments.append(a_judgment()))
    again = a_limit("P-1", amount=10, header=a_header("L", "underwriting"))
    renewed = some_terms("P-1", effective_on=dt.date(2027, 1, 1), header=a_header("T", "policies"))
    run = ledger.limits.append(again) if topic == "limits" else ledger.policies.append(renewed)

    async def scene() -> None:
        async with await connect(ledger.uri) as other, other.transaction(), ledger.hub() as hub:
            await other.execute(SQL["lock_keys"], [["policy:P-2"]])
            assert await asyncio.wait_for(hub.apply(run), 1)

    asyncio.run(scene())


TEN = [f"P-{n}" for n in range(10, 20)]


@pytest.fixture
def half_told(ledger: Ledger) -> Ledger:
    """A worker died when it had told three of ten policies of a judgment; a paused source has told the same one."""
    ledger.insure(*TEN)
    ledger.run_sql("INSERT INTO hold (waits_for, reason) VALUES ('source:vendor', 'paused')")
    ledger.apply(ledger.judgments.append(a_judgment("V0", source="vendor")))
    run = ledger.judgments.append(a_judgment("A1"))
    with pytest.raises(Killed):
        ledger.apply(run, slice_notices=3, committed=DiesAfter(1))
    return ledger


def test_a_correction_waits_for_what_is_being_told(half_told: Ledger) -> None:
    """It comes by another partition, from a provider that partitions otherwise, and reaches all who are alerted."""
    meet(half_told, an_annulment("A1"), half_told.judgments.run(1))
    assert half_told.told() == [(p, n) for p in TEN for n in (1, 2)]


def test_a_judgment_waits_for_a_correction_that_is_being_told(ledger: Ledger) -> None:
    """It stands alone, after the annulment of one that never came: the rest of that must not take it for its target."""
    ledger.insure(*TEN)
    run = ledger.judgments.append(an_annulment("A1"))
    with pytest.raises(Killed):
        ledger.apply(run, slice_notices=3, committed=DiesAfter(1))
    meet(ledger, a_judgment("V1", source="vendor"), run)
    assert ledger.told() == [(p, n) for p in TEN for n in (1, 2)]


def meet(ledger: Ledger, event: JudgmentPublished, half_told: Run) -> None:
    """Let a second partition bring a judgment before the first has told its own to the end."""
    position = "SELECT consumer_group, topic, 1, topic_id, partitions, 0, NULL, now_at FROM position"
    ledger.run_sql(f"INSERT INTO position {position} WHERE topic = 'court-judgments'")
    run = Log("court-judgments", 1).append(event)

    async def scene() -> None:
        async with ledger.hub() as one, ledger.hub(slice_notices=3) as other:
            waits = asyncio.create_task(one.apply(run))
            await asyncio.sleep(0.05)
            await other.apply(half_told)
            await waits

    asyncio.run(scene())


def test_what_is_let_go_waits_for_what_is_being_told(half_told: Ledger) -> None:
    """Another source's word on a judgment tells nobody: it must not come before all are told of that."""
    with pytest.raises(UnavailableError, match=r"^court-judgments/0 @ 1 is being told: what else"):
        asyncio.run(let_go(half_told, "source:vendor"))
    half_told.apply(half_told.judgments.run(1), slice_notices=3)
    asyncio.run(let_go(half_told, "source:vendor"))
    assert half_told.told() == [(p, 1) for p in TEN]


async def let_go(ledger: Ledger, held: str) -> None:
    async with await connect(ledger.uri) as connection:
        await release(connection, SITE, held)
