"""Locks, then facts: one query per table, in a later statement than the locks, so that what was waited for is seen."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from schemas.events.policies import PolicyTermsSet
from streams.commitments.facts import Facts, Told
from streams.commitments.keys import BY_POLICY, Keys, keys_in, keys_of
from streams.ledger.batch import EVERYBODY, Known, Slice
from streams.ledger.errors import StaleFactsError
from streams.ledger.identity import event_key, pair_key
from streams.ledger.payments import group_claims, group_payments, locks_of
from streams.ledger.positions import Position
from streams.ledger.round_trip import RoundTrip
from streams.ledger.rows import group_covers, group_judgments, parked_record, policy_of
from streams.ledger.told import read_told, wait_for_slices
from streams.runs import Received

UNBOUNDED = 2**31
"""As many policies as there are."""


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that a transaction has locked and read before it decides."""

    position: Position | None
    facts: Facts
    known: Known
    seq: int
    """Of the commit, taken after the locks."""
    whom: Slice
    """Of the first record due: the policies that it may tell, as far as was read."""
    numbers: dict[str, int]
    """The last running number of each policy that has one."""


async def read(
    connection: AsyncConnection,
    place: tuple[str, str, int] | None,
    records: Sequence[Received],
    keys: Keys,
    most: int,
) -> Held:
    """Lock the position and everything that `records` join on, and read what is known of it.

    Locks are taken in two ranks, each sorted: buyers, references, notices and names first, then policies. So the
    policies that the covers bring can be locked without starting again.

    Args:
        connection: in a transaction.
        place: consumer group, topic, partition; None for records that were read before and waited.
        records: of one run, or those that waited.
        keys: what to lock; the policies found are added.
        most: policies to read for a judgment that stands alone.

    Raises:
        StaleFactsError: facts bring keys of the first rank, now in `keys`: end the transaction, start again.
    """
    position = await _lock(connection, place, keys)
    due = _due(position, records)
    after = None if position is None else position.slice_after
    most = most if len(due) == 1 and type(due[0].event) in BY_POLICY else UNBOUNDED
    own = _own(due)
    found = await _look(connection, due, keys, {"after": after, "most": most, "own": own})
    half_told = _half_told(due, found["events"])
    if half_told is not None and after is None:
        after = ""  # it failed in the middle, and is let go now
    facts, whom = Facts(), _slice_of(after, most, found["covers"], found["declared"])
    group_claims(facts, found["claims"])
    group_payments(facts, found["payments"], keys.named)
    judgments = [row for row in found["judgments"] if row[0] != half_told]
    group_judgments(facts, judgments)
    if facts.cases and own is None:
        await wait_for_slices(connection, judgments)
    told = await read_told(connection, facts, due, whom, half_told, own)
    whom = _slice_of(after, most, found["covers"], found["declared"], told)  # who was told before is reached, too
    group_covers(facts, _within(whom, found["covers"]), _within(whom, found["declared"]))
    for policy_id, notice_id, case_id, kind, adopted_at in _within(whom, told):
        facts.add_told(Told(notice_id, case_id, policy_id, kind, adopted_at))
    _widen(keys, keys_in(facts))
    known = _known(found)
    freed = {r.event.policy_id for r in due if type(r.event) is PolicyTermsSet}
    numbers, seq = await _read_policies(connection, facts, known, keys, freed)
    return Held(position, facts, known, seq, whom, numbers)


