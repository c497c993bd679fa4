"""Why a request is not done, as RFC 9457 has it."""

from collections.abc import Sequence
from dataclasses import asdict
from http import HTTPStatus

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from connectors.intake.reading import Fault

log = structlog.get_logger()
RETRY_AFTER_S = 5


class ProblemError(Exception):
    """Why a request is not done: an HTTP status, a stable reason, a sentence, and each thing that is wrong."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        detail: str,
        errors: Sequence[Fault] = (),
        *,
        retry_after_s: int | None = None,
    ) -> None:
        """Take ``retry_after_s`` where the same request may be done later."""
        super().__init__(f"{reason}: {detail}")
        self.status, self.reason, self.detail, self.errors = status, reason, detail, errors
        self.retry_after_s = retry_after_s


async def answer(_request: Request, error: Exception) -> JSONResponse:
    """Any error as RFC 9457 has it."""
    problem = error if isinstance(error, ProblemError) else _as_problem(error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}  # Allow, of a wrong method
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    body = {
        "title": problem.status.phrase,
        "status": problem.status,
        "reason": problem.reason,
        "detail": problem.detail,
        "errors": [asdict(fault) for fault in problem.errors],
    }
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def _as_problem(error: Exception) -> ProblemError:
    if isinstance(error, HTTPException):
        return ProblemError(HTTPStatus(error.status_code), "no_such_thing", str(error.detail))
    if isinstance(error, RequestValidationError):
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", said)
    log.warning("away", what="intake", error=f"{type(error).__name__}: {error}".strip())
    detail = "the hub's broker or database is away: send the same again later; what was taken is recognised"
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, retry_after_s=RETRY_AFTER_S)
