"""The portal's web application, put together."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import psycopg
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from sinks.portal import catcher, contract, live, notices, registry, signin
from sinks.portal.bell import Bell
from sinks.portal.guard import Guard, from_own_page
from sinks.portal.notices import SignedOutError
from sinks.portal.pages import Clock, Pages
from sinks.portal.parts import Parts, parts
from sinks.portal.reading import Library
from sinks.portal.sessions import Cookie
from streams.serving import Server
from streams.settings import Settings

ABOUT = {HTTPStatus.FORBIDDEN: "refused", HTTPStatus.SERVICE_UNAVAILABLE: "unavailable"}
STOP_S = 5


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def create_app(settings: Settings, clock: Clock = _now) -> FastAPI:
    """The portal of one insurer; `clock` says what is past."""
    app = FastAPI(
        lifespan=_open, dependencies=[Depends(from_own_page)], docs_url=None, redoc_url=None, openapi_url=None
    )
    secure = settings.portal_url.startswith("https://")
    library = Library(settings)
    app.state.parts = Parts(settings, Cookie(secure), Pages(settings, clock), library, Bell(library.url))
    app.add_middleware(Guard, secure=secure)
    app.add_api_route("/healthz", _health, methods=["GET"])
    own = (notices.router, signin.router, live.router, contract.router)
    for part in (*own, *([catcher.router] if settings.maildir else [])):
        app.include_router(part)
    app.mount("/registry", registry.create_app())
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.add_exception_handler(SignedOutError, _to_sign_in)
    app.add_exception_handler(HTTPException, _plain_words)
    app.add_exception_handler(RequestValidationError, _plain_words)
    app.add_exception_handler(psycopg.OperationalError, _plain_words)
    return app


async def serve(settings: Settings) -> None:
    """Serve the portal until SIGTERM or SIGINT; open pages are let go at once. UnavailableError where it cannot."""
    app = create_app(settings)
    portal: Parts = app.state.parts
    await portal.library.open()  # Here, so that the error comes out; uvicorn would only log it.
    config = uvicorn.Config(
        app,
        host=settings.portal_host,
        port=settings.portal_port,
        # An address with a token in it has no place in a log.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
    )
    try:
        await Server(config, portal.bell.close).serve()
    finally:
        await portal.library.close()  # Where nothing was ever served, too: asyncio would wait for its pool for ever.


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    portal: Parts = app.state.parts
    await portal.library.open()
    listening = asyncio.create_task(portal.bell.listen())
    try:
        yield
    finally:
        portal.bell.close()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await portal.library.close()


async def _health(request: Request) -> Response:
    """200 as long as the database answers, else 503."""
    try:
        await parts(request).library.ping()
    except psycopg.OperationalError as error:
        return PlainTextResponse(f"the portal's database does not answer: {type(error).__name__}\n", 503)
    return PlainTextResponse("ok\n")


async def _to_sign_in(request: Request, error: Exception) -> Response:
    """Whoever is not signed in comes to the page that he wanted by signing in first."""
    destination = error.destination if isinstance(error, SignedOutError) else None
    response = RedirectResponse(f"/sign-in?to={destination}" if destination else "/sign-in", 303)
    parts(request).cookie.take_back(response)
    return response


async def _plain_words(request: Request, error: Exception) -> Response:
    """An error as a page of the portal. A request that makes no sense gets the answer of a page that is not there."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    if isinstance(error, psycopg.OperationalError):
        status = HTTPStatus.SERVICE_UNAVAILABLE
    about = ABOUT.get(HTTPStatus(status), "not_found")
    return parts(request).pages.page(request, "message.html", status=status, about=about, way_on="/")
