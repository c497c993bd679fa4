"""A real portal: its schema in a real database, its pages from a real server, its mail through a real SMTP server."""

import asyncio
import datetime as dt
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any, TypeVar

import httpx
import psycopg
import pytest
import uvicorn
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, sync_playwright
from psycopg.conninfo import make_conninfo

from schemas.base import Record
from sinks.portal.errands import issue_link, mail_next_link, tell_openings
from sinks.portal.sink import PortalSink
from sinks.portal.web import create_app
from streams.embedded import ports
from streams.ledger.connection import connect
from streams.settings import Settings

T = TypeVar("T")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


ARRIVED_AT = dt.datetime(2026, 3, 14, 8, 0, 2, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Arrived:
    """A record as the consumer hands it over."""

    record: Record
    broker_at: dt.datetime = ARRIVED_AT


@dataclass
class Portal:
    """A portal and what stands around it."""

    settings: Settings
    owner: str
    """The database's address as the owner of the portal's tables."""
    mails: list[bytes]

    @property
    def url(self) -> str:
        return self.settings.portal_url

    def migrate(self) -> None:
        """What the sink does when it starts."""
        _run(self._migrate())

    def store(self, *notices: Record) -> None:
        """What the sink's consumer does with a run."""
        self.take_in(*map(Arrived, notices))

    def take_in(self, *arrived: Arrived) -> None:
        """The same, each record with the broker's time."""
        _run(self._store(arrived))

    def run_errands(self) -> None:
        """Do what is asked for now, as the task beside the sink does."""
        _run(self._run_errands())

    def sql(self, query: str, *values: object) -> list[tuple]:
        """Ask the database as the owner."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def way_in(self, email: str) -> str:
        """The address of a fresh link."""
        return _run(self._way_in(email))

    def mailed_link(self) -> str:
        """The link in the newest mail."""
        text = message_from_bytes(self.mails[-1], policy=policy.default).get_content()
        return re.search(r"http\S+", text).group()

    def browser(self, user_agent: str = FIREFOX, **cookies: str) -> httpx.Client:
        """Somebody's browser; every one says where its forms come from."""
        headers = {"User-Agent": user_agent, "Sec-Fetch-Site": "same-origin", "Accept-Language": "fr"}
        return httpx.Client(base_url=self.url, headers=headers, cookies=cookies, follow_redirects=False, timeout=10)

    @contextmanager
    def signed_in(self, email: str) -> Iterator[httpx.Client]:
        """A browser in which `email` is signed in."""
        with self.browser() as browser:
            token = self.way_in(email).partition("token=")[2]
            assert browser.post("/sign-in/link", data={"token": token}).status_code == 303
            yield browser

    async def _migrate(self) -> None:
        async with await self._connect() as connection:
            await PortalSink(self._connect, self.settings).migrate(connection)

    async def _store(self, arrived: tuple[Arrived, ...]) -> None:
        sink = PortalSink(self._connect, self.settings)
        async with await self._connect() as connection, connection.transaction():
            await sink.store(connection, arrived)

    async def _run_errands(self) -> None:
        async with await self._connect() as connection:
            while await mail_next_link(connection, self.settings) or await tell_openings(connection):
                pass

    async def _way_in(self, email: str) -> str:
        async with await self._connect() as connection:
            return await issue_link(connection, self.url, email)

    def _connect(self) -> object:
        return connect(self.owner, schema="portal")


@pytest.fixture
def portal(postgres: str, free_port: int) -> Iterator[Portal]:
    """A portal with its tables, its mail, and no web process yet."""
    mails: list[bytes] = []
    smtp_port = ports.free_port()
    controller = Controller(_Postbox(mails), hostname="127.0.0.1", port=smtp_port)
    controller.start()
    settings = Settings(
        database_url=postgres, portal_port=free_port, portal_url=f"http://127.0.0.1:{free_port}", smtp_port=smtp_port
    )
    made = Portal(settings, postgres, mails)
    made.migrate()
    yield made
    controller.stop()


@pytest.fixture
def web(portal: Portal) -> Iterator[Portal]:
    """The same, with its pages served."""
    config = uvicorn.Config(
        create_app(portal.settings), host="127.0.0.1", port=portal.settings.portal_port, log_config=None
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the portal did not start"
        assert time.monotonic() < deadline, "the portal took more than 30 s to start"
        time.sleep(0.02)
    yield portal
    config.app.state.parts.bell.close()
    server.should_exit = True
    thread.join()


@pytest.fixture
def as_role(portal: Portal) -> Iterator[Callable[[], psycopg.Connection]]:
    """Connections under the web process's role, which takes several statements at once: what an injector dreams of."""
    opened: list[psycopg.Connection] = []

    def connection() -> psycopg.Connection:
        url = make_conninfo(portal.owner, user="vigie_portal")
        opened.append(psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor))
        return opened[-1]

    yield connection
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real browser."""
    with sync_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("VIGIE_TEST_CHROMIUM") or shutil.which("chromium"),
            args=[*quiet, "--disable-component-update", "--disable-sync"],
        )
        yield browser
        browser.close()


def ask(browser: httpx.Client, email: str, **more: str) -> httpx.Response:
    """Ask for a link."""
    return browser.post("/sign-in", data={"email": email, **more})


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: Playwright has a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class _Postbox:
    def __init__(self, mails: list[bytes]) -> None:
        self._mails = mails

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802 (aiosmtpd's)
        self._mails.append(envelope.content)
        return "250 2.0.0 Ok"
