"""INSEE's interface (API Sirene 3.11): the companies whose records INSEE wrote since the last time, day by day."""

import datetime as dt
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from connectors.feed import AwayError, Feed, FeedSettings
from connectors.json_fields import instant, part, parts, text
from connectors.refusal import excerpt
from connectors.registry import Fetched
from schemas.errors import RefusedError

_COLLECTION = "Unités Légales"
_PAGE = "1000"
_DAY = dt.timedelta(days=1)
_TREATED = "dateDernierTraitementUniteLegale"


class SireneSettings(FeedSettings):
    """Where INSEE is asked, and with whose key."""

    model_config = SettingsConfigDict(env_prefix="VIGIE_SIRENE_")

    key: SecretStr | None = Field(default=None, description="Key of the API Sirene, from INSEE's portal.")
    url: str = Field(default="https://api.insee.fr/api-sirene/3.11", pattern="^https?://", description="Its address.")


def fetch(settings: SireneSettings, cursor: str | None) -> Iterator[Fetched]:
    """The companies written since the cursor, a page a piece, up to what INSEE says is there.

    A cursor is a time of INSEE's, as `2026-11-21` or `2026-11-21T16:46:56`; without one, the last day there is. It
    moves when a day is whole: INSEE's pages are in no order.

    Raises:
        RefusedError: ``no_key``, ``bad_cursor``, or ``feed_refused``.
        UnavailableError: INSEE is away.
    """
    if settings.key is None:
        raise RefusedError("no_key", "expected VIGIE_SIRENE_KEY: the API Sirene needs a key, free at INSEE's portal")
    since = _read_cursor(cursor)
    headers = {"X-INSEE-Api-Key-Integration": settings.key.get_secret_value(), "Accept": "application/json"}
    feed = Feed(settings, headers)
    try:
        newest = feed.patiently(partial(_newest, feed))
        start = since or newest - _DAY
        while start < newest:
            end = min(start + _DAY, newest)
            yield from _written(feed, start, end)
            start = end
        yield Fetched(b"", newest.isoformat())
    finally:
        feed.close()


def _newest(feed: Feed) -> dt.datetime:
    """Up to when all that INSEE wrote is in its interface, in its own time."""
    told = feed.json("informations", {})
    for each in parts(told, "datesDernieresMisesAJourDesDonnees"):
        newest = instant(each, "dateDernierTraitementMaximum", dt.UTC)  # INSEE's time, which we only hand back
        if text(each, "collection") == _COLLECTION and newest is not None:
            return newest.replace(tzinfo=None)
    raise AwayError(f"informations: expected dateDernierTraitementMaximum of {_COLLECTION}, got {excerpt(told)}")


def _written(feed: Feed, start: dt.datetime, end: dt.datetime) -> Iterator[Fetched]:
    """The records written between the two, a page after another; only the last one moves the cursor."""
    page, following = "", "*"
    while page != following:
        page = following
        content, following = feed.patiently(partial(_page, feed, start, end, page))
        if content:
            yield Fetched(content, (end if page == following else start).isoformat())


def _page(feed: Feed, start: dt.datetime, end: dt.datetime, at: str) -> tuple[bytes, str]:
    """One page, empty where there is nothing, and the cursor of the next one, which is its own on the last."""
    span = f"{_TREATED}:[{start.isoformat()} TO {end.isoformat()}]"
    told: Any = feed.json("siren", {"q": span, "nombre": _PAGE, "curseur": at}, none_is=404)
    if told is None:
        return b"", at
    following = text(part(told, "header"), "curseurSuivant")
    units = parts(told, "unitesLegales")
    if not following or (not units and following != at):
        raise AwayError(f"siren: expected unitesLegales and a curseurSuivant, got {excerpt(told)}")
    return b"".join(json.dumps({"uniteLegale": unit}).encode() + b"\n" for unit in units), following


def _read_cursor(cursor: str | None) -> dt.datetime | None:
    if not cursor:
        return None
    try:
        return dt.datetime.fromisoformat(cursor).replace(tzinfo=None)
    except ValueError as error:
        raise RefusedError("bad_cursor", f"expected a time as 2026-11-21T16:46:56, got {excerpt(cursor)}") from error
