"""The demo's mail, readable in its portal by whoever comes: there only where `VIGIE_MAILDIR` is set."""

import asyncio

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse, Response

from sinks.portal.parts import parts
from streams.embedded.mail import CaughtMail, read_mails

router = APIRouter(prefix="/mails")
# A mail brings its own style, and may bring anything else: it is shown, and may do nothing but be left by its links.
SANDBOX = (
    "sandbox allow-popups allow-top-navigation-by-user-activation; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


@router.get("")
async def mails(request: Request) -> Response:
    """Every mail that was caught, newest first."""
    return parts(request).pages.page(request, "mails.html", mails=await _caught(request))


@router.get("/html")
async def html(request: Request, message_id: str) -> Response:
    """One mail as a mail program shows it."""
    for mail in await _caught(request):
        if mail.message_id == message_id and mail.html:
            return HTMLResponse(mail.html, headers={"Content-Security-Policy": SANDBOX})
    raise HTTPException(404)


async def _caught(request: Request) -> list[CaughtMail]:
    directory = parts(request).settings.maildir
    return await asyncio.to_thread(read_mails, directory) if directory else []
