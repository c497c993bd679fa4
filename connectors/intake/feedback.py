"""What a provider asks afterwards: what became of an event, what was refused, how it fares. Of its own source only."""

import datetime as dt
import time
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request

from connectors.intake import pages
from connectors.intake.events import Key, provider_with
from connectors.intake.keys import Provider
from connectors.intake.parts import Parts
from connectors.intake.problems import ProblemError
from connectors.intake.receipts import receipt_of
from streams.ledger.feedback import PLACE, Fate, Refusals, Scorecard, fate_of, refusals_of, scorecard_of

router = APIRouter(responses=pages.FEEDBACK)


@router.get("/v1/events/{source}/{event_id:path}")
async def event(request: Request, key: Key, source: str, event_id: str) -> Fate:
    """What became of an event: received, applied, joined, parked, held or refused, and how many notices; never whom."""
    parts: Parts = request.app.state.parts
    provider = await _provider(parts, key)
    if source != provider.source:
        raise ProblemError(HTTPStatus.FORBIDDEN, "wrong_source", f"this key asks for {provider.source!r} only")
    found = await _fate(parts, source, event_id)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "unknown_event", "nothing is known of this event: publish it")
    return found


async def _fate(parts: Parts, source: str, event_id: str) -> Fate | None:
    async with parts.pool.connection() as connection:
        receipt = await receipt_of(connection, source, event_id)
        return await fate_of(connection, parts.settings.topic_prefix, source, event_id, receipt)


@router.get("/v1/refusals")
async def refusals(
    request: Request,
    key: Key,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[
        str | None, Query(pattern=PLACE, description="`next` of the answer that this goes on from.")
    ] = None,
) -> Refusals:
    """What was refused of the provider's records, the newest first: event_id, reason, detail and position of each.

    Where there are more, `next` is the `before` of the next question.
    """
    parts: Parts = request.app.state.parts
    provider = await _provider(parts, key)
    async with parts.pool.connection() as connection:
        found = await refusals_of(connection, parts.settings.topic_prefix, provider.source, limit, before)
    if found is None:
        detail = "expected `next` of an answer to the same provider as before: no refusal of its own lies there"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_place", detail)
    return found


@router.get("/v1/scorecard")
async def scorecard(request: Request, key: Key, days: Annotated[int, Query(ge=1, le=3660)] = 30) -> Scorecard:
    """How the provider fares: records, repeats, refusals by reason, corrections, lateness in seconds."""
    parts: Parts = request.app.state.parts
    provider = await _provider(parts, key)
    async with parts.pool.connection() as connection:
        return await scorecard_of(connection, provider.source, parts.clock() - dt.timedelta(days=days))


async def _provider(parts: Parts, key: Key) -> Provider:
    """Whose key it is; a question counts as a record against its rate."""
    provider = await provider_with(parts, key)
    parts.rates.take(provider.key_id, 1, time.monotonic())
    return provider
