"""What one run commits: once, in order, and nothing where it was committed before."""

import asyncio
import datetime as dt

import pytest

from schemas.errors import UnavailableError
from streams.commitments.decision import derive
from streams.ledger.identity import partition_of
from streams.runs import Run
from tests.builders import (
    BUYER,
    NOW,
    POLICY,
    a_contact,
    a_contact_set,
    a_delivery,
    a_header,
    a_judgment,
    a_limit,
    a_recipient,
    a_reduction,
    a_withdrawal,
    some_recipients,
    some_terms,
)
from tests.streams.ledger.bench import Ledger, Log, Seeks

OTHER = "FR:552100554"


def test_a_judgment_on_a_covered_buyer_is_told(ledger: Ledger) -> None:
    """The notice is numbered, sealed with its cause, promised, and waits on its policy's partition."""
    ledger.insure(POLICY)
    ledger.apply(ledger.judgments.append(a_judgment(buyer_id=OTHER), a_judgment("A2")))
    (notice,) = ledger.notices()
    cause = notice.header.cause
    assert (notice.header.policy_id, notice.header.number, notice.body.judgment.reference) == (POLICY, 1, "A2")
    assert (cause.topic, cause.partition, cause.offset, cause.event_id) == (
        "court-judgments", 0, 1, "A2/MENUISERIE DES MONTS",
    )  # fmt: skip
    assert ledger.rows("SELECT partition FROM outbox") == [partition_of(POLICY.encode(), 4)]
    assert ledger.rows("SELECT notice_id, state FROM promise") == [(notice.header.notice_id, "running")]


def test_each_commit_is_logged(ledger: Ledger) -> None:
    """The log says what was applied, in order, and which rules, calendar and settings decided."""
    ledger.apply(ledger.policies.append(some_terms()), ledger.judgments.append(a_judgment(), a_judgment("A2")))
    columns = "kind, topic, first_offset, next_offset, rules_version, calendar_version, settings_hash"
    versions = ("rules 1", "holidays 1", "settings 1")
    assert ledger.rows(f"SELECT {columns} FROM commit_log ORDER BY seq") == [
        ("run", "policies", 0, 1, *versions),
        ("run", "court-judgments", 0, 2, *versions),
    ]


@pytest.mark.parametrize("again", [(0, 3), (0, 2), (2, 3), (0, 5), (1, 5), (2, 5)])
def test_what_was_applied_changes_nothing_again(ledger: Ledger, again: tuple[int, int]) -> None:
    """A run delivered again, whole, in part, or together with later records, is applied from the position on."""
    ledger.insure(POLICY)
    ledger.judgments.append(*(a_judgment(f"A{n}") for n in range(5)))
    assert ledger.apply(ledger.judgments.run(0, 3), ledger.judgments.run(*again)) == [True, True]
    assert ledger.told() == [(POLICY, n + 1) for n in range(max(3, again[1]))]
    assert ledger.position() == max(3, again[1])


def test_a_run_that_was_applied_whole_leaves_no_trace(ledger: Ledger) -> None:
    """Nothing is logged, and nobody is woken, for a run that lies before the position."""
    ledger.insure(POLICY)
    woken: list[None] = []
    run = ledger.judgments.append(a_judgment())
    ledger.apply(run, run, committed=lambda: woken.append(None))
    assert len(woken) == 1
    assert ledger.rows("SELECT count(*) FROM commit_log WHERE topic = 'court-judgments'") == [1]


def test_nobody_is_woken_for_nothing(ledger: Ledger) -> None:
    """A judgment that concerns nobody leaves nothing to send."""
    woken: list[None] = []
    ledger.apply(ledger.judgments.append(a_judgment()), committed=lambda: woken.append(None))
    assert (woken, ledger.rows("SELECT count(*) FROM judgment")) == ([], [1])


def test_a_gap_is_read_again_then_believed(ledger: Ledger) -> None:
    """The partition is read again once; what comes first then is believed, leftovers of the prefetch are not."""
    log, seek = ledger.judgments, Seeks()
    log.append(*(a_judgment(f"A{n}") for n in range(8)))

    async def scene() -> None:
        async with ledger.hub(seek) as hub:
            assert await hub.apply(log.run(0, 1))
            assert not await hub.apply(log.run(3, 4))
            assert not await hub.apply(log.run(4, 6))
            assert not await hub.apply(log.run(6, 8))
            assert seek.asked == [("court-judgments", 0, 1)]
            assert await hub.apply(log.run(3, 5))
            assert await hub.apply(log.run(5, 8))

    asyncio.run(scene())
    assert seek.asked == [("court-judgments", 0, 1)]
    assert ledger.rows("SELECT record_offset FROM event ORDER BY 1") == [0, 3, 4, 5, 6, 7]