async def _look(
    connection: AsyncConnection, due: Sequence[Received], keys: Keys, whose: Mapping[str, Any]
) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the locked keys lead to, as rows, by what they are; `whose` covers and declarations."""
    round_trip = RoundTrip(connection)
    buyers = {"buyers": list(keys.buyers), **whose}
    cited = {"named": list(keys.named), "returned": list(keys.returned)}
    asked = {
        "holds": round_trip.ask("read_holds", []),
        "events": round_trip.ask("read_events", [[event_key(r.header) for r in due if r.event is not None]]),
        "covers": round_trip.ask("read_covers", buyers, when=bool(keys.buyers)),
        "declared": round_trip.ask("read_declared", buyers, when=bool(keys.buyers)),
        "judgments": round_trip.ask("read_judgments", _judgment_keys(keys), when=bool(keys.buyers or keys.references)),
        "claims": round_trip.ask("read_claims", [list(keys.names)], when=bool(keys.names)),
        "payments": round_trip.ask("read_payments", cited, when=bool(keys.named or keys.returned)),
    }
    await round_trip.run()
    return {name: answer.rows for name, answer in asked.items()}


def _first_locks(keys: Keys) -> list[str]:
    """Names of the locks of the first rank: buyers, references, notices, what payments and claims go by."""
    names = [f"buyer:{b}" for b in keys.buyers]
    names += [f"reference:{source}/{reference}" for source, reference in keys.references]
    names += [f"notice:{n}" for n in keys.notices]
    return [*names, *locks_of(keys)] if keys.names or keys.payments else names


def _widen(keys: Keys, found: Keys) -> None:
    """Take in the keys that facts brought.

    Raises:
        StaleFactsError: some are of the first rank and not locked: end the transaction, lock all in order, read again.
    """
    keys.policies |= found.policies
    if not (found.buyers <= keys.buyers and found.references <= keys.references and found.names <= keys.names):
        keys.buyers |= found.buyers
        keys.references |= found.references
        keys.names |= found.names
        raise StaleFactsError


async def _lock(connection: AsyncConnection, place: tuple[str, str, int] | None, keys: Keys) -> Position | None:
    """The position, if there is one to lock, and the locks of the first rank."""
    first_locks = _first_locks(keys)
    round_trip = RoundTrip(connection)
    stand = round_trip.ask("lock_position", place, when=place is not None)
    round_trip.ask("lock_keys", [first_locks], when=bool(first_locks))
    await round_trip.run()
    return Position(*stand.rows[0]) if stand.rows else None


def _due(position: Position | None, records: Sequence[Received]) -> Sequence[Received]:
    """The records that are not applied yet; one that is told in part stands alone."""
    if position is None:
        return records
    due = [r for r in records if r.offset >= position.next_offset]
    return due if position.slice_after is None else due[:1]


def _known(found: Mapping[str, list[tuple[Any, ...]]]) -> Known:
    """The events that came before, and what is held back; what is parked is read with the policies."""
    first = {key: (digest, (topic, partition, offset)) for key, digest, topic, partition, offset in found["events"]}
    return Known(first, frozenset(name for (name,) in found["holds"]), {})


def _own(due: Sequence[Received]) -> list[str] | None:
    """The policies that the records name, where each asks of its own alone; None: a judgment asks of all."""
    if any(type(r.event) in BY_POLICY for r in due):
        return None
    return list(keys_of(r.event for r in due if r.event is not None).policies)


def _half_told(due: Sequence[Received], events: Iterable[tuple[Any, ...]]) -> bytes | None:
    """The event that is known from the very place that is due: told in part, its judgment is not yet a fact to it."""
    places = [r.place for r in due[:1]]
    return next((key for key, _, *place in events if tuple(place) in places), None)


def _slice_of(after: str | None, most: int, *found: list[tuple[Any, ...]]) -> Slice:
    """Whom a record may reach in one transaction: the next `most` of the policies `found`, as far as all was read."""
    if sum(map(len, found)) <= most:
        return EVERYBODY if after is None else Slice(after)
    policies = sorted({row[0] for rows in found for row in rows})
    read_to = [max(row[0] for row in rows) for rows in found if len(rows) > most]
    if len(policies) > most:
        read_to.append(policies[most - 1])
    return Slice(after, min(read_to, default=None))


def _within(whom: Slice, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows of a slice's policies, whose ids come first."""
    return rows if whom.until is None else [row for row in rows if whom.holds(row[0])]


async def _read_policies(
    connection: AsyncConnection, facts: Facts, known: Known, keys: Keys, freed: Collection[str]
) -> tuple[dict[str, int], int]:
    """The second rank: policies, and what waits for those whose terms have come; their last numbers, the commit's."""
    policies = list(keys.policies)
    round_trip = RoundTrip(connection)
    round_trip.ask("lock_keys", [[f"policy:{p}" for p in policies]], when=bool(policies))
    stored = round_trip.ask("read_policies", [policies], when=bool(policies))
    numbered = round_trip.ask("read_numbers", [policies], when=bool(policies))
    parked = round_trip.ask("read_parked", [[f"policy:{p}" for p in freed]], when=bool(freed))
    judged = round_trip.ask("read_judged_buyers", {"policies": list(freed)}, when=bool(freed))
    seq = round_trip.ask("next_seq", [])
    await round_trip.run()
    numbers = dict(numbered.rows)
    for policy_id, listed_at, *said in stored.rows:
        facts.policies[policy_id] = policy_of(policy_id, *said, was_told=policy_id in numbers)
        if listed_at is not None:
            known.listed[policy_id] = listed_at
    for waits_for, record in map(parked_record, parked.rows):
        known.parked.setdefault(waits_for, []).append(record)
    # All at once: each new key begins the transaction anew.
    found = keys_of([r.event for records in known.parked.values() for r in records if r.event is not None])
    found.buyers.update(buyer_id for (buyer_id,) in judged.rows)
    _widen(keys, found)
    return numbers, seq.rows[0][0]


def _judgment_keys(keys: Keys) -> dict[str, Any]:
    return {"buyers": list(keys.buyers), "references": [pair_key(*reference) for reference in keys.references]}
