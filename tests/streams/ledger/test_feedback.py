"""What providers are told of what they published."""

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

from schemas.base import Record
from schemas.codec import encode
from streams.ledger.connection import connect
from streams.ledger.feedback import (
    Fate,
    Lateness,
    RecordPosition,
    Refusals,
    Scorecard,
    fate_of,
    refusals_of,
    scorecard_of,
    sources_since,
)
from tests.builders import BUYER, NOW, POLICY, a_header, a_judgment, a_limit, a_rectification, some_terms
from tests.streams.ledger.bench import Ledger

LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def fate(ledger: Ledger, record: Record, receipt: RecordPosition | None = None) -> Fate | None:
    header = record.header
    return asyncio.run(_fate(ledger, header.source, header.event_id, receipt))


async def _fate(ledger: Ledger, source: str, event_id: str, receipt: RecordPosition | None) -> Fate | None:
    async with await connect(ledger.uri) as connection:
        return await fate_of(connection, "", source, event_id, receipt)


def state(ledger: Ledger, record: Record) -> tuple[str, int]:
    found = fate(ledger, record)
    assert found is not None
    return found.state, found.notices


async def _scorecard(ledger: Ledger, source: str, since: dt.datetime) -> Scorecard:
    async with await connect(ledger.uri) as connection:
        return await scorecard_of(connection, source, since)


def test_an_event_that_was_applied(ledger: Ledger) -> None:
    """It is applied where it lies, with its times and the number of notices that it made owed."""
    ledger.insure(POLICY, "P-2")
    judgment, at = a_judgment(), NOW + dt.timedelta(minutes=3)
    ledger.apply(ledger.judgments.append(judgment, at=at))
    found = fate(ledger, judgment)
    assert found is not None
    assert (found.state, found.position, found.notices) == ("applied", RecordPosition("court-judgments", 0, 0), 2)
    assert (found.occurred_at, found.published_at, found.received_at) == (NOW, NOW, at)
    assert (found.waits_for, found.repeats, found.refusals) == (None, 0, ())


def test_a_judgment_that_another_had_told(ledger: Ledger) -> None:
    """The second to tell a judgment is joined to it; the first is applied, and so is what corrects it."""
    ledger.insure(POLICY)
    first, second = a_judgment(), a_judgment("G-77", source="gazette")
    correction = a_rectification()
    ledger.apply(ledger.judgments.append(first, second, correction))
    assert [state(ledger, each)[0] for each in (first, second, correction)] == ["applied", "joined", "applied"]


def test_an_event_whose_policy_is_unknown(ledger: Ledger) -> None:
    """It is parked until the policy's terms come, and applied then."""
    limit = a_limit()
    ledger.apply(ledger.judgments.append(a_judgment()), ledger.limits.append(limit))
    found = fate(ledger, limit)
    assert found is not None
    assert (found.state, found.waits_for) == ("parked", "a policy whose terms are not known yet")
    ledger.apply(ledger.policies.append(some_terms()))
    assert state(ledger, limit) == ("applied", 1)


@pytest.mark.parametrize("waits_for", ["source:bodacc", "key:court-judgments:FR:912345675"])
def test_an_event_that_is_held(ledger: Ledger, waits_for: str) -> None:
    """Behind a paused source or a quarantined key it is held, and says where it lies."""
    ledger.run_sql(f"INSERT INTO hold (waits_for, reason) VALUES ('{waits_for}', 'a test')")
    judgment = a_judgment()
    ledger.apply(ledger.judgments.append(judgment))
    found = fate(ledger, judgment)
    assert found is not None
    assert (found.state, found.position.offset, found.received_at) == ("held", 0, NOW)


def test_an_event_that_was_refused(ledger: Ledger) -> None:
    """It is refused with reason and place; what comes under the id of an applied one is told beside it."""
    wrong = a_judgment("A1")
    ledger.apply(ledger.limits.append(wrong))
    assert state(ledger, wrong) == ("refused", 0)
    limit = a_limit()
    ledger.apply(ledger.policies.append(some_terms()), ledger.limits.append(limit))
    ledger.apply(ledger.limits.append(limit.model_copy(update={"amount": Decimal(5)}), limit))
    found = fate(ledger, limit)
    assert found is not None
    assert (found.state, found.repeats) == ("applied", 1)
    assert [(one.reason, one.position.offset) for one in found.refusals] == [("conflicting_repeat", 2)]


def test_an_event_with_an_impossible_value(ledger: Ledger) -> None:
    """Its header says whose it is: the provider finds it among its refusals, under its id."""
    far = a_limit().model_copy(update={"expires_on": dt.date(9999, 12, 31)})
    ledger.apply(ledger.limits.append(far))
    ledger.apply(ledger.limits.put(BUYER.encode(), encode(a_limit(header=a_header("cut", "underwriting")))[:-1]))
    assert state(ledger, far) == ("refused", 0)
    found = asyncio.run(_page(ledger, 10, None, "underwriting"))
    assert found is not None
    assert [(one.event_id, one.reason) for one in found.refusals] == [
        ("cut", "malformed_avro"), (far.header.event_id, "invalid_value"),
    ]  # fmt: skip


