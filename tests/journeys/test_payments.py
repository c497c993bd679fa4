"""A bank's statement and the claims that it pays, from the file to what a person has to look at."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.bank_builders import a_detail, a_file, a_statement, an_entry
from tests.deployment import Deployment, wait_for
from tests.journeys.conftest import Deploy
from tests.money import a_claim, a_payment

STATEMENT = a_file(
    a_statement(
        an_entry("250.00", a_detail("250.00", text="FACTURE F-2026/118 SOLDE"), reference="BANK-1"),
        an_entry("90.00", a_detail("90.00", text="CLM-2026-0099", end_to_end="VIR-77"), reference="BANK-2"),
        an_entry("40.00", a_detail("40.00", text="MERCI BEAUCOUP"), reference="BANK-3"),
        closing="480.10",
    )
)


@pytest.fixture(scope="module")
def hub(deploy: Deploy, place_for_module: Path) -> Iterator[Deployment]:
    """A hub that had read a claim, a statement that does not reconcile, and then another claim."""
    with deploy().make() as hub:
        hub.start_worker()
        hub.publish([a_claim("CLM-2026-0042", "F-2026/118")])
        hub.settle()
        file = place_for_module / "statement.xml"
        file.write_bytes(STATEMENT)
        hub.vigie("publish", "bank", str(file))
        wait_for(lambda: hub.count("payment") == 3, "three payments in the ledger")
        hub.publish([a_claim("CLM-2026-0099")])
        hub.settle()
        yield hub


def test_payments_are_matched_to_the_claims_that_they_cite(hub: Deployment) -> None:
    """The claim that was there, and the one that came later; the statement is kept with each."""
    matched = hub.rows(
        "SELECT amount::int, claim_id, matched_by, statement_id, reconciled FROM ledger.payment ORDER BY 1"
    )
    assert matched == [
        (40, None, None, "S-1", False),
        (90, "CLM-2026-0099", "free_text", "S-1", False),
        (250, "CLM-2026-0042", "free_text", "S-1", False),
    ]


def test_a_person_sees_what_was_not_matched_and_what_does_not_add_up(hub: Deployment) -> None:
    """One review for the payment that cites nobody, one for the statement with its three payments, no other."""
    shown = [json.loads(line) for line in hub.vigie("reviews", "--json").splitlines()]
    found = {review["reason"]: review["detail"] for review in shown}
    assert len(shown) == 2
    assert "40.00 EUR booked on 2026-11-20\nlooked for nothing: it cites nothing" in found["unmatched_payment"]
    assert "difference 0.10 EUR" in found["statement_not_reconciled"]
    assert "BEAUCOUP" not in str(found)
    assert "Ateliers" not in str(found)


def test_a_bank_learns_what_became_of_its_events(hub: Deployment) -> None:
    """A payment is applied; what comes under its id with another content is refused."""
    [(event_id,)] = hub.rows("SELECT event_id FROM ledger.payment WHERE amount = 90")
    header = a_payment().header.model_copy(update={"event_id": event_id})
    hub.publish([a_payment("otherwise", header=header)])
    hub.settle()
    fate = json.loads(hub.vigie("events", "show", "bank", event_id, "--json"))
    assert (fate["state"], fate["position"]["topic"], fate["notices"]) == ("applied", "payments", 0)
    assert [refusal["reason"] for refusal in fate["refusals"]] == ["conflicting_repeat"]
