"""One message, one SMTP transaction, and what the server's answer means for it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiosmtplib
from email_validator import validate_email

from schemas.errors import RefusedError, UnavailableError
from sinks.typography import one_line
from streams.commitments.deliveries import without_addresses
from streams.embedded.ports import is_loopback
from streams.settings import Settings

_PERMANENT = range(500, 600)
_LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message: `accepted`, `deferred` (later, perhaps) or `bounced` (never), and in whose words."""

    state: str
    detail: str

    @property
    def for_log(self) -> str:
        """The words, without the address that servers repeat in them."""
        return without_addresses(self.detail)


def refuse_plaintext(settings: Settings) -> None:
    """Personal data do not leave this machine unencrypted: RefusedError says what to set."""
    if settings.smtp_tls == "none" and not is_loopback(settings.smtp_host):
        raise RefusedError(
            "plaintext_smtp",
            f"mail to {settings.smtp_host}:{settings.smtp_port} would travel unencrypted; only a loopback address may: "
            "set VIGIE_SMTP_TLS to starttls or tls",
        )


class _Server(aiosmtplib.SMTP):
    """A server that may think about a text: whoever gives up before its answer sends again what it took."""

    taken_s = 0.0

    async def data(self, message: str | bytes, /, **_: Any) -> aiosmtplib.SMTPResponse:
        """Hand over the text, and wait for the answer for `taken_s`."""
        return await super().data(message, timeout=self.taken_s)


@asynccontextmanager
async def mail_server(settings: Settings, answer_s: float, taken_s: float) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection over which messages can be handed over; UnavailableError where the server lets us not in.

    It answers a command within `answer_s`, and says within `taken_s` that it took a text, or counts as away.
    """
    refuse_plaintext(settings)
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    server = _Server(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user,
        password=password,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        local_hostname=socket.gethostname(),
        timeout=answer_s,
    )
    server.taken_s = taken_s
    try:
        await server.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _away(settings, error) from error
    try:
        yield server
        with suppress(aiosmtplib.SMTPException, OSError):
            await server.quit()
    finally:
        server.close()


async def hand_over(server: aiosmtplib.SMTP, sender: str, address: str, mime: bytes, within_s: float) -> Answer:
    """Give the server one message for one address.

    What the server says about this message is the answer. UnavailableError: it said nothing, or something about us;
    where the connection broke after the text, nobody but the server knows whether it took the message.
    """
    recipient = wire_address(address)
    options = [] if recipient.isascii() else ["SMTPUTF8"]
    try:
        async with asyncio.timeout(within_s):
            _, answer = await server.sendmail(sender, [recipient], mime, mail_options=options)
    except aiosmtplib.SMTPNotSupported as error:
        return Answer("bounced", said(f"{error.message}: {address} needs it"))
    except aiosmtplib.SMTPRecipientsRefused as error:
        return _refused(error.recipients[0])
    except aiosmtplib.SMTPDataError as error:
        return _refused(error)
    except aiosmtplib.SMTPSenderRefused as error:
        if error.code != aiosmtplib.SMTPStatus.storage_exceeded:
            raise _unavailable(f"the mail server does not take {sender}: {_words(error)}") from error
        # 552 to our sender is said of the size that comes with it (RFC 1870, 6.1): of the message.
        return _refused(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _unavailable(f"the mail server did not take the message: {_words(error)}") from error
    return Answer("accepted", said(f"250 {answer}"))


def _refused(error: aiosmtplib.SMTPResponseException) -> Answer:
    if error.code == aiosmtplib.SMTPStatus.domain_unavailable:  # 421: it is closing the connection, whatever we sent
        raise _unavailable(f"{error.code} {error.message}") from error
    return Answer("bounced" if error.code in _PERMANENT else "deferred", said(f"{error.code} {error.message}"))


def _away(settings: Settings, error: Exception) -> UnavailableError:
    return _unavailable(f"no mail server at {settings.smtp_host}:{settings.smtp_port}: {_words(error)}")


def _unavailable(why: str) -> UnavailableError:
    """Whoever waits logs why."""
    return UnavailableError(said(without_addresses(why)))


def _words(error: Exception) -> str:
    return " ".join(str(part) for part in error.args) or type(error).__name__


def said(text: str) -> str:
    """A server's words, or an error's, as they can be stored and shown."""
    return one_line(text, _LONGEST_ANSWER)


def wire_address(address: str) -> str:
    """The address as servers take it, its domain in ASCII; what is left beyond ASCII needs SMTPUTF8 (RFC 6531)."""
    mailbox = validate_email(address, check_deliverability=False, globally_deliverable=False)
    return f"{mailbox.ascii_local_part or mailbox.local_part}@{mailbox.ascii_domain}"
