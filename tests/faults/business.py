"""A hub at work: trade after trade, and everything that is owed since its start."""

from dataclasses import dataclass, field

from tests.deployment import Deployment
from tests.faults.trade import Alert, Trade


@dataclass
class Business:
    """What the tests of a module hand on: a hub that has told everything, with a worker at least."""

    hub: Deployment
    buyers: int
    owed: set[Alert] = field(default_factory=set)
    _buyers_so_far: int = 0
    _covers_so_far: int = 0

    def next_trade(self) -> Trade:
        """New buyers, whose covers the hub knows, and whose judgments are still to be published."""
        trade = self.trade_to_come()
        self.hub.publish(trade.limits)
        self.hub.settle()
        assert self.hub.count("cover") == self._covers_so_far, "is the worker's code not that of the test?"
        return trade

    def trade_to_come(self, buyers: int | None = None) -> Trade:
        """New buyers of whom the hub knows nothing yet; it knows the policies."""
        trade = Trade(buyers or self.buyers, first=self._buyers_so_far)
        if not self._buyers_so_far:
            self.hub.publish(trade.terms)
            self.hub.settle()
        self._buyers_so_far += trade.buyers
        self._covers_so_far += len(trade.limits)
        self.owed |= trade.owed
        return trade
