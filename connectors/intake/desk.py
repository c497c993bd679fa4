"""The desk of the intake: a batch of a provider's becomes receipts, all of it or, where anything is wrong, none."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from connectors.intake.feed import Feed
from connectors.intake.keys import Provider
from connectors.intake.problems import ProblemError
from connectors.intake.reading import Event, Fault, FaultsError, read_avro, read_json, read_lines
from connectors.intake.receipts import ConflictError, Place, Receipts

NDJSON = ("application/x-ndjson", "application/ndjson")
JSON = "application/json"
AVRO = ("avro/binary", "application/avro", "application/octet-stream")
"""The media types that are read."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That an event lies on its topic, for ever the same."""

    source: str
    event_id: str
    topic: str
    partition: int
    offset: int
    digest: str
    """Of the content without `published_at`, in hexadecimal."""


class Desk:
    """Where batches are taken in."""

    def __init__(self, receipts: Receipts, feed: Feed) -> None:
        """Take what is shared by all requests."""
        self._receipts, self._feed = receipts, feed

    async def check(self, events: Sequence[Event]) -> None:
        """Nothing, where the batch would be taken.

        Raises:
            ProblemError: 409.
        """
        try:
            await self._receipts.look(events)
        except ConflictError as error:
            raise _conflict(error.events) from error

    async def take(self, events: Sequence[Event]) -> list[Receipt]:
        """The receipt of each event, in order, once all of them lie on the topic.

        Raises:
            ProblemError: 409; nothing was published.
            UnavailableError: the broker or the database is away; some may be published, and keep their receipts.
        """
        await self._feed.open()  # A claim that cannot be followed by anything is not made.
        try:
            places = await self._receipts.claim(events)
        except ConflictError as error:
            raise _conflict(error.events) from error
        return [
            _receipt(event, await_place)
            for event, await_place in zip(events, await self._placed(events, places), strict=True)
        ]

    async def _placed(self, events: Sequence[Event], known: Mapping[bytes, Place]) -> list[Place]:
        fresh = {event.event_key: event for event in events if event.event_key not in known}
        places = dict(known)
        if fresh:
            taken, failure = await self._feed.send(list(fresh.values()))
            places |= await self._receipts.give(taken)
            if failure is not None:
                raise failure
        return [places[event.event_key] for event in events]


def read(body: bytes, media_type: str, topic: str, now: dt.datetime) -> list[Event]:
    """The events of a body.

    Raises:
        ProblemError: 415, or 422 with everything that is wrong.
    """
    outcomes = list(_outcomes(body, media_type, topic, now))
    faults = [fault for outcome in outcomes if isinstance(outcome, FaultsError) for fault in outcome.faults]
    if faults:
        lines = len({fault.line for fault in faults})
        detail = f"{lines} of {len(outcomes)} records cannot be taken: nothing was published"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, faults)
    return [outcome for outcome in outcomes if isinstance(outcome, Event)]


def _outcomes(body: bytes, media_type: str, topic: str, now: dt.datetime) -> Iterable[Event | FaultsError]:
    if media_type in NDJSON:
        return read_lines(body, topic, now)
    if media_type != JSON and media_type not in AVRO:
        known = ", ".join((JSON, *NDJSON, *AVRO))
        detail = f"expected a Content-Type of {known}, got {media_type or 'none'}"
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unknown_media_type", detail)
    try:
        return [read_json(body, topic, now) if media_type == JSON else read_avro(body, topic)]
    except FaultsError as error:
        return [error]


def check_source(provider: Provider, events: Sequence[Event]) -> None:
    """Nothing, where each event names its own provider.

    Raises:
        ProblemError: 403.
    """
    foreign = [event for event in events if event.header.source != provider.source]
    if foreign:
        detail = f"this key publishes as {provider.source!r} only: nothing was published"
        faults = [
            Fault(event.line, "value.header.source", "wrong_source", f"expected {provider.source!r}")
            for event in foreign
        ]
        raise ProblemError(HTTPStatus.FORBIDDEN, "wrong_source", detail, faults)


def _conflict(events: Sequence[Event]) -> ProblemError:
    faults = [
        Fault(
            event.line,
            "value.header.event_id",
            "conflicting_repeat",
            "expected the content that came first under this id, or a new id; the first may be published without a"
            " receipt where the request broke off",
        )
        for event in events
    ]
    count = f"{len(events)} event{'' if len(events) == 1 else 's'}"
    detail = f"{count} came before with another content: nothing was published"
    return ProblemError(HTTPStatus.CONFLICT, "conflicting_repeat", detail, faults)


def _receipt(event: Event, place: Place) -> Receipt:
    return Receipt(event.header.source, event.header.event_id, event.topic, *place, event.digest.hex())


def as_json(receipts: Iterable[Receipt]) -> dict[str, Any]:
    """The body of a 202."""
    return {"receipts": [asdict(receipt) for receipt in receipts]}
