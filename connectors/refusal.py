"""What a connector will not turn into an event, and why: the second of its two streams."""

from dataclasses import dataclass

from schemas.errors import RefusedError

_LONGEST = 200


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


def excerpt(value: object) -> str:
    """The value quoted for a message: short, on one line, printable."""
    return repr(_printable(str(value)))


def _printable(text: str) -> str:
    return text[:_LONGEST].encode("utf-8", "backslashreplace").decode()
