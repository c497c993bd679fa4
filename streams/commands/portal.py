"""`vigie portal`: the portal's pages."""

import asyncio

from sinks.portal.web import serve
from streams import log_lines
from streams.settings import Settings


def portal() -> None:
    """Serve the portal's pages, under the database role that row level security binds.

    It listens on VIGIE_PORTAL_HOST and VIGIE_PORTAL_PORT, on loopback unless told otherwise. Ctrl-C stops it.
    """
    log_lines.configure()
    asyncio.run(serve(Settings()))
