"""What one transaction is going to change: a run decided over its facts. Pure: nothing here reads or writes."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.catalog import TOPICS, key_of, topic_of
from schemas.codec import content_digest, same_content
from schemas.errors import RefusedError
from schemas.events.policies import RecipientsSet
from streams.commitments.decision import Decision, Owed, Review
from streams.commitments.facts import Facts, Policy
from streams.ledger.identity import event_key, partition_of
from streams.ledger.site import Site
from streams.runs import Place, Received

NOT_ALLOWED = "source_not_allowed"
"""Why a record is refused that gives a source which may not write its topic. Somebody else may have written it."""


class DecisionError(Exception):
    """A rule could not decide a record: a bug of ours, kept with the record."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger already holds about a run's records, beside the facts of rules."""

    events: dict[bytes, tuple[bytes, Place]]
    """By event key: digest and place of the first that came."""
    holds: frozenset[str]
    """What records wait for: `key:<topic>:<key>`, `source:<source>`."""
    parked: dict[str, list[Received]]
    """Records that wait, decoded, by what they wait for."""
    listed: dict[str, int] = field(default_factory=dict)
    """By policy_id: offset of the list of recipients that was adopted from `notices`; those before it were replaced."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The policies that one transaction may tell of a record that reaches too many: after one, up to another."""

    after: str | None = None
    """Told already up to here; None: nobody yet."""
    until: str | None = None
    """What the policies behind this one hold was not read; None: all was."""

    def holds(self, policy_id: str) -> bool:
        """Whether the policy is one of them."""
        return (self.after is None or policy_id > self.after) and (self.until is None or policy_id <= self.until)


EVERYBODY = Slice()


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice before it has a number, with all that its envelope depends on, as it was when it was decided."""

    record: Received
    owed: Owed
    policy: Policy
    now: dt.datetime


@dataclass(slots=True)
class Batch:
    """The changes, in the order of the records."""

    next_offset: int
    """The position once they are committed."""
    now: dt.datetime
    slice_after: str | None = None
    """Set where the record at `next_offset` is told up to this policy, and not yet to those after it."""
    events: list[tuple[bytes, bytes, str, int, int, str, dt.datetime, dt.datetime, dt.datetime]] = field(
        default_factory=list
    )
    """As the table has them."""
    repeated: list[tuple[bytes, str, dt.datetime]] = field(default_factory=list)
    """Event key, source and broker time of each that came before, with the same content."""
    decided: list[tuple[Received, Decision]] = field(default_factory=list)
    drafts: dict[uuid.UUID, Draft] = field(default_factory=dict)
    """By notice_id, in the order in which they were decided."""
    refused: list[tuple[Received, RefusedError]] = field(default_factory=list)
    parked: dict[Place, tuple[Received, str]] = field(default_factory=dict)
    """By where it stands: the record, and what it waits for."""
    released: list[Received] = field(default_factory=list)
    quarantined: list[tuple[Received, str, str]] = field(default_factory=list)
    """The record, what its key's later records wait for, and the error."""
    sources: Counter[str] = field(default_factory=Counter)


