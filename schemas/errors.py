"""The two families of errors that cross an edge. Anything else is a bug."""


class RefusedError(Exception):
    """The input is wrong and will never work: dead letter or HTTP 422; the rest goes on."""

    def __init__(self, reason: str, detail: str) -> None:
        """Take a stable ``reason`` (snake_case, counted and filtered on) and a ``detail`` for a person."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class UnavailableError(Exception):
    """Something that is needed is away: nothing is acknowledged, try again later with back-off."""
