"""The mail that brings a link to sign in with."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

from sinks.mail_headers import mailbox, policy_for
from sinks.portal.words import WORDS
from streams.settings import Settings


def invitation(settings: Settings, address: str, link: str, language: str) -> EmailMessage:
    """Plain text: one link, how long it holds, and what to do if nobody asked for it."""
    words = WORDS[language].invitation
    sender = mailbox(*parseaddr(settings.mail_from))
    message = EmailMessage(policy=policy_for(address))
    message["From"] = sender
    message["To"] = mailbox("", address)
    message["Subject"] = words["subject"].format(insurer=settings.insurer)
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply is wanted
    message["Content-Language"] = language
    message.set_content(words["body"].format(insurer=settings.insurer, link=link))
    return message
