"""What wakes the open pages: PostgreSQL's NOTIFY, heard once for all of them.

The bell carries nothing but «something was stored»: whoever hears it looks again through his own session.
"""

import asyncio

import psycopg

from sinks.portal.reading import SQL
from streams.notified import notified
from streams.patience import keep_trying

HEARTBEAT_S = 15.0
"""Also how late a session's end is noticed."""


class Bell:
    """Rings in every open page when the sink has stored something."""

    def __init__(self, url: str) -> None:
        """Take the address that the pages are read from."""
        self._url = url
        self.next_ring = asyncio.Event()
        """Take it before you look, wait for it after: nothing rings unheard in between."""
        self.closing = asyncio.Event()

    async def listen(self) -> None:
        """Hear the database until cancelled; what rang while it was away is made up for by ringing once."""
        await keep_trying(self._session, (psycopg.OperationalError, OSError), "portal live")

    async def wait(self, ring: asyncio.Event) -> None:
        """Return when it rings, at the close, or after a heartbeat."""
        waits = {asyncio.ensure_future(event.wait()) for event in (ring, self.closing)}
        await asyncio.wait(waits, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def close(self) -> None:
        """Let every open page go, so that the server can stop."""
        self.closing.set()

    async def _session(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute(SQL["listen"])
            self._ring()
            while True:
                await notified(connection)
                self._ring()

    def _ring(self) -> None:
        rung, self.next_ring = self.next_ring, asyncio.Event()
        rung.set()
