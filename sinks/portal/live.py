"""A page hears of a new notice: server-sent events, after each of which it looks again through its own session."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from sinks.portal.parts import Parts, parts

router = APIRouter()
CALM_S = 0.5
"""A burst of notices is one event."""


@router.get("/live")
async def live(request: Request, seen: int = -1) -> StreamingResponse:
    """Events for one page that shows `seen` notices: `notices` to look again, `signed-out` to leave."""
    portal = parts(request)
    events = _events(portal, portal.cookie.proof_in(request), seen)
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(portal: Parts, proof: str, seen: int) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    while not portal.bell.closing.is_set():
        ring = portal.bell.next_ring
        try:
            visible = await portal.library.visible(proof)
        except psycopg.OperationalError:
            return  # The page comes back by itself, two seconds later.
        if visible is None:
            yield "event: signed-out\ndata:\n\n"
            return
        yield ": still here\n\n" if visible == seen else f"event: notices\ndata: {visible}\n\n"
        seen = visible
        await asyncio.sleep(CALM_S)
        await portal.bell.wait(ring)
