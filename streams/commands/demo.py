"""`vigie demo`: see it work."""

import asyncio
import datetime as dt
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from schemas.catalog import TOPICS
from schemas.errors import RefusedError
from sinks.portal.errands import issue_link
from streams.demo.accounts import Accounts
from streams.demo.demo import DAY, PATIENCE_S, play, read
from streams.demo.portfolio import EVERY
from streams.demo.report import as_text
from streams.embedded.claim import short_lived
from streams.embedded.stack import EmbeddedStack
from streams.embedded.supervisor import Supervisor, until_told_to_stop
from streams.embedded.topics import PARTITIONS
from streams.parts import open_database
from streams.roles import Deployment, deployment_of, migrated, roles
from streams.settings import Settings

Judgments = Annotated[Path | None, typer.Option(help="A BODACC file to play in place of our own day.", metavar="FILE")]
Once = Annotated[bool, typer.Option("--once", help="End by itself: exit 0 only if all was read, and owed = sent.")]
Patience = Annotated[int, typer.Option(min=1, help="Seconds to wait for covers, for judgments and for mails, each.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the account as JSON, and nothing else on standard output.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the processes say.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options ask for."""

    file: Path
    patience_s: int
    once: bool
    as_json: bool
    verbose: bool


def demo(
    judgments: Judgments = None,
    once: Once = False,
    patience: Patience = PATIENCE_S,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Play a day of court judgments through the whole hub, on real Kafka and PostgreSQL, with invented policyholders.

    Covers are seeded on every third buyer that the file names: the 1st, 4th, 7th… distinct buyer_id in order of
    appearance (in our own day, on every buyer). They are spread over 20 policies in turn: the first cover is on policy
    D-01, the second on D-02, the twenty-first on D-01 again; each is in force since a year before the file's first
    judgment. The account then says of each notice of the file whether it was owed to somebody, concerns nobody, is held
    for review, was refused, or was not read in time.

    The portal's address with a way in follows it, where the demo stays up.

    Nothing is kept: each demo starts afresh, on free loopback ports, and Ctrl-C stops everything. Exit code 0: every
    notice was read, and owed = sent on every channel; 1: not so; 130: stopped before that was known.
    """
    settings, console = Settings(), Console(stderr=True, highlight=False)
    if judgments is not None and not judgments.is_file():
        raise typer.BadParameter(f"no file {judgments}", param_hint="--judgments")
    code = 130
    with until_told_to_stop(), short_lived(settings.home, "demo-") as home:
        code = _demo(settings, home, Asked(judgments or DAY, patience, once, as_json, verbose), console)
    raise typer.Exit(code)


def _demo(settings: Settings, home: Path, asked: Asked, console: Console) -> int:
    """Play the file; exit code 0 only if the account balances."""
    day = read(asked.file, dt.datetime.now(dt.UTC))
    if not day.events and any(refusal.refused == "file" for refusal in day.refusals):
        raise RefusedError("file", f"{asked.file}: {day.refusals[0].reason}")
    here = _apart(settings, home)
    every = 1 if asked.file == DAY else EVERY
    console.print(f"[bold]Vigie[/] plays {asked.file.name}: {len(day.events)} judgments")
    with _stack(here, settings.home / "jars", console) as stack:
        deployment = migrated(deployment_of(stack, here, home / "mail"))

        def say(line: str) -> None:
            if asked.verbose or "starts again in" in line:
                console.print(line, markup=False, soft_wrap=True)

        with Supervisor(roles(deployment), say) as supervisor:
            accounts = play(deployment.settings, day, every, supervisor, console, asked.patience_s)
            typer.echo(_as_json(accounts) if asked.as_json else as_text(accounts))
            if not asked.once:
                _stay(deployment, supervisor, asked, console)
    return 0 if accounts.balances else 1


def _as_json(accounts: Accounts) -> str:
    return json.dumps(asdict(accounts), ensure_ascii=False, indent=1)


def _apart(settings: Settings, home: Path) -> Settings:
    """The demo's own deployment: nothing of another one is touched, also where its topics share a broker."""
    kafka = {"kafka": settings.kafka, "topic_prefix": f"{home.name}-"} if "kafka" in settings.model_fields_set else {}
    return Settings.model_construct(_fields_set={"home", *kafka}, **{**settings.model_dump(), "home": home, **kafka})


def _stack(settings: Settings, jars: Path, console: Console) -> EmbeddedStack:
    def fetched(done: int, total: int) -> None:
        if console.is_terminal or done == total:
            console.print(f"Kafka fetched: {done} of {total} jars", end="\n" if done == total else "\r")

    return EmbeddedStack(settings, {settings.topic_prefix + name: PARTITIONS for name in TOPICS}, fetched, jars)


def _stay(deployment: Deployment, supervisor: Supervisor, asked: Asked, console: Console) -> None:
    """Show the way in, below the account, and keep everything up until Ctrl-C."""
    typer.echo(asyncio.run(_way_in(deployment.settings, "credit@d01.example")), err=asked.as_json)
    console.print("Ctrl-C stops everything, and forgets it.")
    with suppress(KeyboardInterrupt):
        supervisor.watch()
    console.print("Stopping.")


async def _way_in(settings: Settings, reader: str) -> str:
    portal = settings.portal_url
    async with await open_database(settings, "portal") as connection:
        link = await issue_link(connection, portal, reader, minutes=24 * 60)
    return f"""
Portal  {portal}   mails: {portal}/mails
Way in  {link}
        as {reader}, policyholder of D-01; the link works once, within a day."""
