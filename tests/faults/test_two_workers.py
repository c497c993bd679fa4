"""Two workers on one hub: meeting on the same buyers, taking over, and coming back from the dead."""

from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from tests.faults.business import Business
from tests.faults.conftest import Deploy, Size, Sound


@pytest.fixture(scope="module", params=["read committed", "serializable"])
def business(request: pytest.FixtureRequest, deploy: Deploy, size: Size) -> Iterator[Business]:
    """A hub with two workers; judgments and limits have partitions that are dealt differently."""
    with deploy(isolation=request.param, run_records=100).make(limits=3) as hub:
        hub.start_worker()
        hub.start_worker()
        yield Business(hub, size.buyers)


def test_judgments_and_covers_of_the_same_buyers_at_the_same_time(business: Business, size: Size, sound: Sound) -> None:
    """Every alert is there, once, whichever came first."""
    hub = business.hub
    for _ in range(size.races):
        trade = business.trade_to_come(size.racing)
        together(lambda trade=trade: hub.publish(trade.judgments), lambda trade=trade: hub.publish(trade.limits))
        hub.settle()
    sound(f"two providers, two workers, {hub.isolation}", hub, business.owed, size.races)


def test_a_second_worker_joins_and_the_first_is_killed(business: Business, size: Size, sound: Sound) -> None:
    """Partitions are dealt anew twice while records come; the survivors go on where the ledger stands."""
    hub = business.hub
    for _ in range(size.rounds):
        trade = business.next_trade()
        half = len(trade.judgments) // 2
        hub.publish(trade.judgments[:half])
        hub.start_worker()
        hub.publish(trade.judgments[half:])
        hub.alive()[0].kill()
        hub.settle()
    sound(f"rebalance, {hub.isolation}", hub, business.owed, size.rounds)


def test_workers_come_back_after_another_took_over(business: Business, size: Size, sound: Sound) -> None:
    """Stopped for longer than their session and lease, one inside COPY with all its locks, they change nothing."""
    hub = business.hub
    for _ in range(size.rounds):
        trade = business.next_trade()
        zombies = hub.alive()
        with hub.holding("LOCK TABLE ledger.event IN EXCLUSIVE MODE"):
            hub.publish(trade.judgments)
            hub.until_a_worker_waits("COPY ledger.event")
            for zombie in zombies:
                zombie.freeze()
        hub.start_worker()
        hub.settle()
        assert "ended the session of a worker that has stopped" in hub.workers[-1].said
        for zombie in zombies:
            zombie.thaw()
        hub.publish(business.next_trade().judgments)
        hub.settle()
        hub.workers[-1].kill()  # two go on
    sound(f"workers stopped until another took over, {hub.isolation}", hub, business.owed, size.rounds)


def together(*works: Callable[[], None]) -> None:
    """Do all of it at the same time."""
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
