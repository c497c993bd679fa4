"""The list of notices, and a notice's page."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response

from sinks.portal.pages import words_for
from sinks.portal.parts import parts
from sinks.portal.presenting import shown
from sinks.portal.reading import A_PAGE, Filter, Reading

router = APIRouter()
FAR = 100_000


class SignedOutError(Exception):
    """Nobody is signed in, or not in this browser, or not any more."""

    def __init__(self, destination: uuid.UUID | None = None) -> None:
        """Remember the notice that was wanted."""
        super().__init__(destination)
        self.destination = destination


@asynccontextmanager
async def reading(request: Request, destination: uuid.UUID | None = None) -> AsyncIterator[Reading]:
    """What the one signed in may read; SignedOutError where nobody is."""
    portal = parts(request)
    async with portal.library.signed(portal.cookie.proof_in(request)) as eyes:
        if eyes is None:
            raise SignedOutError(destination)
        yield eyes


@router.get("/")
async def notices(
    request: Request,
    text: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(max_length=200)] = "",
    policy: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=FAR)] = 1,
    *,
    unread: bool = False,
) -> Response:
    """The notices of the reader's policies, newest first."""
    wanted = Filter(clean(text), clean(kind), clean(policy), unread, page)
    async with reading(request) as eyes:
        total = await eyes.count(wanted)
        found = await eyes.notices(wanted)
        choices = await eyes.choices()
    pages = parts(request).pages
    language = words_for(request).language
    return pages.page(
        request,
        "notices.html",
        email=eyes.email,
        wanted=wanted,
        notices=[shown(notice, language, pages.today()) for notice in found],
        choices=choices,
        total=total,
        pages=-(-total // A_PAGE),
        newer=_page(wanted, page - 1) if page > 1 else None,
        older=_page(wanted, page + 1) if page * A_PAGE < total else None,
    )


@router.get("/n/{notice}")
async def notice(request: Request, notice: str) -> Response:
    """One notice; 404 where there is none, and just the same where it is another's."""
    notice_id = as_id(notice)
    if notice_id is None:
        raise HTTPException(404)
    async with reading(request, notice_id) as eyes:
        found = await eyes.notice(notice_id)
        if found is None:
            raise HTTPException(404)
        case = await eyes.case(notice_id)
        await eyes.open(notice_id)
    pages = parts(request).pages
    language = words_for(request, found.language).language
    return pages.page(
        request,
        "notice.html",
        language=language,
        email=eyes.email,
        notice=found,
        shown=shown(found, language, pages.today()),
        case=[shown(one, language, pages.today()) for one in case],
    )


@router.get("/language/{code}")
async def language(code: str, to: str = "/") -> Response:
    """Remember the language that the reader chose, and go back to where he was."""
    # One leading slash: `//host` and `/\host` would lead to another site.
    home = to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"
    response = RedirectResponse(home, 303)
    response.set_cookie("language", "en" if code == "en" else "fr", max_age=31_536_000, samesite="lax", httponly=True)
    return response


def clean(text: str) -> str:
    """The text without NUL bytes, which PostgreSQL takes in none."""
    return text.replace("\x00", "")


def as_id(text: str) -> uuid.UUID | None:
    """The id that the text is, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _page(wanted: Filter, page: int) -> str:
    chosen = {"text": wanted.text, "kind": wanted.kind, "policy": wanted.policy, "unread": wanted.unread and "true"}
    return "/?" + urlencode({**{name: value for name, value in chosen.items() if value}, "page": page})