def test_a_gap_that_was_a_prefetch_is_filled(ledger: Ledger) -> None:
    """Where the records were there after all, they come first, and the gap is forgotten."""
    log, seek = ledger.judgments, Seeks()
    log.append(*(a_judgment(f"A{n}") for n in range(6)))

    async def scene() -> None:
        async with ledger.hub(seek) as hub:
            assert not await hub.apply(log.run(2, 3))
            assert await hub.apply(log.run(0, 3))
            assert not await hub.apply(log.run(4, 5))

    asyncio.run(scene())
    assert seek.asked == [("court-judgments", 0, 0), ("court-judgments", 0, 3)]


def test_holes_inside_a_run_are_the_brokers(ledger: Ledger) -> None:
    """Offsets that are missing between two records of a run are no gap: transaction markers take them."""
    ledger.judgments.append(*(a_judgment(f"A{n}") for n in range(4)))
    records = ledger.judgments.run().records
    assert ledger.apply(Run("court-judgments", 0, [records[0], records[3]])) == [True]
    assert ledger.position() == 4


def test_two_workers_with_one_run_commit_it_once(ledger: Ledger) -> None:
    """The fence: of two hubs that apply the same run at the same moment exactly one commits."""
    ledger.insure(POLICY)

    async def scene() -> None:
        async with ledger.hub() as one, ledger.hub() as other:
            for n in range(10):
                run = ledger.judgments.append(a_judgment(f"A{n}"))
                assert await asyncio.gather(one.apply(run), other.apply(ledger.judgments.run(n))) == [True, True]

    asyncio.run(scene())
    assert ledger.rows("SELECT first_offset FROM commit_log WHERE topic = 'court-judgments' ORDER BY 1") == [*range(10)]
    assert ledger.told() == [(POLICY, n + 1) for n in range(10)]


def test_now_never_goes_back(ledger: Ledger) -> None:
    """A record with an earlier broker time is decided at the latest time that its partition has seen."""
    ledger.insure(POLICY)
    late, early = NOW + dt.timedelta(hours=1), NOW - dt.timedelta(hours=1)
    ledger.apply(ledger.judgments.append(a_judgment("A1"), at=late))
    ledger.apply(ledger.judgments.append(a_judgment("A2"), at=early))
    assert [notice.header.decided_at for notice in ledger.notices()] == [late, late]
    assert ledger.rows("SELECT now_at FROM position WHERE topic = 'court-judgments'") == [late]


def test_the_same_event_again_changes_nothing(ledger: Ledger) -> None:
    """An event with a known source and id is not applied again, in one run or in two, whenever it was published."""
    ledger.insure(POLICY)
    again = a_judgment(
        header=a_header(a_judgment().header.event_id).model_copy(update={"published_at": NOW + dt.timedelta(days=9)})
    )
    ledger.apply(ledger.judgments.append(a_judgment(), a_judgment()), ledger.judgments.append(again))
    assert ledger.told() == [(POLICY, 1)]
    assert ledger.rows("SELECT record_offset FROM event WHERE topic = 'court-judgments'") == [0]
    assert ledger.rows("SELECT * FROM refusal") == []


def test_the_same_id_from_another_source_is_another_event(ledger: Ledger) -> None:
    """Ids are the provider's own: two providers may use the same."""
    ledger.insure(POLICY)
    header = a_header("1", "gazette")
    ledger.apply(
        ledger.judgments.append(a_judgment(header=a_header("1")), a_judgment("B1", header=header, court="TJ de Dax"))
    )
    assert ledger.told() == [(POLICY, 1), (POLICY, 2)]


def test_an_id_that_comes_with_another_content_is_refused(ledger: Ledger) -> None:
    """A conflicting repeat changes nothing but the dead letters, which say where the first one stands."""
    ledger.insure(POLICY)
    first = ledger.judgments.append(a_judgment(header=a_header("1")))
    ledger.apply(first, ledger.judgments.append(a_judgment("A2", header=a_header("1"))))
    assert ledger.told() == [(POLICY, 1)]
    assert ledger.rows("SELECT record_offset, source, reason, detail FROM refusal") == [
        (
            1,
            "bodacc",
            "conflicting_repeat",
            "the same event_id came at court-judgments/0 @ 0 with another content",
        )
    ]


