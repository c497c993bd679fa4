"""Records that wait for their policy, and what its terms let go."""

from decimal import Decimal

from tests.builders import (
    BUYER,
    POLICY,
    a_header,
    a_judgment,
    a_limit,
    a_recipient,
    buyers_declared,
    some_recipients,
    some_terms,
)
from tests.streams.ledger.bench import Ledger


def test_a_record_waits_for_its_policy(ledger: Ledger) -> None:
    """A limit of an unknown policy is parked, and applied, with the alert it owes, when the terms come."""
    ledger.apply(ledger.judgments.append(a_judgment()), ledger.limits.append(a_limit()))
    assert ledger.rows("SELECT waits_for FROM parked") == [f"policy:{POLICY}"]
    assert (ledger.told(), ledger.position("limits")) == ([], 1)
    ledger.apply(ledger.policies.append(some_terms()))
    (notice,) = ledger.notices()
    assert (notice.header.cause.topic, notice.header.cause.offset) == ("limits", 0)
    assert ledger.rows("SELECT * FROM parked") == []


def test_waiting_records_keep_their_order(ledger: Ledger) -> None:
    """Two limits of one policy that waited are applied in the order of their log: the last one stands."""
    reduced = a_limit(amount=10, header=a_header("L-2", "underwriting"))
    ledger.apply(ledger.limits.append(a_limit(), reduced), ledger.policies.append(some_terms()))
    assert ledger.rows("SELECT amount FROM cover") == [10]


def test_what_waits_brings_its_own_keys(ledger: Ledger) -> None:
    """Buyers named only by a record that waited are locked and read before it is applied: their judgments are told."""
    names = [a_judgment(f"A{n}", buyer_id=f"FR:00000000{n}") for n in range(3)]
    ledger.apply(ledger.judgments.append(*names))
    ledger.apply(
        ledger.limits.append(*(a_limit(POLICY, j.buyer_id or "", header=a_header(j.reference)) for j in names))
    )
    ledger.apply(ledger.policies.append(some_terms()))
    assert ledger.told() == [(POLICY, 1), (POLICY, 2), (POLICY, 3)]


def test_a_contact_alone_makes_no_policy_known(ledger: Ledger) -> None:
    """Only terms release what waits: recipients that come first are kept, and the limit goes on waiting."""
    ledger.apply(ledger.limits.append(a_limit()), ledger.policies.append(some_recipients(a_recipient())))
    assert ledger.rows("SELECT waits_for FROM parked") == [f"policy:{POLICY}"]
    ledger.apply(ledger.policies.append(some_terms()), ledger.judgments.append(a_judgment()))
    (notice,) = ledger.notices()
    assert [r.recipient_id for r in notice.header.recipients] == ["R-1"]


def test_what_waits_for_terms_of_its_own_run(ledger: Ledger) -> None:
    """Buyers declared right before their policy's terms wait for no later ones."""
    terms = some_terms("P-1", unnamed_buyer_threshold=Decimal(7))
    ledger.apply(ledger.policies.append(buyers_declared(BUYER, policy_id="P-1"), terms))
    assert ledger.rows("SELECT * FROM parked") == []
    assert ledger.rows("SELECT policy_id, buyer_id FROM declared_buyer") == [("P-1", BUYER)]
    ledger.apply(ledger.judgments.append(a_judgment()))
    assert ledger.told() == [("P-1", 1)]
