"""BODACC's public interface (Opendatasoft, Explore v2.1): the judgments of one day of publication after another.

A day is exported whole and counted: `records` pages end at 10,000, `exports` do not. Notices are added to days past, so
the last days are read again each time, and what was not there before, or reads otherwise, is given.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from functools import partial
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from connectors.bodacc_json import JUDGED
from connectors.feed import AwayError, Feed, FeedSettings
from connectors.refusal import excerpt
from connectors.registry import Fetched
from schemas.errors import RefusedError

_PARIS = ZoneInfo("Europe/Paris")
_FIRST_ISSUE = dt.date(2008, 1, 1)

Known = dict[dt.date, list[str] | None]
"""Each day read, with a hash of each record that it held; None: nothing is known of the day."""


class BodaccSettings(FeedSettings):
    """Where BODACC is asked, and how far back."""

    model_config = SettingsConfigDict(env_prefix="VIGIE_BODACC_")

    url: str = Field(
        default="https://bodacc-datadila.opendatasoft.com/api/explore/v2.1/catalog/datasets/annonces-commerciales",
        pattern="^https?://",
        description="The dataset in its interface.",
    )
    window_days: int = Field(
        default=8, ge=0, le=366, description="Days before the last one that are read again for what was added."
    )


def fetch(settings: BodaccSettings, cursor: str | None) -> Iterator[Fetched]:
    """What is new since the cursor, or has changed, a day a piece, oldest first, up to today in Paris.

    A cursor may be a date (`2026-03-14`): that day and all after it. Without one, the window's days.

    Raises:
        RefusedError: ``bad_cursor``, or the interface will not have our question.
        UnavailableError: it is away.
    """
    today = dt.datetime.now(_PARIS).date()
    seen = _read_cursor(cursor)
    feed = Feed(settings)
    try:
        for day in _days(seen, today, dt.timedelta(settings.window_days)):
            records = feed.patiently(partial(_day, feed, day))
            new = [line for line, hash_ in records if hash_ not in (seen.get(day) or ())]
            seen[day] = sorted({hash_ for _, hash_ in records})
            if new or day == today:
                yield Fetched(b"\n".join(new), _cursor(seen, settings.window_days))
    finally:
        feed.close()


def _days(seen: Known, today: dt.date, window: dt.timedelta) -> Iterator[dt.date]:
    last = max(seen, default=today)
    first = last if seen and seen[last] is None else last - window
    for ordinal in range(max(first, _FIRST_ISSUE).toordinal(), today.toordinal() + 1):
        yield dt.date.fromordinal(ordinal)


def _day(feed: Feed, day: dt.date) -> list[tuple[bytes, str]]:
    """The day's judgments, each as a line of JSON with its hash, all of them; AwayError where some are missing."""
    families = ",".join(f'"{family}"' for family in JUDGED)
    where = {"where": f"dateparution = date'{day.isoformat()}' and familleavis in ({families})"}
    counted = feed.json("records", {**where, "limit": "0"})
    total = counted.get("total_count")
    if not isinstance(total, int):
        raise AwayError(f"records: expected a total_count for {day}, got {excerpt(counted)}")
    content = feed.content("exports/jsonl", {**where, "order_by": "id"}) if total else b""
    hashed = [(line, hash_) for line in content.splitlines() if (hash_ := _hash(line)) is not None]
    if len(hashed) != total:
        raise AwayError(f"exports/jsonl: expected the {total} records of {day}, got {len(hashed)}")
    return hashed


def _hash(line: bytes) -> str | None:
    """The same for the same record; None for what is none: a broken-off export ends in a half one, or in words."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    return hashlib.blake2b(json.dumps(record, sort_keys=True).encode(), digest_size=8).hexdigest()


def _read_cursor(cursor: str | None) -> Known:
    """The days that a cursor knows; a bare date is a day of which nothing is known."""
    if cursor is None:
        return {}
    try:
        known = json.loads(cursor) if cursor.startswith("{") else {cursor: None}
        return {dt.date.fromisoformat(day): list(hashes) if hashes else hashes for day, hashes in known.items()}
    except (ValueError, TypeError) as error:
        raise RefusedError("bad_cursor", f"expected a date as 2026-03-14, got {excerpt(cursor)}") from error


def _cursor(seen: Known, window_days: int) -> str:
    """What to remember once the last day read is published: the days that will be read again."""
    oldest = max(seen) - dt.timedelta(window_days)
    return json.dumps({day.isoformat(): seen[day] for day in sorted(seen) if day >= oldest})
