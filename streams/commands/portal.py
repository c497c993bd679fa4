"""`vigie portal` serves the portal's pages; `vigie catch-mail` takes the demo's mail."""

import asyncio

import typer

from schemas.errors import RefusedError
from sinks.portal.web import serve
from streams.embedded import mail
from streams.settings import Settings


def portal() -> None:
    """Serve the portal's pages, under the database role that row level security binds.

    It listens on VIGIE_PORTAL_HOST and VIGIE_PORTAL_PORT, on loopback unless told otherwise. Ctrl-C stops it.
    """
    asyncio.run(serve(Settings()))


def catch_mail() -> None:
    """Take every mail on the SMTP port, and deliver none: for the demo and for trials, on loopback only."""
    settings = Settings()
    if settings.maildir is None:
        raise RefusedError("no_maildir", "where are the mails to be kept? Set VIGIE_MAILDIR to a directory")
    typer.echo(f"mail for {settings.smtp_host}:{settings.smtp_port} is kept in {settings.maildir}")
    asyncio.run(mail.serve(settings.smtp_host, settings.smtp_port, settings.maildir))
