"""From the outbox to the mail server: each message in one SMTP transaction of its own, recorded right after it."""

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import aiosmtplib
import structlog

from schemas.errors import UnavailableError
from sinks.deliveries import DATABASE_AWAY, Connect, Connection
from sinks.email import outbox
from sinks.email.outbox import Taken
from sinks.email.render import Letterhead
from sinks.email.store import WAKE
from sinks.smtp import Answer, hand_over, mail_server, refuse_plaintext
from streams.notified import notified
from streams.patience import backoff_s, keep_trying
from streams.settings import Settings

log = structlog.get_logger()

AWAY = (*DATABASE_AWAY, UnavailableError, OSError)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the sender waits for what, in seconds."""

    batch: int = 50
    """Messages taken at once."""
    fresh_s: float = 10.0
    """What was taken longer ago is given back and looked at again: its recipients may have changed."""
    answer_s: float = 30.0
    """The server answers one command within this time, or counts as away."""
    message_s: float = 60.0
    """A message is handed over within this time."""
    lease_s: float = 300.0
    """Well above `fresh_s` + `message_s`: a message whose lease has ended is somebody else's."""
    retry_first_s: float = 30.0
    retry_longest_s: float = 900.0
    poll_s: float = 5.0


class EmailSender:
    """Sends what is due, for as long as it runs. A mail server or a database that is away is waited for.

    A message is sent twice only if this process dies, or is frozen for longer than its lease, or the connection
    breaks, between the server's acceptance and our record of it; then both have the same Message-ID.
    """

    def __init__(
        self,
        connect: Connect,
        settings: Settings,
        pace: Pace = Pace(),
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        """Refuse at once to send unencrypted to another machine."""
        refuse_plaintext(settings)
        self._connect = connect
        self._settings = settings
        self._letterhead = Letterhead.of(settings)
        self._pace = pace
        self._now = now
        self._unrecorded: deque[tuple[Taken, Answer, dt.datetime]] = deque()
        self._is_new = True

    async def run(self) -> None:
        """Send until cancelled."""
        await keep_trying(self._session, AWAY, "mail")

    async def _session(self) -> None:
        async with await self._connect() as connection:
            await connection.set_autocommit(True)
            await connection.execute(f"LISTEN {WAKE}")
            await self._record(connection)
            if self._is_new:
                await outbox.write_again(connection)
                self._is_new = False
            while True:
                if taken := await self._take(connection):
                    await self._deliver(connection, taken)
                else:
                    await notified(connection, self._pace.poll_s)

    async def _deliver(self, connection: Connection, taken: Sequence[Taken]) -> None:
        try:
            await self._hand_over(connection, deque(taken))
        except UnavailableError as why:
            await outbox.say_why_waiting(connection, str(why), self._now())
            raise

    async def _hand_over(self, connection: Connection, left: deque[Taken]) -> None:
        """Send these over one connection; those that it does not get to are given back."""
        stale_at = _clock() + self._pace.fresh_s
        try:
            async with mail_server(self._settings, self._pace.answer_s) as server:
                while left and server.is_connected and _clock() < stale_at:
                    await _in_one_piece(self._send(connection, server, left.popleft()))
        finally:
            if left and not connection.closed:
                await outbox.give_back(connection, left)

    async def _take(self, connection: Connection) -> Sequence[Taken]:
        pace = self._pace
        return await outbox.take(connection, self._letterhead, self._now(), limit=pace.batch, lease_s=pace.lease_s)

    async def _send(self, connection: Connection, server: aiosmtplib.SMTP, one: Taken) -> None:
        try:
            answer = await hand_over(server, self._letterhead.sender, one.address, one.mime, self._pace.message_s)
        except UnavailableError as trouble:
            self._unrecorded.append((one, Answer("deferred", str(trouble)), self._now()))
            await self._record(connection)
            raise
        self._unrecorded.append((one, answer, self._now()))
        await self._record(connection)

    async def _record(self, connection: Connection) -> None:
        """Record what became of messages; what a lost database could not take is recorded when it is back."""
        while self._unrecorded:
            one, answer, at = self._unrecorded[0]
            wait_s = backoff_s(one.attempts, first_s=self._pace.retry_first_s, longest_s=self._pace.retry_longest_s)
            if not await outbox.settle(connection, one, answer, at, wait_s):
                log.warning("taken_over", notice_id=str(one.notice_id), answer=answer.for_log)
            self._unrecorded.popleft()


def _clock() -> float:
    return asyncio.get_running_loop().time()


async def _in_one_piece(work: Coroutine[Any, Any, None]) -> None:
    """Sent and recorded, also when we are told to stop meanwhile: else a mere restart would send it twice."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=5.0)
        raise
