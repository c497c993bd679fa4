"""Signing in by a single-use link that comes by e-mail, and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from sinks.portal.notices import as_id, clean
from sinks.portal.pages import words_for
from sinks.portal.parts import parts
from sinks.portal.sessions import new_token, proof

router = APIRouter()
LONGEST_EMAIL = 254


@router.get("/sign-in")
async def sign_in(request: Request, to: str = "") -> Response:
    """Ask for the e-mail address."""
    return parts(request).pages.page(request, "sign_in.html", to=as_id(to))


@router.post("/sign-in")
async def ask_link(request: Request, email: Annotated[str, Form()] = "", to: Annotated[str, Form()] = "") -> Response:
    """Ask for a link. The answer is the same for every address: it tells nobody who is a policyholder."""
    portal = parts(request)
    client = request.client.host if request.client else "unknown"
    address = email.strip()
    if len(address) <= LONGEST_EMAIL and "\x00" not in address:
        await portal.library.ask_link(address, client, words_for(request).language, as_id(to))
    return portal.pages.page(request, "link_asked.html")


@router.get("/sign-in/link")
async def confirm(request: Request, token: str = "") -> Response:
    """Ask to confirm. Programs that look at the links in a mail come by GET: they use up nothing."""
    return parts(request).pages.page(request, "confirm.html", token=token)


@router.post("/sign-in/link")
async def enter(request: Request, token: Annotated[str, Form()] = "") -> Response:
    """Use up the link and sign in this browser, under a new secret that nobody has seen before."""
    portal = parts(request)
    secret = new_token()
    held, destination = await portal.library.open_session(clean(token), proof(secret, request))
    if not held:
        return portal.pages.page(request, "message.html", status=403, about="link_bad", way_on="/sign-in")
    response = RedirectResponse(f"/n/{destination}" if destination else "/", 303)
    portal.cookie.give(response, secret)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session, in every browser that has its cookie."""
    portal = parts(request)
    await portal.library.close_session(portal.cookie.proof_in(request))
    response = RedirectResponse("/sign-in", 303)
    portal.cookie.take_back(response)
    return response
