"""`vigie intake` takes events by HTTP."""

import asyncio

from connectors.intake.web import serve
from streams import log_lines
from streams.settings import Settings


def intake() -> None:
    """Take events by HTTP: `POST /v1/events/TOPIC`, with a receipt once Kafka has them. `/docs` says how.

    It listens on VIGIE_INTAKE_HOST and VIGIE_INTAKE_PORT, on loopback unless told otherwise. Several may run. Ctrl-C
    stops it.
    """
    log_lines.configure()
    asyncio.run(serve(Settings()))
