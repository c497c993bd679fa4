"""Money received and claims, as they are committed, found again, and meet."""

import asyncio
import random
from typing import Any

import pytest

from streams.ledger.connection import connect
from streams.ledger.payments import LOCKS
from streams.ledger.release import release
from streams.runs import Run
from tests.builders import BUYER, POLICY, a_header, a_void
from tests.money import a_bank_statement, a_claim, a_payment, a_return, an_overdue
from tests.streams.ledger.bench import SITE, Ledger

MATCHED = "SELECT event_id, matched_by, policy_id, claim_id, overdue_id FROM payment ORDER BY event_id"
OPEN = "SELECT reason FROM review WHERE closed_at IS NULL ORDER BY reason"
ROUNDS = 12


def paid(n: object, *free_text: str, **fields: Any) -> Any:
    return a_payment(*free_text, header=a_header(f"B-{n}", "bank"), **fields)


@pytest.mark.parametrize("claim_first", [True, False])
def test_a_payment_is_matched_whichever_comes_first(ledger: Ledger, *, claim_first: bool) -> None:
    """In runs of their own: the claim is stored with the payment, and no review is left open."""
    runs = [ledger.claims.append(a_claim("CLM-2026-0042", "F-2118")), ledger.payments.append(paid(1, "FACTURE F-2118"))]
    ledger.apply(*(runs if claim_first else reversed(runs)))
    assert ledger.rows(MATCHED) == [("B-1", "free_text", POLICY, "CLM-2026-0042", None)]
    assert ledger.rows("SELECT reason, closed_at IS NULL FROM review") == (
        [] if claim_first else [("unmatched_payment", False)]
    )


def test_the_names_of_a_claim_are_known(ledger: Ledger) -> None:
    """Its own, its report's and its invoices', as they are compared, with policy and buyer; told again, they stay."""
    claim = a_claim("CLM-2026-0042", "F/118", "F/118", buyer_id=None, overdue_id="ovd 7")
    again = a_claim("CLM-2026-0042", "F/118", overdue_id="ovd 7", header=a_header("again", "claims"))
    unnamed = again.model_copy(update={"header": a_header("unnamed", "claims"), "buyer_id": None})
    ledger.apply(ledger.claims.append(claim), ledger.claims.append(again, unnamed))
    known = ledger.rows("SELECT name, policy_id, claim_id, overdue_id, buyer_id FROM claim_name ORDER BY name")
    assert known == [(name, POLICY, "CLM-2026-0042", "ovd 7", BUYER) for name in ("CLM20260042", "F118", "OVD7")]


def test_a_match_in_doubt_by_another_name_is_seen(ledger: Ledger) -> None:
    """A payment cites two claims: the second to come finds that the first is meant too, in a run of its own."""
    ledger.apply(ledger.payments.append(paid(1, "CLM-0001 CLM-0002")))
    ledger.apply(ledger.claims.append(a_claim("CLM-0001")))
    assert ledger.rows(MATCHED) == [("B-1", "free_text", POLICY, "CLM-0001", None)]
    ledger.apply(ledger.claims.append(a_claim("CLM-0002", policy_id="P-9")))
    assert ledger.rows(MATCHED) == [("B-1", None, None, None, None)]
    assert ledger.rows("SELECT count(*), count(closed_at) FROM review") == [(2, 1)]


def test_reviews_that_come_and_go_in_one_run(ledger: Ledger) -> None:
    """What a run opens and settles itself is closed; what stands at its end is open."""
    ledger.apply(ledger.payments.append(paid(1, "F-2026")))
    ledger.apply(ledger.claims.append(*(a_claim(f"CLM-{n}", "F-2026") for n in range(4))))
    [(opened, closed)] = ledger.rows("SELECT count(*), count(closed_at) FROM review")
    assert (opened, closed) == (4, 3)
    [detail] = ledger.rows("SELECT detail FROM review WHERE closed_at IS NULL")
    assert "CLM-0 of" in detail
    assert "CLM-3 of" in detail


def test_a_report_becomes_a_claim(ledger: Ledger) -> None:
    """A payment matched to what was overdue is the claim's once there is one."""
    ledger.apply(ledger.claims.append(an_overdue("OVD-7", "F-2026")), ledger.payments.append(paid(1, "F-2026")))
    assert ledger.rows(MATCHED) == [("B-1", "free_text", POLICY, None, "OVD-7")]
    ledger.apply(ledger.claims.append(a_claim("CLM-1", "F-2026", overdue_id="OVD-7")))
    assert ledger.rows(MATCHED) == [("B-1", "free_text", POLICY, "CLM-1", None)]


def test_a_payment_that_comes_back_is_stored_beside_it(ledger: Ledger) -> None:
    """In the same run or a later one, with its amount and reason; one that nobody knows is for a person."""
    one, other = paid(1, end_to_end_id="E-1"), paid(2, end_to_end_id="E-2")
    ledger.apply(ledger.claims.append(a_claim("E-1", "E-2")))
    ledger.apply(ledger.payments.append(one, other, a_return(one)), ledger.payments.append(a_return(other, "-9.99")))
    beside = ledger.rows(
        "SELECT p.event_id, p.claim_id, trim_scale(r.amount)::text, r.reason_code FROM payment_return AS r"
        " JOIN payment AS p ON p.event_key = r.payment_key ORDER BY 1"
    )
    assert beside == [("B-1", "E-1", "-250", "MD06"), ("B-2", "E-1", "-9.99", "MD06")]
    assert ledger.rows(OPEN) == []
    ledger.apply(ledger.payments.append(a_return(paid(3, end_to_end_id="E-3"))))
    assert ledger.rows(OPEN) == ["returned_payment_unknown"]


