"""What the portal needs done with more rights than its web process should have: mail links, tell what was seen.

Runs beside the portal's sink, as the owner of its tables. The web process can only ask: the secret of a link is made
here, goes into the mail, and is kept nowhere but as its SHA-256.
"""

from collections.abc import Awaitable, Callable
from email.utils import parseaddr
from urllib.parse import quote

import psycopg
import structlog
from psycopg.rows import dict_row

from schemas.errors import UnavailableError
from schemas.events.deliveries import DeliveryChanged
from sinks.deliveries import Connect, Connection, delivery_changed, record_delivery
from sinks.portal.invitation import invitation
from sinks.portal.sessions import new_token
from sinks.smtp import hand_over, mail_server, refuse_plaintext, wire_address
from streams.ledger.queries import load
from streams.notified import notified
from streams.patience import keep_trying
from streams.settings import Settings

SQL = load("sinks.portal", "errands.sql")
AWAY = (UnavailableError, psycopg.OperationalError, OSError)
ANSWER_S = 20.0
TAKEN_S = 60.0
"""A server may think about a link so long: sent again, it would come under a new token, and the first would be dead."""
POLL_S = 5.0
log = structlog.get_logger()


class Errands:
    """Does what the web process asks for."""

    def __init__(self, connect: Connect, settings: Settings) -> None:
        """`connect` opens connections to the schema `portal`, as their owner. RefusedError: mail in the clear."""
        refuse_plaintext(settings)
        self._connect = connect
        self._settings = settings

    async def run(self) -> None:
        """Do what is asked, until cancelled; a mail server or database that is away is waited for."""
        await keep_trying(self._session, AWAY, "portal errands")

    async def _session(self) -> None:
        async with await self._connect() as connection:
            await connection.set_autocommit(True)
            await connection.execute(SQL["listen"])
            while True:
                await _all(lambda: mail_next_link(connection, self._settings))
                await _all(lambda: tell_openings(connection))
                await notified(connection, POLL_S)


async def issue_link(connection: Connection, portal_url: str, email: str, *, minutes: int = 15) -> str:
    """A way into the portal, for whoever is handed it: a single-use link, as one that is mailed."""
    token = new_token()
    await connection.execute(SQL["issue_link"], {"email": email, "token": token, "minutes": minutes})
    return link(portal_url, token)


def link(portal_url: str, token: str) -> str:
    """The address of the page that asks to confirm the sign-in."""
    return f"{portal_url.rstrip('/')}/sign-in/link?token={quote(token)}"


async def _all(some: Callable[[], Awaitable[bool]]) -> None:
    while await some():
        pass


async def mail_next_link(connection: Connection, settings: Settings) -> bool:
    """Mail one link that was asked for; False if there is none. Only after a crash is there a second mail."""
    token = new_token()
    async with connection.cursor(row_factory=dict_row) as cursor:
        claimed = await (await cursor.execute(SQL["claim_link"], {"token": token})).fetchone()
    if claimed is None:
        return False
    message = invitation(settings, claimed["email"], link(settings.portal_url, token), claimed["language"])
    sender = wire_address(parseaddr(settings.mail_from)[1])
    async with mail_server(settings, ANSWER_S, TAKEN_S) as server:
        answer = await hand_over(server, sender, claimed["email"], message.as_bytes(), ANSWER_S + TAKEN_S)
    if answer.state == "deferred":
        raise UnavailableError(answer.for_log)
    if answer.state == "bounced":
        log.warning("link refused", link=claimed["id"], answer=answer.for_log)
    await connection.execute(SQL["mark_sent"], {"id": claimed["id"]})
    return True


async def tell_openings(connection: Connection) -> bool:
    """Tell the hub who has opened which notice; False if there is nothing new."""
    async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        opened = await (await cursor.execute(SQL["untold_openings"])).fetchall()
        await record_delivery(connection, *[_seen(**row) for row in opened])
        keys = {"notices": [row["notice_id"] for row in opened], "emails": [row["email"] for row in opened]}
        await connection.execute(SQL["mark_told"], keys)
    return bool(opened)


def _seen(*, email: str, opened_at: object, **who: object) -> DeliveryChanged:
    return delivery_changed(channel="portal", state="seen", address=email, at=opened_at, **who)  # type: ignore[arg-type]
