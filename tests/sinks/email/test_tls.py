"""Mail over TLS, with a server that has a certificate of its own: nothing leaves, not even a password, without it."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import SecretStr

from sinks.email.sender import EmailSender
from tests.certificates import a_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1, with its key, that nobody but itself vouches for."""
    return a_certificate(tmp_path_factory.mktemp("tls") / "mail.pem", "mail.test")


class Post:
    """A mail server that lets in `vigie` alone, and keeps what it was told."""

    def __init__(self) -> None:
        self.log_ins: list[tuple[bytes, bytes]] = []
        self.taken: list[bytes] = []

    def __call__(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, said: Any) -> AuthResult:
        assert isinstance(said, LoginPassword)
        self.log_ins.append((said.login, said.password))
        return AuthResult(success=said.password == b"secret")

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.taken.append(envelope.content)
        return "250 2.0.0 Ok"


@contextmanager
def serving(port: int, **settings: Any) -> Iterator[Post]:
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=port, authenticator=post, **settings)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def encrypted(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def over(desk: Any, tls: str) -> Any:
    desk.settings = desk.settings.model_copy(
        update={"smtp_tls": tls, "smtp_user": "vigie", "smtp_password": SecretStr("secret")}
    )
    return desk


def why_it_waits(desk: Any) -> str:
    """The reason that a message gives after a sender has tried for a while."""

    async def scene() -> str:
        sender = asyncio.create_task(EmailSender(desk.connect, desk.settings, desk.pace).run())
        try:
            await desk.until(desk.deliveries)
        finally:
            sender.cancel()
            await asyncio.wait([sender])
        ((state, reason),) = await desk.rows("SELECT state, reason FROM message")
        assert state == "pending"
        return str(reason)

    return asyncio.run(scene())


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_goes_out_encrypted(
    tls: str, desk: Any, make: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By STARTTLS or from the first byte, where the certificate is one that the machine was told to trust."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = encrypted(certificate)
    how = (
        {"tls_context": context, "require_starttls": True}
        if tls == "starttls"
        else {"ssl_context": context, "auth_require_tls": False}  # it counts as encrypted only what STARTTLS began
    )
    asyncio.run(over(desk, tls).store(make.alert()))
    with serving(desk.settings.smtp_port, **how) as post:
        asyncio.run(desk.send_until("accepted"))
    assert (len(post.taken), post.log_ins) == (1, [(b"vigie", b"secret")])


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_nothing_is_told_to_a_server_that_nobody_vouches_for(tls: str, desk: Any, make: Any, certificate: Path) -> None:
    """Neither a message nor the password; what waits says that the certificate is why."""
    context = encrypted(certificate)
    how = {"tls_context": context} if tls == "starttls" else {"ssl_context": context}
    asyncio.run(over(desk, tls).store(make.alert()))
    with serving(desk.settings.smtp_port, **how) as post:
        assert "certificate verify failed" in why_it_waits(desk)
    assert (post.taken, post.log_ins) == ([], [])


def test_nothing_is_told_to_a_server_without_starttls(desk: Any, make: Any) -> None:
    """Asked for STARTTLS, we do not go on without it."""
    asyncio.run(over(desk, "starttls").store(make.alert()))
    with serving(desk.settings.smtp_port, auth_require_tls=False) as post:
        assert "STARTTLS" in why_it_waits(desk)
    assert (post.taken, post.log_ins) == ([], [])
