"""What became of each notice of a file, and of each notice owed because of it, read from the ledger and the stores."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from connectors.refusal import Refusal
from schemas.events.court_judgments import JudgmentPublished
from streams.ledger.identity import event_key
from streams.ledger.queries import load

SQL = load("streams.demo", "accounts.sql")
FATES = ("owed", "concerns nobody", "held for review", "refused")


@dataclass(slots=True)
class Entry:
    """One notice of the file."""

    reference: str
    buyer: str = ""
    nature: str = ""
    fate: str = "concerns nobody"
    alerts: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """How many notices are owed on a channel, and how many it has."""

    name: str
    owed: int
    sent: int


@dataclass(frozen=True, slots=True)
class Accounts:
    """The whole account."""

    entries: list[Entry]
    events: int
    channels: list[Channel]
    promises: Mapping[str, int] = field(default_factory=dict)

    @property
    def balances(self) -> bool:
        """Owed = sent on every channel."""
        return all(channel.owed == channel.sent for channel in self.channels)

    def fates(self) -> Counter[str]:
        """How many notices of the file met each fate."""
        return Counter(entry.fate for entry in self.entries)

    def alerts(self) -> int:
        """How many notices the file made owed."""
        return sum(entry.alerts for entry in self.entries)


def draw_up(
    connection: psycopg.Connection[Any], events: Sequence[JudgmentPublished], refusals: Sequence[Refusal]
) -> Accounts:
    """Account for every notice of the file: the person concerned who fares most decides, and every alert counts."""
    owed = dict(connection.execute(SQL["notices_by_cause"]).fetchall())
    applied = {bytes(key) for (key,) in connection.execute(SQL["applied_events"]).fetchall()}
    held = {bytes(key): reason for key, reason in connection.execute(SQL["reviews_by_event"]).fetchall()}
    entries: dict[str, Entry] = {}
    for event in events:
        key = event_key(event.header)
        entry = entries.setdefault(event.reference, Entry(event.reference, event.person.name, event.nature))
        _settle(entry, alerts=owed.get(key, 0), held=held.get(key), refused=key not in applied)
    for refusal in refusals:
        entries[f"{refusal.refused} {refusal.where}"] = Entry(refusal.refused, fate="refused", why=refusal.reason)
    return Accounts(list(entries.values()), len(events), _channels(connection), _promises(connection))


def _settle(entry: Entry, *, alerts: int, held: str | None, refused: bool) -> None:
    """Owed weighs more than held, held more than refused, and anything more than nothing."""
    entry.alerts += alerts
    if entry.alerts:
        entry.fate = "owed"
    elif held is not None:
        entry.fate, entry.why = "held for review", held
    elif refused and entry.fate == "concerns nobody":
        entry.fate, entry.why = "refused", "by the hub: see the dead letters"


def _channels(connection: psycopg.Connection[Any]) -> list[Channel]:
    rows = connection.execute(SQL["channels"]).fetchall()
    return [Channel(name, owed, sent) for name, owed, sent in rows]


def _promises(connection: psycopg.Connection[Any]) -> dict[str, int]:
    return dict(connection.execute(SQL["promises"]).fetchall())


def settled(connection: psycopg.Connection[Any]) -> bool:
    """Whether nothing is on its way any more: outbox, mails and deliveries."""
    row = connection.execute(SQL["on_its_way"]).fetchone()
    return row is not None and row[0] == 0
