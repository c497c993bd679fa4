"""A record that fails for a reason of its own: it is found, kept with its error, and waited for by its key alone."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from streams.commitments.decision import Decision
from streams.commitments.facts import Facts
from streams.commitments.rules import RULES
from streams.ledger.hub import MOST_QUARANTINED_IN_A_ROW, QuarantinesInARowError
from tests.builders import POLICY, a_judgment, a_limit, some_terms
from tests.streams.ledger.bench import Ledger

BAD = "FR:666666666"
REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.buyer_id LIKE 'FR:666%' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON judgment FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.fixture
def refusing(ledger: Ledger) -> Iterator[Ledger]:
    """A ledger that takes no judgment on buyers whose number begins with 666."""
    ledger.run_sql(REFUSING)
    yield ledger
    ledger.run_sql("DROP TRIGGER refuse ON judgment; DROP FUNCTION refuse")


def a_rule_that_fails(event: Any, facts: Facts, now: dt.datetime) -> Decision:
    if event.buyer_id == BAD:
        raise ZeroDivisionError("no such quota")
    return RULES["court-judgments"](event, facts, now)


def a_day(bad_at: int, count: int = 9) -> list[Any]:
    """Judgments on as many buyers, one of them the bad one."""
    buyers = [BAD if n == bad_at else f"FR:{n:09}" for n in range(count)]
    return [a_judgment(f"A{n}", buyer_id=buyer) for n, buyer in enumerate(buyers)]


@pytest.mark.parametrize("bad_at", [0, 4, 8])
def test_the_one_record_is_found(refusing: Ledger, bad_at: int) -> None:
    """Wherever it stands in its run, it is kept with its error, and every other record is applied."""
    assert refusing.apply(refusing.judgments.append(*a_day(bad_at))) == [True]
    assert refusing.rows("SELECT record_offset FROM judgment ORDER BY 1") == [n for n in range(9) if n != bad_at]
    held = f"key:court-judgments:{BAD}"
    assert refusing.rows("SELECT record_offset, waits_for FROM parked") == [(bad_at, held)]
    ((waits_for, reason),) = refusing.rows("SELECT waits_for, reason FROM hold")
    assert (waits_for, reason.splitlines()[0]) == (held, "RaiseException: not this one")
    ((why, offset),) = refusing.rows("SELECT reason, record_offset FROM review")
    assert (why, offset) == ("quarantined", bad_at)
    assert refusing.position() == 9


def test_its_key_waits_and_no_other(refusing: Ledger) -> None:
    """Later records of the key wait behind it in order, in the same run and in later ones; the rest goes on."""
    other = "FR:000000001"
    days = (a_judgment("A1", buyer_id=BAD), a_judgment("A2", buyer_id=other), a_judgment("A3", buyer_id=BAD))
    more = (a_judgment("A4", buyer_id=BAD), a_judgment("A5", buyer_id=other))
    refusing.apply(refusing.judgments.append(*days))
    refusing.apply(refusing.judgments.append(*more))
    assert refusing.rows("SELECT record_offset FROM parked ORDER BY 1") == [0, 2, 3]
    assert refusing.rows("SELECT record_offset FROM judgment ORDER BY 1") == [1, 4]
    assert refusing.rows("SELECT count(*) FROM review") == [1]


def test_the_same_buyer_on_another_topic_goes_on(refusing: Ledger) -> None:
    """Only the key's own topic waits: a cover on the buyer is taken in."""
    refusing.apply(refusing.judgments.append(a_judgment(buyer_id=BAD)))
    refusing.apply(refusing.policies.append(some_terms()), refusing.limits.append(a_limit(buyer_id=BAD)))
    assert refusing.rows("SELECT buyer_id FROM cover") == [BAD]


def test_a_rule_that_fails_keeps_its_record(ledger: Ledger) -> None:
    """An exception of a rule stays with the record that it was asked about."""
    rules = {**RULES, "court-judgments": a_rule_that_fails}
    ledger.apply(ledger.judgments.append(*a_day(4)), rules=rules)
    assert ledger.rows("SELECT reason FROM hold") == ["ZeroDivisionError: no such quota"]
    assert ledger.rows("SELECT count(*) FROM judgment") == [8]


def test_a_failure_that_passes_is_no_quarantine(ledger: Ledger) -> None:
    """A record that succeeds when it is tried alone a second time is applied."""
    failures = [ZeroDivisionError(), ZeroDivisionError()]

    def rule(event: Any, facts: Facts, now: dt.datetime) -> Decision:
        if event.buyer_id == BAD and failures:
            raise failures.pop()
        return RULES["court-judgments"](event, facts, now)

    ledger.apply(ledger.judgments.append(*a_day(1, count=2)), rules={**RULES, "court-judgments": rule})
    assert ledger.rows("SELECT count(*) FROM judgment") == [2]
    assert ledger.rows("SELECT * FROM parked") == []


def test_a_notice_too_large_for_a_message_is_quarantined(ledger: Ledger) -> None:
    """A judgment whose alert no topic takes is kept with the size, and holds nobody else up."""
    ledger.insure(POLICY)
    officers = [a_judgment().officers[0].model_copy(update={"address": "x" * 100_000})] * 9
    huge = a_judgment("A1", officers=officers)
    ledger.apply(ledger.judgments.append(huge), ledger.judgments.append(a_judgment("A2", buyer_id="FR:1")))
    (reason,) = ledger.rows("SELECT reason FROM hold")
    assert reason.startswith("JudgmentAlert of P-2041: 1000")
    assert reason.endswith("bytes, at most 900000")
    assert ledger.rows("SELECT record_offset FROM judgment") == [1]


def test_record_after_record_stops_the_worker(refusing: Ledger) -> None:
    """When more fail in a row than can be their own fault, the worker stops, and says with what."""
    count = MOST_QUARANTINED_IN_A_ROW + 1
    day = [a_judgment(f"A{n}", buyer_id=f"FR:666{n:06}") for n in range(count)]
    message = rf"{count} records in a row failed, the last with: RaiseException: not this one"
    with pytest.raises(QuarantinesInARowError, match=message):
        refusing.apply(refusing.judgments.append(*day))
    assert refusing.position() == MOST_QUARANTINED_IN_A_ROW


def test_bad_records_between_good_ones_stop_nobody(refusing: Ledger) -> None:
    """What counts is failures in a row: a good record in between starts the count again."""
    buyers = [f"FR:666{n:06}" if n % 2 else f"FR:{n:09}" for n in range(2 * MOST_QUARANTINED_IN_A_ROW + 4)]
    refusing.apply(refusing.judgments.append(*(a_judgment(f"A{n}", buyer_id=b) for n, b in enumerate(buyers))))
    assert refusing.rows("SELECT count(*) FROM hold") == [len(buyers) // 2]
    assert refusing.rows("SELECT count(*) FROM judgment") == [len(buyers) // 2]
