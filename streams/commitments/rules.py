"""From topic to rule: what decides each record that the hub reads."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from streams.commitments.buyers import on_buyer_update
from streams.commitments.decision import Decision
from streams.commitments.deliveries import on_delivery
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from streams.commitments.limits import on_limit
from streams.commitments.payments import on_claim, on_payment
from streams.commitments.policies import on_policy

Rule = Callable[[Any, Facts, dt.datetime], Decision]
"""From one of a topic's records, over the facts, at a broker time."""

RULES: Mapping[str, Rule] = {
    "court-judgments": on_judgment,
    "buyer-updates": on_buyer_update,
    "limits": on_limit,
    "payments": on_payment,
    "claims": on_claim,
    "policies": on_policy,
    "deliveries": on_delivery,
}
"""By plain name of the topic."""
