"""PostgreSQL's NOTIFY, waited for at the socket: psycopg looks ten times a second whether it was told something."""

import asyncio
from typing import Any

from psycopg import AsyncConnection

from streams.patience import heed_cancellation


async def notified(connection: AsyncConnection[Any], at_most_s: float | None = None) -> None:
    """Wait until the connection is told something that it listens to, but no longer than this.

    Args:
        connection: in autocommit mode, idle, and used by nobody else meanwhile.
        at_most_s: seconds; None: for ever.

    Raises:
        psycopg.OperationalError: the connection is lost.
    """
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    descriptor = connection.fileno()
    try:
        async with asyncio.timeout(at_most_s):
            while not [told async for told in connection.notifies(timeout=0)]:
                loop.add_reader(descriptor, readable.set)
                await readable.wait()
                loop.remove_reader(descriptor)
                readable.clear()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(descriptor)
    heed_cancellation()
