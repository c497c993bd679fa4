"""The HTTP intake, put together."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from connectors.intake import events, feedback, pages
from connectors.intake.keys import SQL
from connectors.intake.parameters import check_known
from connectors.intake.parts import Clock, Parts, make
from connectors.intake.problems import ProblemError, answer
from schemas.errors import UnavailableError
from streams.ledger.errors import UNFIT
from streams.serving import Server
from streams.settings import Settings


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def create_app(settings: Settings, clock: Clock = _now) -> FastAPI:
    """The intake of one insurer; ``clock`` says when an event is published whose provider does not."""
    app = FastAPI(title="Vigie intake", version="1", lifespan=_open, docs_url=None, redoc_url=None)
    app.state.parts = make(settings, clock)
    app.include_router(pages.router)
    for router in (events.router, feedback.router):
        app.include_router(router, dependencies=[Depends(check_known)])
    app.add_api_route("/healthz", _health, methods=["GET"], include_in_schema=False)
    away = (UnavailableError, psycopg.OperationalError, *UNFIT)
    for kind in (ProblemError, *away, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answer)
    pages.complete(app)
    return app


async def serve(settings: Settings) -> None:
    """Serve the intake until SIGTERM or SIGINT; requests under way are finished first."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.intake_host,
        port=settings.intake_port,
        access_log=False,
        log_config=None,
        server_header=False,
    )
    await Server(config).serve()


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    """What is away at the start is away for the first requests only."""
    parts: Parts = app.state.parts
    await parts.pool.open()
    try:
        yield
    finally:
        await parts.feed.close()
        await parts.pool.close()


async def _health(request: Request) -> Response:
    """200 while events can be taken, else 503."""
    parts: Parts = request.app.state.parts
    async with parts.pool.connection() as connection:
        await connection.execute(SQL["see_tables"])
        await parts.feed.check()
    return Response("ok\n", media_type="text/plain")
