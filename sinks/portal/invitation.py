"""The mail that brings a link to sign in with."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

from sinks.folding import SMTP
from sinks.portal.words import WORDS
from streams.settings import Settings


def invitation(settings: Settings, address: str, link: str, language: str) -> EmailMessage:
    """Plain text: one link, how long it holds, and what to do if nobody asked for it."""
    words = WORDS[language].invitation
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = address
    message["Subject"] = words["subject"].format(insurer=settings.insurer)
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply is wanted
    message["Content-Language"] = language
    message.set_content(words["body"].format(insurer=settings.insurer, link=link))
    return message