class Decider:
    """Decides the records of one run in order, each over the facts as the ones before left them."""

    def __init__(
        self, site: Site, facts: Facts, known: Known, partitions: int | None, quarantine: Mapping[int, str]
    ) -> None:
        """Take the topic's number of `partitions` (None: not asked), and the errors of records that failed twice."""
        self.site, self.facts, self.known = site, facts, known
        self.partitions, self.quarantine = partitions, quarantine
        self.holds = set(known.holds)

    def decide(self, records: Sequence[Received], whom: Slice, now: dt.datetime) -> Batch:
        """The changes that `records` make, cut where the notices are too many for one transaction.

        `whom`: the policies to tell of the first of them now.
        """
        batch = self.batch = Batch(records[0].offset, now)
        self._flag_if_misplaced(records[0])
        for record in records:
            batch.now = max(batch.now, record.broker_at)
            begun = whom.after is not None
            decision = self._decision(record, begun=begun)
            cut = decision is not None and (
                whom != EVERYBODY or len(batch.drafts) + len(decision.notices) > self.site.slice_notices
            )
            if cut and batch.next_offset != records[0].offset:
                return batch  # it begins the next transaction: nothing of it is in this one
            if record.event is not None and not begun:
                batch.sources[record.header.source] += 1
            if decision is not None:
                self._remember(record)
                if cut:
                    self._take_slice(record, decision, whom)
                    return batch
                self._take(record, decision)
            whom = EVERYBODY
            batch.next_offset = record.offset + 1
        return batch

    def _decision(self, record: Received, *, begun: bool) -> Decision | None:
        """What the rule says; None where the record is refused, repeated, parked or quarantined instead.

        One that has `begun` to be told is told to its end, whatever its key or source waits for meanwhile.
        """
        refusal = record.refusal or self._misfit(record)
        if refusal is not None:
            self._refuse(record, refusal)
            return None
        known = self.known.events.get(event_key(record.header))
        if known is not None and known[1] != record.place:
            self._repeat(record, known)
            return None
        waits_for = self._quarantined(record) or (None if begun else self._held(record, record.header.source))
        if waits_for is not None:
            self.batch.parked[record.place] = record, waits_for
            return None
        decision = self._ask(record)
        if decision is None:
            self._remember(record)
        return decision

    def _remember(self, record: Received) -> None:
        """Keep the record's event: met again elsewhere it is a repeat."""
        header, key = record.header, event_key(record.header)
        if key not in self.known.events:
            digest = content_digest(record.raw or b"")
            self.known.events[key] = (digest, record.place)
            said_at = (header.occurred_at, header.published_at, record.broker_at)
            self.batch.events.append((key, digest, *record.place, header.source, *said_at))

    def _ask(self, record: Received) -> Decision | None:
        """The rule's decision; a record that waits for another is parked."""
        if self._was_replaced(record):
            return Decision()
        rule = self.site.rules[self.site.plain(record.topic)]
        try:
            decision = rule(record.event, self.facts, self.batch.now)
        except Exception as error:
            # One of the two places of the house where any exception is caught: it stays with its record.
            raise DecisionError(f"{type(error).__name__}: {error}") from error
        if decision.waits_for is None:
            return decision
        self.batch.parked[record.place] = record, decision.waits_for
        self.known.parked.setdefault(decision.waits_for, []).append(record)
        return None

    def _was_replaced(self, record: Received) -> bool:
        """A list of recipients that comes again after a newer one was adopted: told now, it would be the newest."""
        event = record.event
        return isinstance(event, RecipientsSet) and record.offset < self.known.listed.get(event.policy_id, 0)

    def _take(self, record: Received, decision: Decision) -> None:
        """Put a decision among the changes, then those of the records that waited for it."""
        self.facts.after(decision)
        self._keep(record, decision)
        for policy in decision.policies:
            for parked in self.known.parked.pop(f"policy:{policy.policy_id}", []) if policy.terms else []:
                if self.batch.parked.pop(parked.place, None) is None:  # else it came in this very run
                    self.batch.released.append(parked)
                again = self._ask(parked)
                if again is not None:
                    self._take(parked, again)

    def _take_slice(self, record: Received, decision: Decision, whom: Slice) -> None:
        """Tell the next policies only, in order of their ids; what the record stores goes with the first of them."""
        stored = Decision()
        if whom.after is None:
            stored = decision
            self.facts.after(decision)
        owed = sorted(decision.notices, key=lambda o: o.policy_id)
        rest = [o for o in owed if whom.holds(o.policy_id)]
        told = first_policies(rest, self.site.slice_notices)
        self._keep(record, replace(stored, notices=told))
        self.batch.slice_after = whom.until if len(told) == len(rest) else told[-1].policy_id
        if self.batch.slice_after is None:
            self.batch.next_offset = record.offset + 1

    def _keep(self, record: Received, decision: Decision) -> None:
        self.batch.decided.append((record, decision))
        for owed in decision.notices:
            draft = Draft(record, owed, self.facts.policies[owed.policy_id], self.batch.now)
            self.batch.drafts.setdefault(owed.notice_id, draft)

    def _misfit(self, record: Received) -> RefusedError | None:
        """Why a record that decodes does not belong where it stands."""
        topic = TOPICS[self.site.plain(record.topic)]
        event = record.event
        assert event is not None
        if topic_of(event) is not topic:
            return RefusedError("wrong_topic", f"{type(event).__name__} does not belong on {topic.name}")
        source = record.header.source
        if not self.site.may_write(source, topic.name):
            return RefusedError(NOT_ALLOWED, f"{source} may not write {topic.name}: VIGIE_SOURCES says who may")
        if record.key is None:
            return RefusedError("null_key", f"expected the key {topic.key}, got none: its order could not be kept")
        if record.key != key_of(event).encode():
            return RefusedError("wrong_key", f"expected the key {topic.key}, got {record.key[:64]!r}")
        return None

    def _refuse(self, record: Received, refusal: RefusedError) -> None:
        self.batch.refused.append((record, refusal))

    def _repeat(self, record: Received, known: tuple[bytes, Place]) -> None:
        """The same event again changes nothing; with another content it is refused."""
        if not same_content(known[0], record.raw or b""):
            topic, partition, offset = known[1]
            first = f"{topic}/{partition} @ {offset}"
            detail = f"the same event_id came at {first} with another content"
            self._refuse(record, RefusedError("conflicting_repeat", detail))
        else:
            self.batch.repeated.append((event_key(record.header), record.header.source, record.broker_at))

    def _quarantined(self, record: Received) -> str | None:
        """A record that failed twice makes its key wait."""
        error = self.quarantine.get(record.offset)
        if error is None:
            return None
        waits_for = _by_key(record)
        self.holds.add(waits_for)
        self.batch.quarantined.append((record, waits_for, error))
        return waits_for

    def _held(self, record: Received, source: str) -> str | None:
        """What the record waits for, if anything."""
        if not self.holds:
            return None
        return next((held for held in (_by_key(record), f"source:{source}") if held in self.holds), None)

    def _flag_if_misplaced(self, record: Received) -> None:
        """One record of each run shows whether its provider partitions as the contract says (murmur2)."""
        if self.partitions is None or record.key is None or record.event is None:
            return
        due = partition_of(record.key, self.partitions)
        if due != record.partition:
            source = record.header.source
            detail = (
                f"{source} put key {record.key[:64]!r} on {record.topic}/{record.partition}, murmur2 gives {due}:"
                " its order is not kept. Set the partitioner to murmur2 (murmur2_random in librdkafka)."
            )
            self.batch.decided.append((record, Decision(reviews=(Review("wrong_partition", detail),))))


def _by_key(record: Received) -> str:
    return f"key:{record.topic}:{(record.key or b'').decode(errors='replace')}"


def first_policies(owed: Sequence[Owed], most: int) -> tuple[Owed, ...]:
    """The first `most` notices, and as many more as the last policy among them has: a policy is never cut."""
    if len(owed) <= most:
        return tuple(owed)
    last = owed[most - 1].policy_id
    return tuple(o for o in owed if o.policy_id <= last)
