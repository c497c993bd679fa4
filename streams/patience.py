"""Patience with what is away: a mail server, a broker, a database comes back, and then the work goes on."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

log = structlog.get_logger()

Answer = TypeVar("Answer")


def backoff_s(failures: int, *, first_s: float = 1.0, longest_s: float = 60.0) -> float:
    """Seconds to wait after so many failures in a row: doubling up to `longest_s`, of which half is chance."""
    whole = min(longest_s, first_s * 2.0 ** min(failures - 1, 30))
    return whole * random.uniform(0.5, 1.0)  # noqa: S311 (spreads retries; nothing secret hangs on it)


async def keep_trying(
    session: Callable[[], Awaitable[Answer]],
    away: tuple[type[Exception], ...],
    what: str,
    *,
    calm_s: float = 30.0,
    first_s: float = 1.0,
    longest_s: float = 60.0,
) -> Answer:
    """What `session` returns; each time it ends by an error of `away`, wait and run it anew.

    Any other error is a bug and goes through. A session that lasted `calm_s` starts the waits from the shortest again.
    """
    failures = 0
    while True:
        began = asyncio.get_running_loop().time()
        try:
            return await session()
        except away as error:
            lasted_s = asyncio.get_running_loop().time() - began
            failures = 1 if lasted_s > calm_s else failures + 1
            await pause(backoff_s(failures, first_s=first_s, longest_s=longest_s), what, error)


async def pause(wait_s: float, what: str, error: Exception) -> None:
    """Say what is away, and wait."""
    log.warning("away", what=what, error=f"{type(error).__name__}: {error}".strip(), again_in_s=round(wait_s, 2))
    await asyncio.sleep(wait_s)


def heed_cancellation() -> None:
    """Raise a cancellation that was lost: in Python 3.11 `asyncio.wait_for` drops one that meets the end of its wait.

    For loops that wait again and again: without it, one that is told to stop at the wrong moment goes on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
