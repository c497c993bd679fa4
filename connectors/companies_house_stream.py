"""Companies House's streams: one connection that never ends, an event a line, an empty line where there is none."""

import itertools
from collections.abc import Iterator

import urllib3
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from connectors.feed import AwayError, Feed, FeedSettings
from connectors.json_lines import decoded
from connectors.refusal import excerpt
from connectors.registry import Fetched
from schemas.errors import RefusedError

_CHUNK = 1_000_000
_LONGEST_LINE = 32_000_000


class CompaniesHouseSettings(FeedSettings):
    """Which stream is read, and with whose key."""

    model_config = SettingsConfigDict(env_prefix="VIGIE_COMPANIES_HOUSE_")

    key: SecretStr | None = Field(
        default=None, description="Key of the streaming API, from the register's developer hub."
    )
    stream: str = Field(
        default="insolvency-cases",
        pattern="^(insolvency-cases|companies)$",
        description="Which stream: each has a cursor of its own, and takes a process of its own.",
    )
    url: str = Field(
        default="https://stream.companieshouse.gov.uk", pattern="^https?://", description="The streams' address."
    )


def fetch(settings: CompaniesHouseSettings, cursor: str | None) -> Iterator[Fetched]:
    """The stream's events after the timepoint, without end, as they come; an empty piece where it has no more for now.

    A connection that breaks off is made again from the last timepoint. Without a cursor: what comes from now on.

    Raises:
        RefusedError: ``no_key``, ``bad_cursor``, or ``feed_refused``: the key, or a timepoint that is too old.
        UnavailableError: the stream is away.
    """
    if settings.key is None:
        raise RefusedError("no_key", "expected VIGIE_COMPANIES_HOUSE_KEY: the streaming API needs a key of its own")
    if cursor and not (cursor.isascii() and cursor.isdecimal()):
        raise RefusedError("bad_cursor", f"expected a timepoint as 568183, got {excerpt(cursor)}")
    headers = urllib3.make_headers(basic_auth=f"{settings.key.get_secret_value()}:") | {"Accept-Encoding": "identity"}
    feed = Feed(settings, headers)
    try:
        yield from _for_ever(feed, settings.stream, cursor)
    finally:
        feed.close()


def _for_ever(feed: Feed, stream: str, cursor: str | None) -> Iterator[Fetched]:
    failures = itertools.count(1)
    while True:
        try:
            for piece in _connection(feed, stream, cursor):
                failures, cursor = itertools.count(1), piece.cursor or None
                yield piece
        except AwayError as away:
            feed.wait(next(failures), away)


def _connection(feed: Feed, stream: str, cursor: str | None) -> Iterator[Fetched]:
    """Whole lines as they arrive, several where several did; AwayError at the end, which is never meant."""
    with feed.opened(stream, {"timepoint": cursor} if cursor else {}) as response:
        begun = b""
        while chunk := response.read1(_CHUNK):
            lines, ended, begun = (begun + chunk).rpartition(b"\n")
            if ended:
                content = b"".join(line + b"\n" for line in lines.split(b"\n") if line.strip())
                cursor = _last_timepoint(content, cursor)
                yield Fetched(content, cursor or "")
            if len(begun) > _LONGEST_LINE:
                raise AwayError(f"{stream}: expected lines of at most {_LONGEST_LINE:,} bytes")
    raise AwayError(f"{stream}: the connection ended")


def _last_timepoint(content: bytes, cursor: str | None) -> str | None:
    """The newest timepoint of the lines; a line that cannot be read leaves the one before."""
    for line in reversed(content.split(b"\n")):
        try:
            event = decoded(line)["event"]
            return str(int(event["timepoint"]))
        except (RefusedError, LookupError, TypeError, ValueError):
            continue
    return cursor
