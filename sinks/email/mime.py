"""From rendered words to the bytes that go over the wire: the same words, recipient and time give the same bytes."""

import datetime as dt
import email.policy
import hashlib
import uuid
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from email_validator import validate_email

from schemas.notices.header import NoticeHeader
from sinks.typography import one_line


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says: the text is complete, the HTML says nothing more."""

    subject: str
    text: str
    html: str


def compose(
    words: Words, header: NoticeHeader, *, sender: str, insurer: str, to: tuple[str, str], thread: str, now: dt.datetime
) -> bytes:
    """The whole message; `to` is a name and an address, `thread` what all messages to one recipient have in common.

    The Message-ID is derived, so that whoever gets a message twice recognises it; a correction answers to the message
    that it corrects (RFC 5322, section 3.6.4), and nobody's out-of-office answers it (RFC 3834).
    """
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = _mailbox(insurer, sender)
    message["To"] = _mailbox(*to)
    if header.contact is not None:
        message["Reply-To"] = _mailbox(header.contact.name, header.contact.email)
    message["Subject"] = one_line(words.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(header.notice_id, thread, domain)
    if header.revises is not None:
        message["In-Reply-To"] = message["References"] = message_id(header.revises, thread, domain)
    message["List-Id"] = f"<notices.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = header.language
    message["X-Vigie-Notice"] = str(header.notice_id)
    message.set_content(words.text, cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{hashlib.sha256(message['Message-ID'].encode()).hexdigest()[:32]}")
    return message.as_bytes()


def message_id(notice_id: uuid.UUID, thread: str, domain: str) -> str:
    """The same for the same notice and recipient, whenever and however often it is sent."""
    return f"<{notice_id}.{hashlib.sha256(thread.encode()).hexdigest()[:16]}@{domain}>"


def _mailbox(name: str, address: str) -> Address:
    """A name and an address as a header; the domain in ASCII, as every server takes it."""
    mailbox = validate_email(address, check_deliverability=False, test_environment=True)
    return Address(one_line(name), mailbox.local_part, mailbox.ascii_domain)
