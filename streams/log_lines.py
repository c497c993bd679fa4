"""What a process says of itself: one form for all lines, ours and the libraries', on standard error."""

import logging
import sys
import time

import structlog
from structlog.typing import EventDict, Processor

_OURS = ("streams", "sinks", "connectors", "schemas", "__main__")
_FRAMEWORK = ("faust", "mode", "streams.transport")  # the last holds Faust's own classes, and says nothing itself
_INWARD = "kafka.net.selector"
"""Warns that a step of the client's own took a tenth of a second, as on any busy machine: nobody can do a thing."""
_EVERY_S = 30.0
"""Seconds between two lines from the same place of a library's code."""


def _on_one_line(_logger: object, _level: str, said: EventDict) -> EventDict:
    """PostgreSQL explains itself in several lines; what reads ours takes each for a message."""
    said["event"] = " | ".join(str(said["event"]).splitlines())
    return said


_SHARED: tuple[Processor, ...] = (
    _on_one_line,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class Seldom(logging.Filter):
    """Lets one complaint of a library through, and the same again only after a while.

    While a broker is away its clients say so many times a second, and nothing else can be seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say it; with how often it was not, since the last time."""
        if record.name.startswith(_OURS):
            return True
        place, now = (record.pathname, record.lineno), time.monotonic()
        said_at, kept_back = self._said.get(place, (-_EVERY_S, 0))
        if now - said_at < _EVERY_S:
            self._said[place] = (said_at, kept_back + 1)
            return False
        self._said[place] = (now, 0)
        if kept_back:
            record.msg, record.args = f"{record.getMessage()} (and {kept_back} more like it)", ()
        return True


def configure() -> None:
    """Put every line of this process in our form; a library's traceback is left to whoever handles its error."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Seldom())
    plain = structlog.dev.plain_traceback  # the default shows local variables: personal fields
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=plain)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=[remove, renderer]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING")
    for name in _OURS:
        logging.getLogger(name).setLevel("INFO")
    logging.getLogger(_INWARD).setLevel("ERROR")
    for name in _FRAMEWORK:
        # What they call an error is an exception on its way up, told by each service that it passes; we tell it once.
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
