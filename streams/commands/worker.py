"""`vigie worker` and `vigie sink`: the processes that read topics."""

import gc
from collections.abc import Callable
from contextlib import closing
from typing import Annotated

import faust
import typer
import uvloop

from schemas.errors import UnavailableError
from streams import log_lines
from streams.app import compose_hub, compose_sink
from streams.cluster import cluster_of
from streams.logs import Logs
from streams.parts import SINKS
from streams.settings import Settings


def worker() -> None:
    """Run the hub: read the topics, work out what is owed, publish the notices.

    Several may run; they share the partitions. Ctrl-C or SIGTERM stops it cleanly.
    """
    run(lambda: compose_hub(Settings()))


Name = Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(SINKS))}.", metavar="NAME")]


def sink(name: Name) -> None:
    """Run a sink: read `notices`, and tell them on its channel."""
    if name not in SINKS:
        raise typer.BadParameter(f"expected one of {', '.join(sorted(SINKS))}, got {name!r}", param_hint="NAME")
    run(lambda: compose_sink(name, _readable(Settings())))


def _readable(settings: Settings) -> Settings:
    """The settings, once there is something to read by them: Faust would end with a line of its client's, or wait."""
    notices = settings.topic_prefix + "notices"
    with closing(Logs(cluster_of(settings))) as logs:
        if not logs.extents([notices]):
            raise UnavailableError(f"no topic {notices} at {settings.kafka}. Make the topics: vigie migrate")
    return settings


def run(compose: Callable[[], faust.App]) -> None:
    """Run a Faust application until it is told to stop; raises what it stopped itself because of."""
    uvloop.install()
    log_lines.configure()
    worker = faust.Worker(compose(), override_logging=False, quiet=True, redirect_stdouts=False)
    _spare_the_collector()
    worker.spinner = None  # it writes escape codes, terminal or not
    try:
        worker.execute_from_commandline()
    except SystemExit:
        if worker.crash_reason is None:
            raise
    raise worker.crash_reason


def _spare_the_collector() -> None:
    """Records hold no cycles: a collection at every 700 of them took a third of the time, and found nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
