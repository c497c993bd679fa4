"""A public feed over HTTP: asked again with patience while it is away, and never taken for whole where it is not."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import structlog
import urllib3
from pydantic import Field
from urllib3.exceptions import HTTPError, InvalidHeader

from schemas.errors import RefusedError, UnavailableError
from streams.patience import backoff_s
from streams.settings import FromEnvironment

log = structlog.get_logger()

Answer = TypeVar("Answer")

_TIMEOUT = urllib3.Timeout(connect=15.0, read=90.0)
_LATER = {408, 425, 429, 500, 502, 503, 504}
_LARGEST = 500_000_000
_LONGEST_WAIT_S = 120.0
_HINT = "check its address, which is a setting"
_HINTS = {
    401: "it does not accept the key",
    403: "it does not accept the key",
    416: "the place to begin at is too old for it, or none of its own: begin at another with --since, knowing the gap",
}


class AwayError(Exception):
    """The feed does not answer, or not with a whole answer: it may if it is asked again."""

    def __init__(self, why: str, after_s: float = 0.0) -> None:
        """Take why, and in how many seconds at the earliest the feed wants to be asked again."""
        super().__init__(why)
        self.after_s = after_s


class StatusError(RefusedError):
    """The feed will not answer this, however often it is asked."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__("feed_refused", detail)
        self.status = status


class FeedSettings(FromEnvironment):
    """How a feed is asked; each adds its address, and its prefix."""

    url: str = Field(pattern="^https?://", description="Address of the feed.")
    proxy: str | None = Field(default=None, pattern="^https?://", description="Proxy on the way to it, where one is.")
    attempts: int = Field(default=7, ge=1, le=100, description="How often a request is made in all.")
    first_wait_s: float = Field(default=2.0, gt=0, description="Seconds before the second attempt, then doubling.")


class Feed:
    """One feed under one address. Redirections are not followed: a key would follow them."""

    def __init__(self, settings: FeedSettings, headers: Mapping[str, str] | None = None) -> None:
        self._url = settings.url.rstrip("/")
        self._attempts = settings.attempts
        self._first_s = settings.first_wait_s
        sent = {"User-Agent": "vigie", "Accept-Encoding": "gzip", **(headers or {})}
        pool = partial(urllib3.ProxyManager, settings.proxy) if settings.proxy else urllib3.PoolManager
        self._pool = pool(headers=sent, timeout=_TIMEOUT, retries=False)

    def patiently(self, ask: Callable[[], Answer]) -> Answer:
        """What ``ask`` returns; while it finds the feed away, wait as long as the feed wants, and ask again.

        Raises:
            UnavailableError: after the last attempt, or where the feed wants more patience than we have.
        """
        for attempt in itertools.count(1):
            try:
                return ask()
            except AwayError as away:
                self.wait(attempt, away)
        raise AssertionError  # count() does not end

    def wait(self, failures: int, away: AwayError) -> None:
        """Wait after so many failures in a row.

        Raises:
            UnavailableError: they were too many, or the feed wants more patience than we have.
        """
        wait_s = max(away.after_s, backoff_s(failures, first_s=self._first_s, longest_s=_LONGEST_WAIT_S))
        if failures >= self._attempts or wait_s > _LONGEST_WAIT_S:
            raise UnavailableError(self._gone(failures, away)) from away
        log.warning("away", what=self._url, error=str(away), again_in_s=round(wait_s, 2))
        time.sleep(wait_s)

    def json(self, path: str, parameters: Mapping[str, str], none_is: int | None = None) -> Any:
        """The JSON object that the feed answers, None for the status ``none_is``; AwayError where it is cut short."""
        try:
            content = self.content(path, parameters)
        except StatusError as error:
            if error.status == none_is:
                return None
            raise
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise AwayError(f"{path}: expected JSON, got something else or less: {error}") from error
        if not isinstance(answer, dict):
            raise AwayError(f"{path}: expected a JSON object, got {type(answer).__name__}")
        return answer

    def content(self, path: str, parameters: Mapping[str, str]) -> bytes:
        """The bytes that the feed answers, whole; AwayError where they are not."""
        with self.opened(path, parameters) as response:
            content = response.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise RefusedError("absurd_size", f"{self._url}/{path}: expected at most {_LARGEST:,} bytes")
        return bytes(content)

    @contextmanager
    def opened(self, path: str, parameters: Mapping[str, str]) -> Iterator[urllib3.BaseHTTPResponse]:
        """An answer with status 200, to be read within the block; AwayError where it breaks off."""
        try:
            response = self._pool.request(
                "GET", f"{self._url}/{path}", fields=dict(parameters), preload_content=False, redirect=False
            )
            try:
                self._check(response, path)
                yield response
            finally:
                response.close()
        except (HTTPError, OSError) as error:
            raise AwayError(f"{path}: {error}") from error

    def close(self) -> None:
        """Close its connections."""
        self._pool.clear()

    def _check(self, response: urllib3.BaseHTTPResponse, path: str) -> None:
        if response.status == 200:  # noqa: PLR2004  # anything else holds no data
            return
        said = response.read(300).decode("utf-8", "replace").strip()
        if response.status in _LATER:
            raise AwayError(f"{path}: {response.status} {said}".strip(), _retry_after_s(response))
        hint = _HINTS.get(response.status, _HINT)
        raise StatusError(response.status, f"{self._url}/{path} answered {response.status}: {hint}. It said: {said}")

    def _gone(self, failures: int, away: AwayError) -> str:
        wants = f" It asks for {away.after_s:.0f} s of patience." if away.after_s > _LONGEST_WAIT_S else ""
        return (
            f"{self._url} is away, after {failures} attempt{'s' if failures > 1 else ''} ({away}).{wants} "
            "Fetch again later: it goes on where this one ended."
        )


def _retry_after_s(response: urllib3.BaseHTTPResponse) -> float:
    """What `Retry-After` says, in seconds or as a date; 0 where it says nothing that can be read."""
    value = response.headers.get("Retry-After")
    if value is None:
        return 0.0
    try:
        return float(urllib3.Retry().parse_retry_after(value))
    except InvalidHeader:
        return 0.0
