"""The mail catcher: takes every mail that is sent to it on loopback, and delivers none."""

import asyncio
import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from schemas.errors import RefusedError
from streams.embedded.ports import is_loopback

MAIL_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail as a reader sees it; what it does not have is an empty text."""

    subject: str
    to: str
    date: datetime
    text: str
    html: str
    message_id: str


async def serve(host: str, port: int, maildir: Path) -> None:
    """Put each mail of at most 10 MB that arrives in ``maildir``, byte for byte, until cancelled.

    Raises:
        RefusedError: ``not_loopback`` (a catcher that others reach would be an open door), or ``port_in_use``.
    """
    if not is_loopback(host):
        raise RefusedError("not_loopback", f"mail is caught on this machine only: expected 127.0.0.1, not {host}")
    catcher = _Catcher(maildir)
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(catcher, data_size_limit=MAIL_BYTES, enable_SMTPUTF8=True, hostname="localhost"), host, port
        )
    except OSError as error:
        raise RefusedError(
            "port_in_use",
            f"mail cannot be caught on {host}:{port} ({error.strerror}): set VIGIE_SMTP_PORT to a free port",
        ) from error
    async with server:
        await server.serve_forever()


def read_mails(maildir: Path) -> list[CaughtMail]:
    """The mails that were caught, newest first; what is damaged in one is read as far as it goes."""
    return sorted(_mails(maildir), key=lambda mail: mail.date, reverse=True)


class _Catcher:
    def __init__(self, maildir: Path) -> None:
        maildir.parent.mkdir(parents=True, exist_ok=True)
        self._maildir = mailbox.Maildir(maildir)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        self._maildir.add(envelope.original_content)
        return "250 Caught"


def _mails(maildir: Path) -> Iterator[CaughtMail]:
    for folder in ("new", "cur"):
        for path in (maildir / folder).glob("*"):
            try:
                content, changed_at = path.read_bytes(), path.stat().st_mtime
            except OSError:  # moved or deleted while we look, or no file
                continue
            yield _read(message_from_bytes(content), arrived_at=datetime.fromtimestamp(changed_at, UTC))


def _read(message: Message, arrived_at: datetime) -> CaughtMail:
    return CaughtMail(
        subject=_header(message, "Subject"),
        to=_header(message, "To"),
        date=_date(message, default=arrived_at),
        text=_body(message, "text/plain"),
        html=_body(message, "text/html"),
        message_id=_header(message, "Message-ID"),
    )


def _header(message: Message, name: str) -> str:
    value = message.get(name, "")
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, MessageError):  # damaged, or in a character set that nobody knows
        return str(value)


def _date(message: Message, default: datetime) -> datetime:
    try:
        date = parsedate_to_datetime(_header(message, "Date"))
    except (ValueError, OverflowError):
        return default
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _body(message: Message, content_type: str) -> str:
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_type() == content_type and isinstance(payload, bytes):
            return _decoded(payload, part.get_content_charset("utf-8")).replace("\r\n", "\n")
    return ""


def _decoded(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, errors="replace")
    except LookupError:
        return payload.decode(errors="replace")
