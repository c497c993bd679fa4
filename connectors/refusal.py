"""What a connector will not turn into an event, and why: the second of its two streams."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from schemas.errors import RefusedError

_LONGEST = 200
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One piece of input that became no event."""

    refused: str
    """What: the reference of a notice, or `file` where nothing of the file can be believed."""
    where: str
    """Its place in the file."""
    reason: str
    """A stable code and a sentence: what was expected, what came, what to do."""


def refusal(refused: str, where: str, error: RefusedError) -> Refusal:
    """The error as a line of the stream of refusals, printable whatever the input held."""
    return Refusal(_printable(refused), where, str(error))


def refuses_file(read: Callable[_P, Iterator[_T]]) -> Callable[_P, Iterator[_T | Refusal]]:
    """``read``, where a RefusedError is about the file as a whole: it becomes a refusal, and the last that is read."""

    @wraps(read)
    def refusing(*args: _P.args, **kwargs: _P.kwargs) -> Iterator[_T | Refusal]:
        try:
            yield from read(*args, **kwargs)
        except RefusedError as error:
            yield refusal("file", "whole file", error)

    return refusing


def excerpt(value: object) -> str:
    """The value quoted for a message: short, on one line, printable."""
    return repr(_printable(str(value)))


def _printable(text: str) -> str:
    return text[:_LONGEST].encode("utf-8", "backslashreplace").decode()