def test_a_payment_that_was_held_is_matched_when_it_is_let_go(ledger: Ledger) -> None:
    """It waits behind its paused source, takes part in nothing, and then meets the claim that came meanwhile."""
    ledger.run_sql("INSERT INTO hold (waits_for, reason) VALUES ('source:bank', 'a test')")
    ledger.apply(ledger.payments.append(paid(1, "F-2026")), ledger.claims.append(a_claim("CLM-1", "F-2026")))
    assert ledger.rows(MATCHED) == []

    async def resume() -> None:
        async with await connect(ledger.uri) as connection:
            await release(connection, SITE, "source:bank")

    asyncio.run(resume())
    assert ledger.rows(MATCHED) == [("B-1", "free_text", POLICY, "CLM-1", None)]


def test_a_statement_that_does_not_reconcile_opens_one_review(ledger: Ledger) -> None:
    """However many payments it has, in one run or several; each of them keeps that it was wrong."""
    wrong = a_bank_statement("S-1", reconciled=False)
    ledger.apply(ledger.claims.append(a_claim("CLM-1", "F-2026")))
    for run in range(2):
        payments = (paid(f"{run}-{n}", "F-2026", statement=wrong) for n in range(3))
        ledger.apply(ledger.payments.append(*payments))
    assert ledger.rows(OPEN) == ["statement_not_reconciled"]
    assert ledger.rows("SELECT DISTINCT statement_id, reconciled FROM payment") == [("S-1", False)]


def test_repeats_voids_and_refusals_are_told_apart(ledger: Ledger) -> None:
    """On each topic a repeat changes nothing, another content is refused, and a void is for a person."""
    payment, claim = paid(1, end_to_end_id="E-1"), a_claim("E-1")
    ledger.apply(
        ledger.claims.append(claim, claim, a_claim("E-1", cause="OTHER"), a_void(claim, "claims", POLICY)),
        ledger.payments.append(payment, payment, paid(1, "other words", end_to_end_id="E-1")),
        ledger.payments.append(a_void(payment, "payments", "E-1")),
        ledger.buyers.append(a_void(paid(9), "buyer-updates", BUYER), paid(8)),
    )
    assert ledger.rows("SELECT topic, count(*) FROM event GROUP BY 1 ORDER BY 1") == [
        ("buyer-updates", 1),
        ("claims", 2),
        ("payments", 2),
    ]
    assert ledger.rows("SELECT topic, reason FROM refusal ORDER BY 1") == [
        ("buyer-updates", "wrong_topic"),
        ("claims", "conflicting_repeat"),
        ("payments", "conflicting_repeat"),
    ]
    assert ledger.rows("SELECT count(*) FROM repeat") == [2]
    assert ledger.rows(OPEN) == ["event_voided"] * 3


def test_a_run_of_long_texts_takes_no_more_locks_than_there_are(ledger: Ledger) -> None:
    """Five hundred payments of fifty words each are applied in one transaction, beside what others lock."""
    words = (" ".join(f"W{n:04}{m:02}" for m in range(50)) for n in range(500))
    ledger.apply(ledger.payments.append(*(paid(n, text) for n, text in enumerate(words))))
    assert ledger.rows("SELECT count(*) FROM citation") == [25_000]
    assert LOCKS < 1_000


def a_round(ledger: Ledger, round_: int, chance: random.Random) -> tuple[Run, Run]:
    """Payments that each cite two invoices on one side, on the other the claims, which share some of them."""
    payments = [paid(f"{round_}-{n}", f"F-{round_:03}-{n} F-{round_:03}-{n + 1}") for n in range(4)]
    claims = [a_claim(f"C-{round_}-{n}", f"F-{round_:03}-{n}") for n in (0, 1, 4)]
    chance.shuffle(payments)
    chance.shuffle(claims)
    return ledger.payments.append(*payments), ledger.claims.append(*claims)


def test_payments_and_claims_that_meet(ledger: Ledger) -> None:
    """Committed at the same moment by two workers, one sees the other: nobody's payment stays unmatched for that."""
    chance = random.Random(ledger.isolation)

    async def scene() -> None:
        async with ledger.hub() as one, ledger.hub() as other:
            for round_ in range(ROUNDS):
                both = list(zip((one, other), a_round(ledger, round_, chance), strict=True))
                chance.shuffle(both)
                await asyncio.gather(*(hub.apply(run) for hub, run in both))

    asyncio.run(scene())
    found = {event_id: claim for event_id, _, _, claim, _ in ledger.rows(MATCHED)}
    expected = {}
    for n in range(ROUNDS):
        # The first cites two claims, the third none.
        expected |= {f"B-{n}-0": None, f"B-{n}-1": f"C-{n}-1", f"B-{n}-2": None, f"B-{n}-3": f"C-{n}-4"}
    assert found == expected
    assert ledger.rows(OPEN) == ["unmatched_payment"] * 2 * ROUNDS
