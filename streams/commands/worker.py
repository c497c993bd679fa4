"""`vigie worker` and `vigie sink`: the processes that read topics."""

import os
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Annotated

import faust
import structlog
import typer
import uvloop

from schemas.errors import UnavailableError
from streams import log_lines
from streams.app import compose_hub, compose_sink
from streams.cluster import cluster_of
from streams.logs import Logs
from streams.parts import SINKS
from streams.settings import Settings

log = structlog.get_logger()

STOP_S = 8.0
"""A container is killed ten seconds after it was told to stop."""


class Process(faust.Worker):  # type: ignore[misc]
    """Faust's worker, which ends in time: while Kafka is away its consumer waits to take its leave, for minutes."""

    async def stop(self) -> None:
        """Stop everything; what has not let go by then is left as by kill -9, which loses nothing."""
        alarm = threading.Timer(STOP_S, self._leave)
        alarm.daemon = True
        alarm.start()
        await super().stop()

    def _leave(self) -> None:
        if self.crash_reason is None:
            reason = "Kafka, the database or the mail server did not let go of us"
            log.warning("stopped at once", waited_s=STOP_S, reason=reason)
            os._exit(0)


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
    worker = Process(compose(), override_logging=False, quiet=True, redirect_stdouts=False)
    worker.spinner = None  # it writes escape codes, terminal or not
    try:
        worker.execute_from_commandline()
    except SystemExit:
        if worker.crash_reason is None:
            raise
    raise worker.crash_reason
