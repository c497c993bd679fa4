"""From the outbox to the mail server: each message in one SMTP transaction of its own, recorded right after it."""

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
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
    freezing_s: float = 2.0
    """No more are taken after this time: long ones take a while to write, and a transaction lasts ten seconds."""
    fresh_s: float = 10.0
    """What was taken longer ago is given back and looked at again: its recipients may have changed."""
    answer_s: float = 30.0
    """The server answers one command within this time, or counts as away."""
    message_s: float = 660.0
    """A message is handed over within this time: ten minutes are the server's to think about it (RFC 5321, 4.5.3.2)."""
    lease_s: float = 300.0
    """Well above `fresh_s`: a message whose lease has ended is somebody else's. Renewed while the server thinks."""
    back_s: float = 90.0
    """Whoever lost the database is back in it within this time, and records what he sent: nobody takes it before."""
    retry_first_s: float = 30.0
    retry_longest_s: float = 900.0
    poll_s: float = 5.0
    stop_s: float = 60.0
    """Told to stop, an answer is waited for so long, where nobody ends the process before (`vigie sink` does)."""


class EmailSender:
    """Sends what is due, for as long as it runs. A mail server or a database that is away is waited for.

    A message is sent twice only if this process dies, or is frozen or cut off from its database for longer than its
    lease, or the connection breaks, between the server's acceptance and our record of it; then both have the same
    Message-ID.
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
        self._others_at = 0.0

    async def run(self) -> None:
        """Send until cancelled."""
        await keep_trying(self._session, AWAY, "mail")

    async def _session(self) -> None:
        async with await self._connect() as connection:
            await connection.set_autocommit(True)
            await connection.execute(f"LISTEN {WAKE}")
            await self._record(connection)
            self._others_at = _clock() + self._pace.back_s
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
            async with mail_server(self._settings, self._pace.answer_s, self._pace.message_s) as server:
                if _clock() >= stale_at:  # it let us in so late: without a second look nothing would ever be sent
                    await outbox.give_back(connection, left)
                    left.clear()
                    left.extend(await self._take(connection))
                    stale_at = _clock() + self._pace.fresh_s
                while left and server.is_connected and _clock() < stale_at:
                    await self._in_one_piece(self._send(connection, server, left.popleft()), left)
        finally:
            if left and not connection.closed:
                await outbox.give_back(connection, left)

    async def _in_one_piece(self, work: Coroutine[Any, Any, None], left: deque[Taken]) -> None:
        """Sent and recorded, also when we are told to stop meanwhile: else a mere restart would send it twice.

        The answer is waited for until whoever stops us ends the process; what was not begun is given back before.
        """
        task = asyncio.ensure_future(work)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await self._give_back_now(left)
            await asyncio.wait([task], timeout=self._pace.stop_s)
            raise

    async def _give_back_now(self, left: deque[Taken]) -> None:
        with suppress(*AWAY):
            async with await self._connect() as connection:  # the other one may be wanted for the record any moment
                await outbox.give_back(connection, left)
            left.clear()

    async def _take(self, connection: Connection) -> Sequence[Taken]:
        pace, others = self._pace, _clock() >= self._others_at
        return await outbox.take(
            connection, self._letterhead, self._now(), limit=pace.batch, freezing_s=pace.freezing_s,
            lease_s=pace.lease_s, others=others,
        )  # fmt: skip

    async def _send(self, connection: Connection, server: aiosmtplib.SMTP, one: Taken) -> None:
        handing = asyncio.ensure_future(
            hand_over(server, self._letterhead.sender, one.address, one.mime, self._pace.message_s)
        )
        while not (await asyncio.wait([handing], timeout=self._pace.lease_s / 3))[0]:
            with suppress(*DATABASE_AWAY):  # sent it is all the same
                await outbox.renew(connection, one, self._pace.lease_s)
        try:
            answer = handing.result()
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
