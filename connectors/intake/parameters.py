"""What may stand behind the question mark of a request."""

from http import HTTPStatus

from fastapi import Request

from connectors.intake.problems import ProblemError


async def check_known(request: Request) -> None:
    """ProblemError 422 where a query parameter is none of the route's: what is misspelt is never passed over."""
    known = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    unknown = next((name for name in request.query_params if name not in known), None)
    if unknown is not None:
        detail = f"expected {', '.join(known) or 'no parameter'}, got {unknown[:64]!r}"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_parameter", detail)
