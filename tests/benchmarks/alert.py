"""What one of many alerts of a judgment costs: `PYTHONPATH=tests/benchmarks python -m tests.benchmarks.alert`, in µs.

The best of 7, without a broker or a database. The judgment's own part is written once for all of its alerts; a policy's
terms are decoded once, when a worker first meets them.
"""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import world

from schemas.codec import decode, encode
from schemas.notices.header import Cause
from streams.commitments.envelope import seal
from streams.commitments.facts import CoverPeriod, Facts
from streams.commitments.judgments import on_judgment
from streams.settings import Settings

ALERTS = 2_000
ROUNDS = 7
Done = TypeVar("Done")


def timed(step: str, work: Callable[[], Done]) -> Done:
    """What `work` returns; prints how long it took for each alert."""
    best, done = float("inf"), work()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        done = work()
        best = min(best, time.perf_counter() - began)
    print(f"{step:8} {best / ALERTS * 1e6:5.1f} µs")  # noqa: T201  # its output
    return done


def main() -> None:
    """Measure each step."""
    numbers, zone = range(ALERTS), Settings().zone
    covers = [
        CoverPeriod(world.policy_id(n), world.FAN_BUYER, f"F{n}", world.START, None, Decimal(50_000), "EUR")
        for n in numbers
    ]
    policies = {policy.policy_id: policy for policy in map(world.policy, numbers)}
    stored = [encode(policy.terms[0]) for policy in policies.values()]
    facts = Facts(covers={world.FAN_BUYER: covers}, policies=policies)
    event = world.judgment_of(world.FAN_BUYER, 0)
    place = {"topic": "court-judgments", "partition": 0, "offset": 0}
    cause = Cause(**place, source=event.header.source, event_id=event.header.event_id)
    timed("terms", lambda: [decode(terms) for terms in stored])
    owed = timed("decide", lambda: on_judgment(event, facts, world.NOW).notices)
    sealed = timed("seal", lambda: [seal(o, policies[o.policy_id], 1, cause, now=world.NOW, zone=zone) for o in owed])
    timed("encode", lambda: [encode(notice) for notice in sealed])


if __name__ == "__main__":
    main()
