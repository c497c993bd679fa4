"""The web process and the errands beside the sink, from outside."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from schemas.errors import UnavailableError
from sinks.portal.sink import PortalSink
from sinks.portal.web import create_app, serve
from streams.embedded import ports
from streams.ledger.connection import connect
from tests.sinks.portal.conftest import Portal, ask
from tests.sinks.portal.made import PETIT, ROUX, a_recipient, an_alert

SERVE = """
import asyncio
from sinks.portal.web import serve
from streams.settings import Settings

asyncio.run(serve(Settings()))
"""


def test_sigterm_ends_it_cleanly_with_a_page_open(portal: Portal) -> None:
    """SIGTERM ends the process with exit code 0 within seconds, though a page is listening for news."""
    portal.store(an_alert())
    environment = {
        **os.environ,
        "VIGIE_DATABASE_URL": portal.owner,
        "VIGIE_PORTAL_PORT": str(portal.settings.portal_port),
        "VIGIE_PORTAL_URL": portal.url,
    }
    with subprocess.Popen([sys.executable, "-c", SERVE], env=environment, stderr=subprocess.PIPE, text=True) as process:
        _wait_for(f"{portal.url}/healthz")
        with portal.signed_in(PETIT) as browser, browser.stream("GET", "/live?seen=1") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            process.send_signal(signal.SIGTERM)
            list(lines)
        _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, "")


def test_it_refuses_a_role_that_could_look_past_its_rows(portal: Portal) -> None:
    """Given a superuser's address for its pages, the web process does not start and says what to set."""
    settings = portal.settings.model_copy(update={"portal_database_url": SecretStr(portal.owner)})
    with pytest.raises(UnavailableError, match="VIGIE_PORTAL_DATABASE_URL"):
        asyncio.run(serve(settings))


def test_a_port_in_use_ends_it(portal: Portal) -> None:
    """Another program on its port: the web process says so and ends, and does not wait for its own connections."""
    environment = {**os.environ, "VIGIE_DATABASE_URL": portal.owner}
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "streams", "portal"]
        done = subprocess.run(
            command, capture_output=True, check=False, env={**environment, "VIGIE_PORTAL_PORT": str(port)}, timeout=30
        )
    assert done.stderr.startswith(f"vigie: cannot listen on 127.0.0.1:{port} (".encode())
    assert done.returncode == 69


def test_health_follows_the_database(web: Portal) -> None:
    """While the role is locked out the health check says 503, a page says so in plain words, and both come back."""
    web.store(an_alert())
    with web.signed_in(PETIT) as browser:
        web.sql("ALTER ROLE vigie_portal NOLOGIN")
        try:
            web.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'vigie_portal'")
            assert browser.get("/healthz").status_code == 503
            away = browser.get("/")
            assert (away.status_code, "momentanément indisponible" in away.text) == (503, True)
        finally:
            web.sql("ALTER ROLE vigie_portal LOGIN")
        _wait_for(f"{web.url}/healthz")
        assert browser.get("/").status_code == 200


def test_the_errands_run_beside_the_sink(web: Portal) -> None:
    """Asked for in the portal, a link is in the mail within a moment, and a server that refuses one holds up nobody."""
    web.store(an_alert(recipients=[a_recipient(PETIT), a_recipient(ROUX)]))
    taken: list[str] = []
    port = ports.free_port()
    controller = Controller(_Picky(taken), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with web.browser() as browser:
            ask(browser, ROUX)
            ask(browser, PETIT)
        asyncio.run(_errands_until(web, port, taken))
    finally:
        controller.stop()
    assert taken == [PETIT]


def test_the_demos_mail_is_shown_where_there_is_a_catcher(portal: Portal, tmp_path: Path) -> None:
    """With a maildir set, its mails are listed with their links, and a mail's HTML can run nothing."""
    (tmp_path / "new").mkdir()
    mail = (
        "Subject: Bonjour\nTo: a.petit@menuisier.example\nMessage-ID: <1@x>\nDate: Sat, 14 Mar 2026 08:00:00 +0000\n"
        "Content-Type: {};charset=utf-8\n\n"
    )
    (tmp_path / "new" / "1").write_text(mail.format("text/plain") + "Lien : http://127.0.0.1/sign-in/link?token=x\n")
    html = mail.format("text/html").replace("<1@x>", "<2@x>") + "<script>alert(1)</script>"
    (tmp_path / "new" / "2").write_text(html)
    app = create_app(portal.settings.model_copy(update={"maildir": tmp_path}))
    plain, shown = asyncio.run(_get(app, "/mails", "/mails/html?message_id=%3C2@x%3E"))
    assert '<a href="http://127.0.0.1/sign-in/link?token=x"' in plain.text
    assert "sandbox" in shown.headers["content-security-policy"]
    assert "allow-scripts" not in shown.headers["content-security-policy"]


class _Picky:
    def __init__(self, taken: list[str]) -> None:
        self._taken = taken

    async def handle_RCPT(self, _server: object, _session: object, envelope: object, address: str, _: object) -> str:  # noqa: N802 (aiosmtpd's)
        if address == ROUX:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802 (aiosmtpd's)
        self._taken.extend(envelope.rcpt_tos)
        return "250 2.0.0 Ok"


async def _errands_until(portal: Portal, smtp_port: int, taken: list[str]) -> None:
    settings = portal.settings.model_copy(update={"smtp_port": smtp_port})
    sink = PortalSink(lambda: connect(portal.owner, schema="portal"), settings)
    errands = asyncio.create_task(sink.tasks()[0]())
    async with asyncio.timeout(20):
        while not taken:  # noqa: ASYNC110 (the server that takes them runs in another thread)
            await asyncio.sleep(0.05)
    errands.cancel()
    await asyncio.wait([errands])  # cancelled a second time, by the end of the loop, psycopg would not close


async def _get(app: object, *paths: str) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
        return [await client.get(path) for path in paths]


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{url} did not answer within 30 s")
