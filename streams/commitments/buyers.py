"""What registers and the rating desk say of buyers: recorded; whom it is told to comes later."""

import datetime as dt

from schemas.base import Record
from schemas.events.voided import EventVoided
from streams.commitments.decision import NOTHING, Decision
from streams.commitments.facts import Facts
from streams.commitments.voided import reviewed


def on_buyer_update(event: Record, facts: Facts, now: dt.datetime) -> Decision:  # noqa: ARG001 -- every rule's form
    """Nobody is told of an update yet; one that its provider takes back is put before a person."""
    return reviewed(event) if isinstance(event, EventVoided) else NOTHING
