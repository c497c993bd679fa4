"""What may stand behind the question mark of a request."""

from collections import Counter
from http import HTTPStatus

from fastapi import Request

from connectors.intake.problems import ProblemError
from connectors.refusal import excerpt


async def check_known(request: Request) -> None:
    """ProblemError 422 where a parameter is none of the route's: misspelt and passed over, `dryrun` would publish."""
    known = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    said = Counter(name for name, _ in request.query_params.multi_items())
    wrong = [name for name, count in said.items() if name not in known or count > 1]
    if wrong:
        expected = f"{', '.join(known)}, once" if known else "no parameter"
        detail = f"expected {expected}, got {excerpt(wrong[0])}: nothing was done"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_parameter", detail)
