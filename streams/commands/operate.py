"""What an operator sees and does: what waits for a person, what is held back, where the hub stands."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Annotated

import typer

from schemas.errors import RefusedError
from streams import log_lines
from streams.cluster import cluster_of
from streams.commands.showing import AsJson, Limit, rows, show
from streams.ledger.positions import Extent, Partition
from streams.ledger.positions import accept as accept_log
from streams.ledger.release import Released, first_waiting, named, release
from streams.logs import Logs
from streams.parts import SINKS, make_site, open_database
from streams.runs import Place, Received
from streams.settings import Settings

Held = Annotated[str, typer.Argument(metavar="NAME", help="A source, or a name of `vigie holds` that is no policy's.")]
Discard = Annotated[bool, typer.Option("--discard", help="Let the first record go where it fails again.")]
Yes = Annotated[bool, typer.Option("--yes", help="With --discard: do not ask.")]

positions_app = typer.Typer(no_args_is_help=True, help="Where the hub stands in each log.")


def reviews(limit: Limit = 50, *, as_json: AsJson = False) -> None:
    """Show what a person must look at: what could not be told as it stands is held here, verbatim."""
    columns = ("reason", "opened_at", "policy_id", "buyer_id", "record", "detail")
    show("No review is open.", columns, rows("list_reviews", [limit]), as_json=as_json)


def refusals(
    limit: Limit = 50,
    source: Annotated[str | None, typer.Option(help="Only those of this source.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what was refused, the newest first: each is on `dead-letters` too, with its bytes."""
    columns = ("reason", "refused_at", "source", "event_id", "record", "detail")
    show("Nothing was refused.", columns, rows("list_refusals", {"source": source, "limit": limit}), as_json=as_json)


def holds(limit: Limit = 50, *, as_json: AsJson = False) -> None:
    """Show what holds records back: paused sources, keys behind a record that failed twice, policies not known yet."""
    held = rows("list_holds", [limit])
    unknown = [
        (name, since, "the policy's terms are not known yet", count)
        for name, count, since in rows("list_waiting", [limit])
    ]
    show("Nothing is held back.", ("name", "since", "reason", "records"), [*held, *unknown], as_json=as_json)


def resume(name: Held, *, discard: Discard = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Apply what waits for a source or a key, in order, then let its new records through.

    A record that fails again stops it: that record and those behind it go on waiting. With --discard the first of them
    is let go where it fails again: it goes to `dead-letters` and is never applied.
    """
    log_lines.configure()
    waits_for = name if ":" in name else f"source:{name}"
    if waits_for.startswith("policy:"):
        why = "waits by itself: what is held there is applied when the policy's terms (PolicyTermsSet) come"
        raise RefusedError("waits_by_itself", f"{waits_for} {why}")
    settings = Settings()
    meant = _meant(settings, waits_for, ask=not yes) if discard else None
    done = asyncio.run(_release(settings, waits_for, meant))
    said = named(meant) if meant is not None and done.discarded else None
    if as_json:
        found = {"name": waits_for, "applied": done.applied, "notices": done.notices, "discarded": said}
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        gone = f", {said} discarded" if said else ""
        typer.echo(f"{waits_for}: {done.applied} records applied, {done.notices} notices owed{gone}")


def _meant(settings: Settings, waits_for: str, *, ask: bool) -> Place:
    """Where the record stands that may be discarded, once a person has seen which it is."""
    record = asyncio.run(_first_waiting(settings, waits_for))
    if record is None:
        raise RefusedError("not_held", f"no record waits under {waits_for!r}: nothing was discarded. See: vigie holds")
    if ask:
        event = "a record that cannot be read"
        if record.event is not None:
            event = f"{type(record.event).__name__} {record.header.event_id} of {record.header.source}"
        said = f"{named(record.place)} is {event}. If it fails again it goes to dead-letters and is never applied."
        typer.confirm(f"{said} Go on?", abort=True, err=True)
    return record.place


async def _first_waiting(settings: Settings, waits_for: str) -> Received | None:
    async with await open_database(settings) as connection:
        return await first_waiting(connection, waits_for)


async def _release(settings: Settings, waits_for: str, discard: Place | None) -> Released:
    async with await open_database(settings) as connection:
        return await release(connection, make_site(settings), waits_for, discard)


@positions_app.command("show")
def show_positions(*, as_json: AsJson = False) -> None:
    """Show the offset that is due in each partition, for the hub and each sink, and the last record's broker time."""
    columns = ("group", "topic", "partition", "next_offset", "slice_after", "now_at")
    found = [(group, *row) for schema, group in _readers(Settings()) for row in rows("list_positions", [group], schema)]
    show("Nothing has been read yet.", columns, found, as_json=as_json)


@positions_app.command("accept")
def accept_positions(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="The topic, with its prefix if it has one.")],
) -> None:
    """Accept that a topic was recreated, cut short or given more partitions, with the workers stopped.

    A log that no longer holds the position is then read from its start: events already applied are known by their ids.
    """
    settings = Settings()
    with closing(Logs(cluster_of(settings))) as logs:
        extents = {place: extent for place, extent in logs.extents([topic]).items() if place[0] == topic}
    if not extents:
        raise RefusedError("no_topic", f"there is no topic {topic!r} at {settings.kafka}")
    changed = asyncio.run(_accept(settings, extents))
    typer.echo(f"{topic}: {changed} positions accepted as the broker has them now")


async def _accept(settings: Settings, extents: Mapping[Partition, Extent]) -> int:
    changed = 0
    for schema, group in _readers(settings):
        async with await open_database(settings, schema) as connection:
            changed += await accept_log(connection, group, extents)
    return changed


def _readers(settings: Settings) -> list[tuple[str, str]]:
    """Schema and consumer group of the hub and of each sink."""
    return [("ledger", settings.group), *((name, f"{settings.group}-{name}") for name in SINKS)]
