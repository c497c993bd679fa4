"""The one check of every fault: what is owed, what the ledger holds, and what a consumer of `notices` sees."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any
from uuid import UUID

from kafka import KafkaConsumer, TopicPartition

from schemas.codec import decode
from tests.deployment import Deployment
from tests.faults.trade import Alert


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts. All but `owed` and `repeats` must be 0."""

    owed: int
    lost: int
    """Owed, and not on `notices`."""
    twice: int
    """Told under two ids, or with more rows in the ledger than the topic has ids."""
    phantom: int
    """On the topic and not owed, or in only one of topic and ledger under its number."""
    gaps: int
    """Policies whose numbers, in ledger or topic, are not 1, 2, 3…"""
    overtaken: int
    """Notices that stand behind a later one of their policy."""
    disguised: int
    """Ids that came twice with different bytes."""
    unpromised: int
    """Notices without the promise to tell them."""
    repeats: int
    """Records of `notices` whose id had come before: allowed, and recognisable."""

    @property
    def sound(self) -> bool:
        """Whether every promise of the hub to itself was kept."""
        return not any(getattr(self, field.name) for field in fields(self) if field.name not in {"owed", "repeats"})


Sent = tuple[bytes, Any]
"""A record of `notices`: its bytes, and the notice in them."""


def check(hub: Deployment, owed: set[Alert]) -> Outcome:
    """Compare what is owed with the ledger and the topic of a hub that has settled."""
    sent = [(record.value, decode(record.value)) for record in read_topic(hub, "notices")]
    ledger = {n: (p, number) for n, p, number in hub.rows("SELECT notice_id, policy_id, number FROM ledger.notice")}
    promised = {notice_id for (notice_id,) in hub.rows("SELECT notice_id FROM ledger.promise")}
    return count(owed, sent, ledger, promised)


def count(owed: set[Alert], sent: list[Sent], ledger: dict[UUID, tuple[str, int]], promised: set[UUID]) -> Outcome:
    """Compare what is owed with what a consumer sees, who keeps the first of each id, and with the ledger."""
    bytes_of = defaultdict(set)
    notices: dict[UUID, Any] = {}
    for raw, notice in sent:
        bytes_of[notice.header.notice_id].add(raw)
        notices.setdefault(notice.header.notice_id, notice)
    told = Counter((n.body.judgment.reference, n.header.policy_id) for n in notices.values())
    topic = {notice_id: (n.header.policy_id, n.header.number) for notice_id, n in notices.items()}
    on_topic, in_ledger = numbers_of(topic.values()), numbers_of(ledger.values())
    return Outcome(
        owed=len(owed),
        lost=len(owed - told.keys()),
        twice=sum(told.values()) - len(told),
        phantom=len(told.keys() - owed) + len(topic.items() ^ ledger.items()),
        gaps=sum(sorted(n) != list(range(1, len(n) + 1)) for n in [*on_topic.values(), *in_ledger.values()]),
        overtaken=sum(later < earlier for n in on_topic.values() for earlier, later in pairwise(n)),
        disguised=sum(len(each) > 1 for each in bytes_of.values()),
        unpromised=len(ledger.keys() - promised),
        repeats=len(sent) - len(notices),
    )


def numbers_of(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """The running numbers of each policy, in the order given."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for policy_id, number in pairs:
        numbers[policy_id].append(number)
    return numbers


def read_topic(hub: Deployment, name: str) -> list[Any]:
    """Every record of a topic, by partition and offset."""
    consumer = KafkaConsumer(bootstrap_servers=hub.bootstrap, enable_auto_commit=False, metrics_enabled=False)
    try:
        places = [TopicPartition(hub.topic(name), p) for p in sorted(consumer.partitions_for_topic(hub.topic(name)))]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        found: dict[Any, list[Any]] = {place: [] for place in places}
        while any(consumer.position(place) < end for place, end in ends.items()):
            for place, records in consumer.poll(timeout_ms=500).items():
                found[place] += records
        return [record for place in places for record in found[place]]
    finally:
        consumer.close()
