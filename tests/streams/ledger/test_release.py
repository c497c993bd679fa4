"""Letting go what was held back: in order, with what it owes, and nothing overtaken."""

import asyncio
import datetime as dt
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from schemas.codec import encode
from schemas.errors import RefusedError
from streams.commitments.decision import Decision
from streams.commitments.facts import Facts
from streams.commitments.rules import RULES
from streams.ledger.connection import connect
from streams.ledger.release import Released, release
from streams.runs import Place
from tests.builders import BUYER, POLICY, a_judgment
from tests.streams.ledger.bench import SITE, Ledger

HELD = f"key:court-judgments:{BUYER}"


def a_bug(*_: object) -> NoReturn:
    raise ZeroDivisionError("not yet mended")


@pytest.fixture
def holding(ledger: Ledger) -> Ledger:
    """A ledger in which two judgments on a covered buyer wait, because the rule failed on the first."""
    ledger.insure(POLICY)
    runs = [ledger.judgments.append(a_judgment("A1")), ledger.judgments.append(a_judgment("A2"))]
    ledger.apply(*runs, rules={**RULES, "court-judgments": a_bug})
    assert ledger.rows("SELECT count(*) FROM parked") == [2]
    return ledger


def let_go(ledger: Ledger, name: str = HELD, discard: Place | None = None, **site: object) -> Released:
    async def scene() -> Released:
        async with await connect(ledger.uri) as connection:
            return await release(connection, replace(SITE, **site), name, discard)

    return asyncio.run(scene())


