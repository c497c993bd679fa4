"""`POST /v1/events/{topic}`: from a request to the desk, and from the desk to an answer."""

import asyncio
import time
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BeforeValidator
from starlette.requests import ClientDisconnect

from connectors.intake import pages
from connectors.intake.desk import NDJSON, as_json, check_source, read
from connectors.intake.keys import Provider, provider_of
from connectors.intake.parts import Parts
from connectors.intake.problems import ProblemError
from connectors.intake.rates import Rates
from connectors.intake.reading import TOPICS
from streams.ledger.batch import NOT_ALLOWED
from streams.settings import Settings

BODY_S = 30.0
"""Seconds in which a body arrives whole."""

router = APIRouter()


def _said(value: object) -> object:
    """`?dry_run` without a value is a yes."""
    return True if value == "" else value


Key = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, description=pages.KEY))]


@router.post("/v1/events/{topic}", status_code=HTTPStatus.ACCEPTED, responses=pages.ANSWERS, openapi_extra=pages.body())
async def publish(
    request: Request,
    key: Key,
    topic: Annotated[str, Path(json_schema_extra={"enum": [*TOPICS]})],
    *,
    dry_run: Annotated[bool, Query(description="Check, and publish nothing."), BeforeValidator(_said)] = False,
) -> JSONResponse:
    """Publish a record, or a batch of them: all or, where anything is wrong, none.

    A receipt says that the event lies on its topic, acknowledged by all in-sync replicas. The same event again gets the
    same receipt: after an error or none at all, send the same again.
    """
    parts: Parts = request.app.state.parts
    provider = await provider_with(parts, key)
    _check_scope(parts.settings, provider, topic)
    media_type = _media_type(request)
    body = await _body(request, parts.settings.intake_bytes)
    lines = body.count(b"\n") + (not body.endswith(b"\n")) if media_type in NDJSON else 1
    _check_size(parts.settings, parts.rates, provider, lines)
    events = read(body, media_type, topic, parts.clock())
    check_source(provider, events)
    if dry_run:
        await parts.desk.check(events)
        return JSONResponse({"valid": len(events)})
    return JSONResponse(as_json(await parts.desk.take(events)), HTTPStatus.ACCEPTED)


async def provider_with(parts: Parts, key: HTTPAuthorizationCredentials | None) -> Provider:
    """Whose key it is; ProblemError 401 where it is nobody's, 429 where it must wait."""
    if key is not None:
        async with parts.pool.connection() as connection:
            found = await provider_of(connection, key.credentials)
        if found is not None:
            _check_rate(parts, found)
            return found
    raise ProblemError(HTTPStatus.UNAUTHORIZED, "no_key", "expected Authorization: Bearer and a key that is in force")


def _check_scope(settings: Settings, provider: Provider, topic: str) -> None:
    if topic not in TOPICS:
        raise ProblemError(HTTPStatus.NOT_FOUND, "unknown_topic", f"expected one of {', '.join(TOPICS)}")
    if topic not in provider.topics:
        detail = f"this key is good for {', '.join(sorted(provider.topics))}: ask for one that is good for {topic}"
        raise ProblemError(HTTPStatus.FORBIDDEN, "wrong_topic", detail)
    if settings.sources and topic not in settings.sources.get(provider.source, ()):
        detail = f"{provider.source} may not write {topic}, whatever its key says: the hub's staff sets VIGIE_SOURCES"
        raise ProblemError(HTTPStatus.FORBIDDEN, NOT_ALLOWED, detail)


def _check_rate(parts: Parts, provider: Provider) -> None:
    wait_s = parts.rates.wait_s(provider.key_id, time.monotonic())
    if wait_s:
        detail = f"at most {parts.settings.intake_rate:,.0f} records a second: wait {wait_s} s, or ask for more"
        raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, "too_fast", detail, retry_after_s=wait_s)


async def _body(request: Request, most: int) -> bytes:
    """The body, as far as it may be: never more of it in memory."""
    if int(request.headers.get("content-length", "0")) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError as error:
        detail = f"expected the body within {BODY_S:.0f} s"
        raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, "too_slow", detail) from error
    except ClientDisconnect as error:  # nobody is there to read this
        raise ProblemError(HTTPStatus.BAD_REQUEST, "broken_off", "the connection closed inside the body") from error
    return bytes(body)


def _too_large(most: int) -> ProblemError:
    detail = f"expected a body of at most {most:,} bytes: send it in parts"
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", detail)


def _check_size(settings: Settings, rates: Rates, provider: Provider, lines: int) -> None:
    """Count what was handed in, good or bad."""
    rates.take(provider.key_id, lines, time.monotonic())
    if lines > settings.intake_records:
        detail = f"expected at most {settings.intake_records:,} lines, got {lines:,}: send them in parts"
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many", detail)


def _media_type(request: Request) -> str:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "compressed", "expected a body without Content-Encoding")
    declared: str = request.headers.get("content-type", "")
    return declared.partition(";")[0].strip().lower()
