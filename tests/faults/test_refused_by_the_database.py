"""One record that PostgreSQL does not take, in the middle of a run."""

from collections.abc import Iterator

import pytest

from tests.builders import a_judgment
from tests.deployment import Deployment
from tests.faults.conftest import Deploy, Sound
from tests.faults.trade import Trade

TRADE = Trade(buyers=120)
VICTIM = TRADE.judgments[61]


@pytest.fixture
def hub(deploy: Deploy) -> Iterator[Deployment]:
    """All judgments on one partition: the record stands in the middle of a run."""
    with deploy().make(court_judgments=1) as hub:
        hub.start_worker()
        yield hub


def test_a_record_that_the_database_refuses_is_kept_and_its_key_waits(hub: Deployment, sound: Sound) -> None:
    """Everything else goes on, an operator is told, and what waits is told once it is let go."""
    hub.publish(TRADE.terms, TRADE.limits)
    hub.settle()
    hub.execute(f"ALTER TABLE ledger.judgment ADD CONSTRAINT refused CHECK (buyer_id <> '{VICTIM.buyer_id}')")
    later = a_judgment("A20269999999", buyer_id=VICTIM.buyer_id, nature_class="CLOSURE", nature="Clôture")
    hub.publish(TRADE.judgments, [later])
    hub.settle()

    sound("a record that PostgreSQL refuses", hub, {(r, p) for r, p in TRADE.owed if r != VICTIM.reference})
    key = f"key:{hub.topic('court-judgments')}:{VICTIM.buyer_id}"
    assert hub.rows("SELECT waits_for, count(*) FROM ledger.parked GROUP BY 1") == [(key, 2)]
    assert hub.rows("SELECT waits_for FROM ledger.hold") == [(key,)]
    [(reason, detail)] = hub.rows("SELECT reason, detail FROM ledger.review")
    assert reason == "quarantined"
    assert "CheckViolation" in detail
    assert "quarantined" in hub.workers[0].said

    hub.execute("ALTER TABLE ledger.judgment DROP CONSTRAINT refused")
    assert hub.vigie("resume", key) == f"{key}: 2 records applied, 4 notices owed\n"
    hub.settle()
    late = {(later.reference, policy_id) for reference, policy_id in TRADE.owed if reference == VICTIM.reference}
    sound("a record that PostgreSQL refused is let go", hub, TRADE.owed | late)
