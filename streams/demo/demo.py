"""The demo: a day of court judgments, from the gazette's file to the policyholders' mails and pages."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
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
from schemas.events.court_judgments import JudgmentPublished
from streams.agents import TOPICS
from streams.demo.accounts import Accounts, draw_up, settled
from streams.demo.portfolio import covered, portfolio
from streams.embedded.supervisor import Supervisor
from streams.logs import Logs
from streams.settings import Settings

DAY = Path(__file__).parent / "day.xml"
PATIENCE_S = 120.0
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


def play(settings: Settings, day: Day, every: int, supervisor: Supervisor, console: Console) -> Accounts:
    """Seed the portfolio, publish the day, wait until everything owed is sent; the account of it."""
    now = dt.datetime.now(dt.UTC)
    buyers = covered(day.events, every)
    with Progress(*COLUMNS, console=console, disable=not console.is_terminal) as progress:
        with Publisher(settings.kafka, settings.topic_prefix) as publisher:
            for record in portfolio(buyers, day.since, now):
                publisher.publish(record)
        _wait(supervisor, _reading(settings, progress, "portfolio read"))
        with Publisher(settings.kafka, settings.topic_prefix) as publisher:
            for event in day.events:
                publisher.publish(event)
        _wait(supervisor, _reading(settings, progress, "judgments read"))
        with _ledger(settings) as connection:
            _wait(supervisor, _sending(connection, progress))
    with _ledger(settings) as connection:
        return draw_up(connection, day.events, day.refusals)


def _reading(settings: Settings, progress: Progress, title: str) -> Callable[[], bool]:
    """Whether the hub stands at the end of every topic that it reads."""
    names = [settings.topic_prefix + name for name in TOPICS if name != "deliveries"]
    with closing(Logs(settings.kafka)) as logs:
        end = sum(extent.following for extent in logs.extents(names).values())
    task = progress.add_task(title, total=end)

    def done() -> bool:
        with _ledger(settings) as connection:
            statement = "SELECT coalesce(sum(next_offset), 0) FROM ledger.position WHERE topic = ANY(%s)"
            row = connection.execute(statement, [names]).fetchone()
        progress.update(task, completed=int(row[0]) if row else 0)
        return bool(row and row[0] >= end)

    return done


def _sending(connection: psycopg.Connection[Any], progress: Progress) -> Callable[[], bool]:
    """Whether nothing is on its way any more."""
    task = progress.add_task("mails sent", total=None)

    def done() -> bool:
        statement = "SELECT count(*), count(*) FILTER (WHERE state = 'accepted') FROM email.message"
        total, sent = connection.execute(statement).fetchone() or (0, 0)
        progress.update(task, total=total, completed=sent)
        return settled(connection)

    return done


def _wait(supervisor: Supervisor, done: Callable[[], bool]) -> None:
    """Watch the processes until it is done, or for as long as patience goes: the account then shows what is missing."""
    until = time.monotonic() + PATIENCE_S
    supervisor.watch(lambda: done() or time.monotonic() > until)


def _ledger(settings: Settings) -> psycopg.Connection[Any]:
    return psycopg.connect(settings.database_url.get_secret_value(), autocommit=True)
