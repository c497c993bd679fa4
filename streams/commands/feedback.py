"""`vigie events` and `vigie scorecard`: what providers are told about what they published."""

import asyncio
import datetime as dt
import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from connectors.intake.receipts import receipt_of
from schemas.errors import RefusedError
from streams.commands.showing import AsJson, cell, show
from streams.ledger.feedback import Fate, Lateness, Scorecard, fate_of, scorecard_of, sources_since
from streams.parts import open_database
from streams.settings import Settings

events_app = typer.Typer(no_args_is_help=True, help="What became of events.")
Days = Annotated[int, typer.Option(min=1, help="How far to look back.")]
COLUMNS = ("source", "received", "events", "repeats", "refused", "corrections", "until published", "until received")


@events_app.callback()
def _events() -> None:
    """What became of events."""


@events_app.command("show")
def show_event(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Who published it.")],
    event_id: Annotated[str, typer.Argument(metavar="EVENT_ID", help="Its id there.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show what became of an event: received, applied, joined, parked, held or refused, where, and how many notices."""
    fate = asyncio.run(_fate(source, event_id))
    if fate is None:
        raise RefusedError("no_event", f"no event {event_id!r} of {source!r} is known: was it published, and read?")
    if as_json:
        typer.echo(json.dumps(_plain(fate), ensure_ascii=False))
        return
    for name, value in asdict(fate).items():
        if value not in (None, ()):
            typer.echo(f"{name:<13}{_words(value)}")


async def _fate(source: str, event_id: str) -> Fate | None:
    settings = Settings()
    async with await open_database(settings) as connection:
        receipt = await receipt_of(connection, source, event_id)
        return await fate_of(connection, settings.topic_prefix, source, event_id, receipt)


def scorecard(
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help="One provider; else all.")] = None,
    days: Days = 30,
    *,
    as_json: AsJson = False,
) -> None:
    """Show how providers fare: records, repeats, refusals, corrections, and how late events are (median, 95 in 100).

    A record that is held back is counted once it is applied.
    """
    cards = asyncio.run(_scorecards(source, dt.datetime.now(dt.UTC) - dt.timedelta(days=days)))
    if as_json:
        for card in cards:
            typer.echo(json.dumps(_plain(card), ensure_ascii=False))
        return
    show("Nothing was published.", COLUMNS, map(_row, cards), as_json=False)


async def _scorecards(source: str | None, since: dt.datetime) -> list[Scorecard]:
    async with await open_database(Settings()) as connection:
        names = await sources_since(connection, since)
        if source not in {None, *names}:
            what = f"nothing of {source!r} was received since {since:%d %B %Y}"
            raise RefusedError("no_source", f"{what}: vigie scorecard shows who published, --days looks further back")
        return [await scorecard_of(connection, name, since) for name in names if source in {None, name}]


def _row(card: Scorecard) -> tuple[Any, ...]:
    refused = ", ".join(f"{count} {reason}" for reason, count in card.refused.items()) or 0
    late = (_late(card.occurred_to_published), _late(card.published_to_received))
    return (card.source, card.received, card.events, card.repeats, refused, card.corrections, *late)


def _late(lateness: Lateness) -> str:
    if lateness.median_s is None or lateness.p95_s is None:
        return ""
    return f"{_span(lateness.median_s)}, {_span(lateness.p95_s)}"


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(seconds) >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _plain(found: Fate | Scorecard) -> dict[str, Any]:
    """As the intake answers it."""
    plain: dict[str, Any] = TypeAdapter(type(found)).dump_python(found, mode="json")
    return plain


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['topic']}/{value['partition']} @ {value['offset']}" if "topic" in value else cell(value)
    if isinstance(value, tuple):
        return "; ".join(f"{one['reason']} ({cell(one['detail'])}) {_words(one['position'])}" for one in value)
    return cell(value)
