"""One judgment that concerns more policies than one transaction may tell."""

from collections.abc import Iterator

import pytest

from tests.builders import a_judgment, a_limit, some_terms
from tests.deployment import Deployment
from tests.faults.check import check
from tests.journeys.conftest import Deploy

POLICIES = [f"P-{n:04}" for n in range(35)]
SLICE = 10
PAUSE_IN_THE_SECOND_SLICE = """
    CREATE FUNCTION public.pause() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$;
    CREATE TRIGGER pause BEFORE INSERT ON ledger.commit_log FOR EACH ROW
        WHEN (NEW.slice_after >= 'P-0019') EXECUTE FUNCTION public.pause()"""


@pytest.fixture
def hub(deploy: Deploy) -> Iterator[Deployment]:
    """A hub that tells ten policies at a time, of which 35 have a cover on one buyer."""
    with deploy(slice_notices=SLICE).make() as hub:
        hub.start_worker()
        hub.publish(map(some_terms, POLICIES))
        hub.settle()
        hub.publish(map(a_limit, POLICIES))
        hub.settle()
        yield hub


def test_each_policy_is_told_once_also_where_the_worker_is_killed_between_slices(hub: Deployment) -> None:
    """What one slice has told stays told, the next worker goes on behind it, and the judgment behind waits its turn."""
    hub.execute(PAUSE_IN_THE_SECOND_SLICE)
    with hub.holding("SELECT pg_advisory_xact_lock(4711)"):
        hub.publish([a_judgment("WIDE"), a_judgment("BEHIND", nature_class="CLOSURE")])
        hub.until_a_worker_waits("ledger.commit_log")
        hub.workers[0].kill()
        hub.end_waits()
    assert hub.rows("SELECT count(*), max(policy_id) FROM ledger.notice") == [(SLICE, POLICIES[SLICE - 1])]
    assert hub.rows("SELECT slice_after FROM ledger.position WHERE slice_after IS NOT NULL") == [("P-0009",)]
    hub.start_worker()
    hub.settle()
    outcome = check(hub, {(reference, policy_id) for reference in ("WIDE", "BEHIND") for policy_id in POLICIES})
    assert outcome.sound, outcome
    slices = hub.rows("SELECT count(*) FROM ledger.commit_log WHERE slice_after IS NOT NULL")
    assert slices == [(6,)]
