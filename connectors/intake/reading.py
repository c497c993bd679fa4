"""What a provider hands in, JSON or Avro, becomes events of a topic, or every reason why not. Pure.

JSON is read strictly: a number is no text and no date, a text of digits no date either, a field that is unknown or said
twice is an error. Amounts may be JSON numbers or texts; either way no digit is lost.
"""

import codecs
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_json

from connectors.json_lines import decoded
from connectors.message import MAX_BYTES
from connectors.plausible import doubts
from connectors.values import ISO, NOTHING, typed
from schemas.base import EventHeader, Record
from schemas.catalog import INPUTS, Topic, key_of, topic_of
from schemas.codec import content_digest, decode, encode
from schemas.errors import RefusedError
from streams.ledger.identity import event_key

TOPICS: Mapping[str, Topic] = {topic.name: topic for topic in INPUTS}
"""The topics that are taken in, by name."""
MOST_FAULTS = 1_000
"""Faults told of one record: whoever has more has sent something else."""
_MODELS = {record.__name__: record for topic in INPUTS for record in topic.records}
_NEEDED = frozenset({"type", "value"})
_ENVELOPE = _NEEDED | {"topic", "key"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where."""

    line: int
    """Of the body, from 1."""
    field: str
    """Path from the line's outermost object, as `value.header.event_id`; empty where it is about the whole."""
    reason: str
    expected: str


@dataclass(frozen=True, slots=True)
class Event:
    """A record as it is going to be published."""

    line: int
    topic: str
    """Without the prefix."""
    header: EventHeader
    key: bytes
    raw: bytes
    event_key: bytes
    digest: bytes


class FaultsError(Exception):
    """What is wrong with one line, all of it."""

    def __init__(self, *faults: Fault) -> None:
        """Take at least one."""
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def read_lines(
    body: bytes, topic: str | None, now: dt.datetime, type_name: str | None = None
) -> Iterator[Event | FaultsError]:
    """Each line that is not empty as its event, in order; ``topic`` None takes whichever the record travels on.

    ``type_name`` is that of the lines that are a record's value alone.
    """
    if not body.strip():
        yield FaultsError(Fault(1, "", "empty", "expected at least one record"))
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            try:
                yield read_json(line, topic, now, number, type_name)
            except FaultsError as error:
                yield error


def read_json(text: bytes, topic: str | None, now: dt.datetime, line: int = 1, type_name: str | None = None) -> Event:
    """The event that a JSON object ``{"type": …, "value": …}`` is; ``now`` is its publication where it names none.

    With a ``type_name``, the object may be the value alone.

    Raises:
        FaultsError: it is none.
    """
    found = _object(text, line)
    if type_name is None or found.keys() >= _NEEDED:
        return _read(found, topic, now, line)
    try:
        return _read({"type": type_name, "value": found}, topic, now, line)
    except FaultsError as error:
        faults = [replace(fault, field=fault.field.removeprefix("value").lstrip(".")) for fault in error.faults]
        raise FaultsError(*faults) from None


def _read(envelope: Mapping[str, Any], topic: str | None, now: dt.datetime, line: int) -> Event:
    model = _model(envelope, topic, line)
    event = _event(_record(model, envelope.get("value"), now, line), topic, line)
    _check_said(envelope, event)
    return event


def read_avro(raw: bytes, topic: str | None) -> Event:
    """The event that bytes in Confluent's wire format are.

    Raises:
        FaultsError: they are none, or not one of the topic.
    """
    try:
        record = decode(raw)
    except RefusedError as error:
        raise FaultsError(Fault(1, "", error.reason, error.detail)) from None
    _model({"type": type(record).__name__}, topic, 1)
    if doubted := _doubted(type(record), record.model_dump(), 1):
        raise FaultsError(*_faults(None, doubted, 1))
    return _event(record, topic, 1)


def _object(text: bytes, line: int) -> dict[str, Any]:
    try:
        found = decoded(text.removeprefix(codecs.BOM_UTF8))
    except RefusedError as error:
        raise FaultsError(Fault(line, "", error.reason, error.detail)) from None
    if not isinstance(found, dict):
        _refuse(line, "", "not_json", f'{{"type": …, "value": …}}, got {type(found).__name__}')
    return found


def _model(envelope: Mapping[str, Any], topic: str | None, line: int) -> type[Record]:
    """The type that is named, if it travels on the topic."""
    unknown = sorted(envelope.keys() - _ENVELOPE)
    if unknown and not envelope.keys() >= _NEEDED:
        _refuse(line, "", "no_envelope", '{"type": "LimitDecided", "value": {…}}, got other fields: a value alone?')
    if unknown:
        raise FaultsError(
            *(Fault(line, name, "unknown_field", "no such field beside type and value") for name in unknown)
        )
    allowed = [record.__name__ for record in TOPICS[topic].records] if topic else list(_MODELS)
    name = envelope.get("type")
    if not isinstance(name, str) or name not in allowed:
        _refuse(line, "type", "wrong_type", f"one of {', '.join(allowed)}")
    return _MODELS[name]


def _record(model: type[Record], value: Any, now: dt.datetime, line: int) -> Record:
    """The record that the value is, written as in any other file: pydantic alone would take "86400" for a date."""
    if not isinstance(value, dict):
        _refuse(line, "value", "invalid_value", f"an object, got {type(value).__name__}")
    read, unread = typed(model, value, ISO, unsaid_is_null=False)
    if isinstance(value.get("header"), dict):
        value["header"].setdefault("published_at", now)
    own = [Fault(line, f"value.{path}", "invalid_value", each.expected) for path, each in unread.items()]
    own += _doubted(model, read, line)
    try:
        record = model.model_validate_json(to_json(value), strict=True)
    except ValidationError as error:
        raise FaultsError(*_faults(error, own, line)) from None
    except PydanticSerializationError as error:
        _refuse(line, "value", "not_json", f"texts of whole characters ({error})")
    if own:
        raise FaultsError(*_faults(None, own, line))
    return record


def _doubted(model: type[Record], value: Mapping[str, Any], line: int) -> list[Fault]:
    return [Fault(line, f"value.{doubt.path}", doubt.reason, doubt.expected) for doubt in doubts(model, value)]


def _event(record: Any, topic: str | None, line: int) -> Event:
    travels_on = topic_of(record).name
    if topic not in (None, travels_on):
        _refuse(line, "value.topic", "wrong_topic", f"{topic!r}, where this is published")
    key, raw = key_of(record).encode(), encode(record)
    if len(key) + len(raw) > MAX_BYTES:
        _refuse(line, "value", "too_large", f"at most {MAX_BYTES:,} bytes as Avro, got {len(key) + len(raw):,}")
    header: EventHeader = record.header
    return Event(line, travels_on, header, key, raw, event_key(header), content_digest(raw))


def _check_said(envelope: Mapping[str, Any], event: Event) -> None:
    """Topic and key may be said, as `vigie parse` prints them; then they must be the right ones."""
    for name, due in (("topic", event.topic), ("key", event.key.decode())):
        if envelope.get(name, due) != due:
            _refuse(event.line, name, f"wrong_{name}", f"{due!r}, or nothing: it follows from the record")


def _faults(error: ValidationError | None, own: Sequence[Fault], line: int) -> Iterator[Fault]:
    """Our own faults, and each error of the record in another field; never a value, it may be personal."""
    count = len(own) + (error.error_count() if error else 0)
    if count > MOST_FAULTS:
        yield Fault(line, "value", "invalid_value", f"a record, got one with {count:,} errors")
        return
    yield from own
    told = {fault.field for fault in own}
    for one in error.errors(include_input=False, include_context=False, include_url=False) if error else ():
        field = ".".join(["value", *map(str, one["loc"])])
        if field not in told:
            yield Fault(line, field, *_SAID.get(one["type"], ("invalid_value", one["msg"])))


_SAID = {
    "missing": ("missing_field", NOTHING),
    "extra_forbidden": ("unknown_field", "expected no such field"),
}


def _refuse(line: int, field: str, reason: str, expected: str) -> NoReturn:
    raise FaultsError(Fault(line, field, reason, f"expected {expected}"))