def test_an_event_that_nobody_knows(ledger: Ledger) -> None:
    """Nothing is known of it, unless it has a receipt: then it is received, and where."""
    judgment, place = a_judgment(), RecordPosition("court-judgments", 3, 14)
    assert fate(ledger, judgment) is None
    found = fate(ledger, judgment, place)
    assert found is not None
    assert (found.state, found.position) == ("received", place)


def test_a_scorecard_counts_each_record_once(ledger: Ledger) -> None:
    """Received is the sum of events, repeats and refusals; lateness is that of the events."""
    ledger.insure(POLICY)
    late = [
        a_judgment(f"A{n}", header=a_header(f"A{n}").model_copy(update={"published_at": NOW + dt.timedelta(hours=n)}))
        for n in range(5)
    ]
    changed = a_judgment("A0", header=late[0].header, court="Another")
    sent = [*late, late[0], changed, a_rectification("A1", header=a_header("R1"))]
    ledger.apply(ledger.judgments.append(*sent, at=NOW + dt.timedelta(hours=6)))
    card = asyncio.run(_scorecard(ledger, "bodacc", LONG_AGO))
    assert (card.received, card.events, card.repeats, card.corrections) == (8, 6, 1, 1)
    assert card.refused == {"conflicting_repeat": 1}
    assert card.occurred_to_published == Lateness(5_400, 13_500)
    assert card.published_to_received == Lateness(16_200, 21_600)


def test_a_scorecard_begins_where_it_is_told(ledger: Ledger) -> None:
    """What came before is not in it; a source of which nothing came has no lateness."""
    ledger.apply(ledger.judgments.append(a_judgment()))
    card = asyncio.run(_scorecard(ledger, "bodacc", NOW + dt.timedelta(days=1)))
    assert (card.received, card.occurred_to_published) == (0, Lateness(None, None))


def test_the_sources_are_known(ledger: Ledger) -> None:
    """Whoever published or was refused is listed, once; a source sees the refusals of its own records only."""
    ledger.apply(ledger.judgments.append(a_judgment()), ledger.limits.append(a_judgment("G", source="gazette")))

    async def ask() -> tuple[list[str], list[str]]:
        async with await connect(ledger.uri) as connection:
            refused = await refusals_of(connection, "", "gazette", 10)
            assert await refusals_of(connection, "", "bodacc", 10) == Refusals((), None)
            assert refused is not None
            return await sources_since(connection, LONG_AGO), [one.reason for one in refused.refusals]

    assert asyncio.run(ask()) == (["bodacc", "gazette"], ["wrong_topic"])


def misplaced(ledger: Ledger, *event_ids: str, at: dt.datetime = NOW, source: str = "gazette") -> None:
    """Records that are refused in one commit."""
    events = [a_judgment(source=source, header=a_header(event_id, source)) for event_id in event_ids]
    ledger.apply(ledger.limits.append(*events, at=at))


async def _page(ledger: Ledger, limit: int, before: str | None, source: str = "gazette") -> Refusals | None:
    async with await connect(ledger.uri) as connection:
        return await refusals_of(connection, "", source, limit, before)


def page(ledger: Ledger, limit: int, before: str | None = None) -> tuple[list[str | None], str | None]:
    found = asyncio.run(_page(ledger, limit, before))
    assert found is not None
    return [one.event_id for one in found.refusals], found.next


def test_a_list_goes_on_where_it_ended_whatever_is_refused_meanwhile(ledger: Ledger) -> None:
    """The newest first, each once, also where many came in one commit; what is newer is in a list begun anew only."""
    misplaced(ledger, "1", "2", "3", "4", "5")
    first, after = page(ledger, 2)
    misplaced(ledger, "6", at=NOW + dt.timedelta(seconds=1))
    misplaced(ledger, "X", at=NOW + dt.timedelta(seconds=1), source="agency")
    second, last = page(ledger, 2, after)
    assert (first, second, page(ledger, 2, last)) == (["5", "4"], ["3", "2"], (["1"], None))
    assert page(ledger, 3) == (["6", "5", "4"], "limits/0/3")
    assert page(ledger, 6) == (["6", "5", "4", "3", "2", "1"], None)


def test_what_a_lagging_partition_refuses_later_stands_where_its_time_is(ledger: Ledger) -> None:
    """A list under way meets it there if it has not passed, and passes over nothing of what it would have shown."""
    misplaced(ledger, "1", "2", "3")
    first, after = page(ledger, 2)
    late = a_limit(header=a_header("0", "gazette"))
    ledger.apply(ledger.judgments.append(late, at=NOW - dt.timedelta(hours=1)))
    assert (first, page(ledger, 2, after)) == (["3", "2"], (["1", "0"], None))


@pytest.mark.parametrize("before", ["limits/0/1", "limits/0/7", "limits/9/0", "notices/0/0"])
def test_no_list_goes_on_from_what_is_not_its_own(ledger: Ledger, before: str) -> None:
    """A place of another source's refusal, or of none, is no place to go on from."""
    misplaced(ledger, "1")
    misplaced(ledger, "2", source="agency")
    assert asyncio.run(_page(ledger, 10, before)) is None