def test_records_of_one_run_see_each_other(ledger: Ledger) -> None:
    """What a record changes is known to the next of the same run: the second list of recipients is a change."""
    lists = (some_recipients(a_recipient("R-1")), some_recipients(a_recipient("R-2"), event_id="RS-2"))
    ledger.apply(ledger.policies.append(some_terms(), *lists))
    (notice,) = ledger.notices()
    assert [r.recipient_id for r in notice.previous] == ["R-1"]
    assert [r.recipient_id for r in notice.current] == ["R-2"]


def test_the_contact_that_a_policy_names_stands_in_its_notices(ledger: Ledger) -> None:
    """Told in one run, it is in the notices of the next."""
    ledger.insure("P-1")
    ledger.apply(ledger.policies.append(a_contact_set(a_contact("Claire Blanc"), "P-1")))
    ledger.apply(ledger.judgments.append(a_judgment()))
    assert [notice.header.contact for notice in ledger.notices()] == [a_contact("Claire Blanc")]


def test_a_promise_is_kept_by_the_first_acceptance(ledger: Ledger) -> None:
    """What a sink says of a delivery reaches the promise; a second acceptance changes nothing."""
    ledger.insure(POLICY)
    ledger.apply(ledger.judgments.append(a_judgment()))
    (notice_id,) = ledger.rows("SELECT notice_id FROM notice")
    second = a_delivery(notice_id=notice_id, header=a_header("D-2", "portal"), channel="portal")
    ledger.apply(ledger.deliveries.append(a_delivery(notice_id=notice_id), second))
    assert ledger.rows("SELECT state, kept_at, evidence FROM promise") == [("kept", NOW, "email 250 2.0.0 Ok")]


def test_a_delivery_of_an_unknown_notice_changes_nothing(ledger: Ledger) -> None:
    """A delivery of what was never promised is taken in and keeps nothing."""
    assert ledger.apply(ledger.deliveries.append(a_delivery(notice_id=derive("unknown")))) == [True]
    assert ledger.position("deliveries") == 1


def test_a_provider_that_partitions_otherwise_is_flagged(ledger: Ledger) -> None:
    """A record on a partition that murmur2 does not give is applied, and a review says what to set."""
    wrong = 1 - partition_of(BUYER.encode(), 2)
    log = Log("court-judgments", wrong)
    ledger.run_sql(f"UPDATE position SET partition = {wrong}, partitions = 2 WHERE topic = 'court-judgments'")
    ledger.apply(log.append(a_judgment()), log.append(a_judgment("A2")))
    assert ledger.rows("SELECT reason, record_offset FROM review ORDER BY 2") == [
        ("wrong_partition", 0), ("wrong_partition", 1),
    ]  # fmt: skip
    (detail, _) = ledger.rows("SELECT detail FROM review")
    assert detail == (
        f"bodacc put key b'{BUYER}' on court-judgments/{wrong}, murmur2 gives {1 - wrong}: its order is not kept."
        " Set the partitioner to murmur2 (murmur2_random in librdkafka)."
    )


def test_without_a_position_nothing_is_applied(ledger: Ledger) -> None:
    """A run of a partition that was never assigned waits: it is no record's error."""
    run = Log("court-judgments", 9).append(a_judgment())

    async def scene() -> None:
        async with ledger.hub() as hub:
            async with asyncio.timeout(0.5):
                await hub.apply(run)

    with pytest.raises(TimeoutError):
        asyncio.run(scene())
    assert ledger.rows("SELECT * FROM event") == []


def test_a_new_connection_is_prepared_before_anything_is_applied(ledger: Ledger) -> None:
    """Whatever must be known first is asked on every new connection: one that fails is tried again."""
    prepared: list[int] = []

    async def prepare(_: object) -> None:
        prepared.append(ledger.position())
        if len(prepared) == 1:
            raise UnavailableError("not yet")

    runs = [ledger.judgments.append(a_judgment()), ledger.limits.append(a_limit()), ledger.judgments.run()]
    ledger.apply(*runs, prepare=prepare)
    assert prepared == [0, 0]


def test_covers_that_begin_on_one_day_stand_beside_each_other(ledger: Ledger) -> None:
    """A reduction that the underwriter numbers as a cover anew, from the first day of the one that stands."""
    ledger.insure(POLICY)
    ledger.apply(ledger.limits.append(a_reduction(dt.date(2025, 6, 1), cover_id="C-2")))
    assert ledger.rows("SELECT cover_id FROM cover ORDER BY 1") == ["C-2", f"C-{POLICY}"]
    assert ledger.rows("SELECT waits_for FROM hold") == []
    ledger.apply(ledger.limits.append(a_withdrawal(dt.date(2025, 6, 1))))
    assert ledger.rows("SELECT cover_id FROM cover") == ["C-2"]