def test_what_waited_is_applied_in_order(holding: Ledger) -> None:
    """Once the rule is mended, each record makes owed what it would have, in its key's order; later ones go through."""
    assert let_go(holding) == Released(applied=2, notices=2)
    assert [notice.body.judgment.reference for notice in holding.notices()] == ["A1", "A2"]
    assert (holding.rows("SELECT * FROM hold"), holding.rows("SELECT * FROM parked")) == ([], [])
    holding.apply(holding.judgments.append(a_judgment("A3")))
    assert holding.told() == [(POLICY, 1), (POLICY, 2), (POLICY, 3)]
    assert holding.rows("SELECT kind, first_offset FROM commit_log WHERE kind <> 'run' ORDER BY seq") == [
        ("resume", 0), ("resume", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("discards", [False, True])
def test_whoever_was_to_look_why_it_failed_has_done_so(holding: Ledger, *, discards: bool) -> None:
    """Its review is closed once it is applied or discarded; while it fails again, it is open."""
    still_open = "SELECT record_offset FROM review WHERE reason = 'quarantined' AND closed_at IS NULL"
    with pytest.raises(RefusedError):
        let_go(holding, rules=FAILING)
    assert holding.rows(still_open) == [0]
    let_go(holding, **({"discard": FIRST, "rules": FAILING} if discards else {}))
    assert holding.rows(still_open) == []


def test_what_fails_again_goes_on_waiting(holding: Ledger) -> None:
    """The record is named with its error; it and those behind it wait as before."""
    message = "fails_again: court-judgments/0 @ 0 fails as before, and waits on: ZeroDivisionError: not yet mended"
    with pytest.raises(RefusedError) as refused:
        let_go(holding, rules={**RULES, "court-judgments": a_bug})
    assert str(refused.value) == message
    assert holding.rows("SELECT record_offset FROM parked ORDER BY 1") == [0, 1]
    assert holding.rows("SELECT waits_for FROM hold") == [HELD]


def test_what_is_not_held_is_said_so(ledger: Ledger) -> None:
    """A name that holds nothing is refused, with the command that shows what is."""
    with pytest.raises(RefusedError, match=r"nothing is held under 'source:x'\. What is: vigie holds"):
        let_go(ledger, "source:x")


def test_a_repeat_among_what_waited_changes_nothing(ledger: Ledger) -> None:
    """An event that came twice while its source was paused is applied once."""
    ledger.insure(POLICY)
    ledger.run_sql("INSERT INTO hold (waits_for, reason) VALUES ('source:bodacc', 'paused')")
    ledger.apply(ledger.judgments.append(a_judgment(), a_judgment()))
    assert let_go(ledger, "source:bodacc").notices == 1
    assert ledger.told() == [(POLICY, 1)]
    assert ledger.rows("SELECT * FROM parked") == []


async def three_let_go(ledger: Ledger) -> None:
    async def one() -> None:
        async with await connect(ledger.uri) as connection:
            with suppress(RefusedError):  # another has lifted the hold
                await release(connection, SITE, "source:bodacc")

    await asyncio.gather(one(), one(), one())


def test_several_let_go_at_once(ledger: Ledger) -> None:
    """What one has applied the others pass over: repeats are counted once, and each dead letter is sent once."""
    ledger.insure(POLICY)
    ledger.run_sql("INSERT INTO hold (waits_for, reason) VALUES ('source:bodacc', 'paused')")
    for n in range(12):
        first = a_judgment(f"A{n}")
        ledger.judgments.append(first, first, a_judgment(f"A{n}", court="Greffe de Paris", header=first.header))
    ledger.apply(ledger.judgments.run())

    asyncio.run(three_let_go(ledger))
    assert ledger.told() == [(POLICY, n) for n in range(1, 13)]
    assert ledger.rows("SELECT count(*) FROM repeat") == [12]
    assert ledger.rows("SELECT sum(cardinality(entry_ids))::int FROM outbox WHERE topic = 'dead-letters'") == [12]
    assert ledger.rows("SELECT count(*) FROM commit_log WHERE kind = 'resume'") == [36]


FIRST = ("court-judgments", 0, 0)


def a_rule_that_fails_on_a1(event: Any, facts: Facts, now: dt.datetime) -> Decision:
    return a_bug() if event.reference == "A1" else RULES["court-judgments"](event, facts, now)


FAILING = {**RULES, "court-judgments": a_rule_that_fails_on_a1}


def dead_letters(ledger: Ledger) -> list[tuple[str, dict[str, str]]]:
    rows = ledger.rows("SELECT entry_ids, headers FROM outbox WHERE topic = 'dead-letters'")
    return [(entry, dict(headers)) for row in rows for entry, headers in zip(*row, strict=True)]


def test_what_fails_for_ever_is_discarded_and_the_others_applied(holding: Ledger) -> None:
    """It is a dead letter that says who decided so, in one commit with its release; those behind it are told."""
    assert let_go(holding, discard=FIRST, rules=FAILING) == Released(applied=1, notices=1, discarded=True)
    ((entry, headers),) = dead_letters(holding)
    assert (entry, headers["reason"]) == ("court-judgments/0/0", "discarded")
    assert headers["detail"] == "it failed again and again, and a person let go of it (vigie resume --discard)"
    assert holding.rows("SELECT record_offset, reason FROM refusal") == [(0, "discarded")]
    assert [notice.body.judgment.reference for notice in holding.notices()] == ["A2"]
    assert (holding.rows("SELECT * FROM hold"), holding.rows("SELECT * FROM parked")) == ([], [])
    assert holding.rows("SELECT kind, first_offset FROM commit_log WHERE kind <> 'run' ORDER BY seq") == [
        ("discard", 0), ("resume", 1),
    ]  # fmt: skip


def test_what_no_longer_fails_is_applied_and_not_discarded(holding: Ledger) -> None:
    """Once the cause is mended there is nothing to let go of."""
    assert let_go(holding, discard=FIRST) == Released(applied=2, notices=2)
    assert dead_letters(holding) == []


def test_only_the_record_that_was_meant_is_discarded(holding: Ledger) -> None:
    """One that fails behind it goes on waiting; one that somebody else has let go of before is said so."""
    every = {**RULES, "court-judgments": a_bug}
    with pytest.raises(RefusedError, match="court-judgments/0 @ 1 fails as before"):
        let_go(holding, discard=FIRST, rules=every)
    with pytest.raises(RefusedError, match=r"court-judgments/0 @ 0 waits no longer under .*: nothing was discarded"):
        let_go(holding, discard=FIRST, rules=every)
    assert [entry for entry, _ in dead_letters(holding)] == ["court-judgments/0/0"]
    assert holding.rows("SELECT record_offset FROM parked") == [1]


def test_of_two_that_discard_at_once_one_is_told(holding: Ledger) -> None:
    """One dead letter, one refusal, and whoever came second learns that it was done."""

    async def one() -> Released | str:
        async with await connect(holding.uri) as connection:
            try:
                return await release(connection, replace(SITE, rules=FAILING), HELD, FIRST)
            except RefusedError as error:
                return error.reason

    async def both() -> list[Released | str]:
        return await asyncio.gather(one(), one())

    told = asyncio.run(both())
    assert "not_held" in told
    assert [each.discarded for each in told if isinstance(each, Released)] == [True]
    assert len(dead_letters(holding)) == 1
    assert [notice.body.judgment.reference for notice in holding.notices()] == ["A2"]


def test_what_can_no_longer_be_read_is_refused(ledger: Ledger) -> None:
    """A record that waits since before its days had bounds becomes a dead letter; those behind it are applied."""
    ledger.insure(POLICY)
    first = a_judgment("A1")
    far = first.publication.model_copy(update={"date": dt.date(9999, 12, 31)})
    for offset, event in enumerate((first.model_copy(update={"publication": far}), a_judgment("A2"))):
        row = (
            f"'court-judgments', 0, {offset}, '{HELD}', '\\x{BUYER.encode().hex()}', '\\x{encode(event).hex()}', now()"
        )
        columns = "topic, partition, record_offset, waits_for, record_key, record, broker_at"
        ledger.run_sql(f"INSERT INTO parked ({columns}) VALUES ({row})")
    ledger.run_sql(f"INSERT INTO hold (waits_for, reason) VALUES ('{HELD}', 'year 10000 is out of range')")
    assert let_go(ledger).notices == 1
    assert [headers["reason"] for _, headers in dead_letters(ledger)] == ["invalid_value"]
    assert [notice.body.judgment.reference for notice in ledger.notices()] == ["A2"]
