"""`vigie catch-mail`: a mail server for the demo and for trials."""

import asyncio

import typer

from schemas.errors import RefusedError
from streams.embedded import mail
from streams.settings import Settings


def catch_mail() -> None:
    """Take every mail on the SMTP port, and deliver none: for the demo and for trials, on loopback only."""
    settings = Settings()
    if settings.maildir is None:
        raise RefusedError("no_maildir", "where are the mails to be kept? Set VIGIE_MAILDIR to a directory")
    typer.echo(f"mail for {settings.smtp_host}:{settings.smtp_port} is kept in {settings.maildir}")
    asyncio.run(mail.serve(settings.smtp_host, settings.smtp_port, settings.maildir))
