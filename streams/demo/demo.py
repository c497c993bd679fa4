"""The demo: a day of court judgments, from the gazette's file to the policyholders' mails and pages."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from connectors import bodacc
from connectors.publisher import Publisher
from connectors.refusal import Refusal
from schemas.base import Record
from schemas.events.court_judgments import JudgmentPublished
from streams.agents import TOPICS
from streams.cluster import cluster_of
from streams.demo.accounts import SQL, Accounts, draw_up, on_its_way
from streams.demo.portfolio import covered, portfolio
from streams.embedded.supervisor import Supervisor
from streams.logs import Logs
from streams.settings import Settings

DAY = Path(__file__).parent / "day.xml"
PATIENCE_S = 120
A_YEAR = dt.timedelta(days=365)
COLUMNS = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@dataclass(frozen=True, slots=True)
class Day:
    """What a file says."""

    events: Sequence[JudgmentPublished]
    refusals: Sequence[Refusal]

    @property
    def since(self) -> dt.date:
        """A year before its first judgment: the covers that are seeded are in force on all of its days."""
        dates = [e.judgment_date or e.publication.date for e in self.events]
        return min(dates, default=dt.datetime.now(dt.UTC).date()) - A_YEAR


def read(path: Path, now: dt.datetime) -> Day:
    """Read a BODACC file whole: what it says of whom, and what cannot be read."""
    with path.open("rb") as file:
        outcomes = list(bodacc.parse(file, now))
    return Day([o for o in outcomes if not isinstance(o, Refusal)], [o for o in outcomes if isinstance(o, Refusal)])


def play(
    settings: Settings, day: Day, every: int, supervisor: Supervisor, console: Console, patience_s: int = PATIENCE_S
) -> Accounts:
    """Seed the portfolio, publish the day, wait until everything owed is sent; the account of it.

    The portfolio, the judgments and the mails are each waited for as long as patience goes: the account says what is
    missing then.
    """
    now = dt.datetime.now(dt.UTC)
    buyers = covered(day.events, every)

    def wait(left: Callable[[], int]) -> None:
        until = time.monotonic() + patience_s
        supervisor.watch(lambda: not left() or time.monotonic() > until)

    with Progress(*COLUMNS, console=console, disable=not console.is_terminal) as progress:
        _publish(settings, portfolio(buyers, day.since, now))
        wait(_unread(settings, progress, "portfolio read"))
        _publish(settings, day.events)
        unread = _unread(settings, progress, "judgments read")
        wait(unread)
        with _ledger(settings) as connection:
            wait(_unsent(connection, progress))
            return draw_up(connection, day.events, day.refusals, unread())


def _publish(settings: Settings, records: Iterable[Record]) -> None:
    with Publisher(cluster_of(settings), settings.topic_prefix) as publisher:
        for record in records:
            publisher.publish(record)


def _unread(settings: Settings, progress: Progress, title: str) -> Callable[[], int]:
    """How many records the hub has yet to read, of all that its topics hold now."""
    names = [settings.topic_prefix + name for name in TOPICS if name != "deliveries"]
    with closing(Logs(cluster_of(settings))) as logs:
        end = sum(extent.following for extent in logs.extents(names).values())
    task = progress.add_task(title, total=end)

    def left() -> int:
        with _ledger(settings) as connection:
            [(read,)] = connection.execute(SQL["records_read"], [names]).fetchall()
        progress.update(task, completed=int(read))
        return max(end - int(read), 0)

    return left


def _unsent(connection: psycopg.Connection[Any], progress: Progress) -> Callable[[], int]:
    """How much is on its way still."""
    task = progress.add_task("mails sent", total=None)

    def left() -> int:
        total, sent = connection.execute(SQL["mails"]).fetchone() or (0, 0)
        progress.update(task, total=total, completed=sent)
        return on_its_way(connection)

    return left


def _ledger(settings: Settings) -> psycopg.Connection[Any]:
    return psycopg.connect(settings.database_url.get_secret_value(), autocommit=True)
