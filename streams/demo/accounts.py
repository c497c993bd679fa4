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
from streams.ledger.rows import RECIPIENTS

SQL = load("streams.demo", "accounts.sql")
FATES = ("concerns nobody", "refused", "held for review", "owed", "not read")
"""The later weighs more: what was not read may still change all that is said of the notice."""
NOT_READ = ("not read", "by the hub")


@dataclass(slots=True)
class Entry:
    """One notice of the file."""

    reference: str
    buyer: str = ""
    nature: str = ""
    fate: str = "concerns nobody"
    alerts: int = 0
    why: str = ""

    def meet(self, fate: str, why: str) -> None:
        """One of its persons met this fate: it is the notice's own, unless another's weighs as much."""
        if FATES.index(fate) > FATES.index(self.fate):
            self.fate, self.why = fate, why


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
    on_its_way: int = 0
    """Records that the hub has yet to read, and what it has yet to send and to hear of."""

    @property
    def balances(self) -> bool:
        """Every notice was read, owed = sent on every channel, and nothing is on its way any more."""
        all_sent = all(channel.owed == channel.sent for channel in self.channels)
        return all_sent and not self.on_its_way and not self.fates()["not read"]

    def fates(self) -> Counter[str]:
        """How many notices of the file met each fate."""
        return Counter(entry.fate for entry in self.entries)

    def alerts(self) -> int:
        """How many notices the file made owed."""
        return sum(entry.alerts for entry in self.entries)


def draw_up(
    connection: psycopg.Connection[Any],
    events: Sequence[JudgmentPublished],
    refusals: Sequence[Refusal],
    unread: int = 0,
) -> Accounts:
    """Account for every notice of the file: the person concerned who fares most decides, and every alert counts.

    ``unread`` is how many records of those published the hub has yet to read.
    """
    alerts = dict(connection.execute(SQL["notices_by_cause"]).fetchall())
    fates = _fates(connection)
    entries: dict[str, Entry] = {}
    for event in events:
        key = event_key(event.header)
        entry = entries.setdefault(event.reference, Entry(event.reference, event.person.name, event.nature))
        entry.alerts += alerts.get(key, 0)
        entry.meet(*fates.get(key, NOT_READ))
    for refusal in refusals:
        entries[f"{refusal.refused} {refusal.where}"] = Entry(refusal.refused, fate="refused", why=refusal.reason)
    left = unread + on_its_way(connection)
    return Accounts(list(entries.values()), len(events), _channels(connection), _promises(connection), left)


def _fates(connection: psycopg.Connection[Any]) -> dict[bytes, tuple[str, str]]:
    """By event: its fate, the one that weighs most, and why."""
    rows = connection.execute(SQL["fates"]).fetchall()
    return {key: (fate, why) for key, fate, why in sorted(rows, key=lambda row: FATES.index(row[1]))}


def _channels(connection: psycopg.Connection[Any]) -> list[Channel]:
    rows = connection.execute(SQL["channels"], {"mails": _mails_owed(connection)}).fetchall()
    return [Channel(name, owed, sent) for name, owed, sent in rows]


def _mails_owed(connection: psycopg.Connection[Any]) -> int:
    """A mail to each who wants the notice, by the ledger; one that nobody wants is held, so it is owed still."""
    rows = connection.execute(SQL["notices_by_list"]).fetchall()
    return sum(count * _wanting(kind, listed) for kind, listed, count in rows)


def _wanting(kind: str, listed: str) -> int:
    return sum(recipient.wants(kind) for recipient in RECIPIENTS.validate_json(listed)) or 1


def _promises(connection: psycopg.Connection[Any]) -> dict[str, int]:
    return dict(connection.execute(SQL["promises"]).fetchall())


def on_its_way(connection: psycopg.Connection[Any]) -> int:
    """How much is on its way still: outbox, notices that a sink has yet to take, mails and deliveries."""
    [(left,)] = connection.execute(SQL["on_its_way"]).fetchall()
    return int(left)
