"""From rendered words to the bytes that go over the wire: the same words, recipient and time give the same bytes."""

import binascii
import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from schemas.notices.header import NoticeHeader
from sinks.mail_headers import SMTP, mailbox, policy_for, verbatim
from sinks.smtp import wire_address

LONGEST_SUBJECT = 500
"""Characters: room for the longest name and for what stands behind it, the last day to declare."""


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
    policy = policy_for(to[1])
    message = EmailMessage(policy=policy)
    message["From"] = mailbox(insurer, sender)
    message["To"] = mailbox(*to)
    if header.contact is not None and (policy.utf8 or wire_address(header.contact.email).isascii()):
        message["Reply-To"] = mailbox(header.contact.name, header.contact.email)
    message["Subject"] = verbatim(words.subject, LONGEST_SUBJECT)
    message["Date"] = format_datetime(now)
    message["List-Id"] = f"<notices.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Vigie-Notice"] = str(header.notice_id)
    message["MIME-Version"] = "1.0"
    message.make_alternative()
    message.attach(_part("plain", words.text))
    message.attach(_part("html", words.html))
    message["Content-Language"] = header.language  # now: what stands before goes to the first part
    ids = _ids(header, thread, domain)
    message.set_boundary(f"=_{hashlib.sha256(ids).hexdigest()[:32]}")
    return ids + message.as_bytes()


def _part(subtype: str, text: str) -> EmailMessage:
    # set_content() says the same, and encodes in Python: 1.5 ms a message.
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(binascii.b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


def _ids(header: NoticeHeader, thread: str, domain: str) -> bytes:
    """Written by hand: `email` puts a long id on a line of its own, which some servers read as an empty one."""
    lines = [f"Message-ID: {message_id(header.notice_id, thread, domain)}"]
    if header.revises is not None:
        earlier = message_id(header.revises, thread, domain)
        lines += [f"In-Reply-To: {earlier}", f"References: {earlier}"]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def message_id(notice_id: uuid.UUID, thread: str, domain: str) -> str:
    """The same for the same notice and recipient, whenever and however often it is sent."""
    return f"<{notice_id}.{hashlib.sha256(thread.encode()).hexdigest()[:16]}@{domain}>"
