"""Files for any topic: JSON lines, or CSV with a header row, as a claims, limits or policy system exports them.

A field is found under its own path (`header.event_id`, `amount`), or where a mapping says.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO

from pydantic import ValidationError

from connectors import json_lines
from connectors.empty_cells import Nothing, empties, filled
from connectors.mapping import NONE, Mapping
from connectors.paths import Fields, flat, is_path, nested
from connectors.plausible import doubts
from connectors.refusal import Refusal, excerpt, refusal, refuses_file
from connectors.registry import Connector
from connectors.tables import Table
from connectors.values import NOTHING, typed
from schemas.base import Record
from schemas.catalog import TOPICS, Topic, key_of, topic_of
from schemas.errors import RefusedError

_HEAD = 1024
_BOM = b"\xef\xbb\xbf"
_MOST_SAID = 10
_ENVELOPE = {"topic", "key", "type", "value"}


def topics() -> list[str]:
    """The topics on which files of anybody's can be published: all but those that the hub writes."""
    return [name for name, topic in TOPICS.items() if topic.records and topic.written_by != "the hub"]


def reader_of(topic: str, mapping: Mapping = NONE, type_name: str | None = None) -> Connector:
    """What reads files for the topic, as a connector; ``type_name`` is the record where the file does not say.

    Raises:
        RefusedError: ``unknown_topic``, ``unknown_type``, ``bad_mapping``: topic, type and mapping do not go together.
    """
    if topic not in topics():
        raise RefusedError("unknown_topic", f"expected one of {', '.join(topics())}, got {excerpt(topic)}")
    return Connector(
        name=topic,
        reads="JSON lines, or CSV with a header row",
        topics=(topic,),
        parse=_Reader(TOPICS[topic], mapping, type_name or mapping.type_name).parse,
    )


def topic_in(file: BinaryIO) -> str | None:
    """The topic of the record that is first in a file of JSON which names its type; None where nothing says it.

    Raises:
        RefusedError: ``empty_file``, ``damaged_file``: what is wrong with the file as a whole.
    """
    _, first = next(json_lines.objects(file), ("", {})) if _is_json(file) else ("", {})
    file.seek(0)
    if isinstance(first, RefusedError):
        return None
    type_name, value = first.get("type"), first.get("value", first)
    found = [name for name in topics() if type_name in [record.__name__ for record in TOPICS[name].records]]
    said = first.get("topic") or (value.get("topic") if isinstance(value, dict) else None)
    return next((name for name in found if len(found) == 1 or name == said), None)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What holds for all rows of one file."""

    now: dt.datetime
    unsaid_is_null: bool
    empties: Callable[[type[Record]], ReadOnly[str, Nothing]] | None
    """What empty cells of a table say of a record's fields; None where it is no table."""


class _Reader:
    def __init__(self, topic: Topic, mapping: Mapping, type_name: str | None) -> None:
        self._topic = topic
        self._mapping = mapping
        self._records = {record.__name__: record for record in topic.records}
        self._only = self._named(type_name) if type_name else None
        self._rows_say_type = mapping is NONE and not any(is_path(record, "type") for record in topic.records)
        if self._only:
            mapping.check(self._only)
        elif mapping is not NONE:
            raise self._untyped()

    @refuses_file
    def parse(self, file: BinaryIO, now: dt.datetime) -> Iterator[Record | Refusal]:
        """Every row or object as its event or as a refusal; a damaged table is read to its end first and gives none."""
        if _is_json(file):
            reading = _Reading(now, unsaid_is_null=self._mapping is not NONE, empties=None)
            rows: Iterator[tuple[str, json_lines.Fields | RefusedError]] = json_lines.objects(file)
        else:
            table = self._table(file)
            reading = _Reading(now, unsaid_is_null=True, empties=self._empties(table.columns))
            rows = table.rows()
        for place, row in rows:
            yield self._outcome(place, row, reading)

    def _empties(self, columns: list[str]) -> Callable[[type[Record]], ReadOnly[str, Nothing]]:
        return cache(lambda record: empties(record, self._mapping.told_by(columns, record)))

    def _table(self, file: BinaryIO) -> Table:
        table = Table(file, self._mapping.delimiter, self._mapping.encoding)
        columns = [column for column in table.columns if column]
        says_type = self._rows_say_type and "type" in columns
        records = self._topic.records if says_type and self._only is None else (self._record_of(None),)
        absent = self._mapping.columns.difference(columns)
        if absent:
            raise RefusedError("missing_column", f"expected {_listed(sorted(absent))}, got {_listed(columns)}")
        self._refuse_unknown([name for name in columns if not says_type or name != "type"], *records)
        return table

    def _outcome(self, place: str, row: json_lines.Fields | RefusedError, reading: _Reading) -> Record | Refusal:
        fields: Fields = {}
        try:
            if isinstance(row, RefusedError):
                raise row
            record, fields = self._fields(row)
            event = self._event(record, fields, reading)
            self._check_said(row, event)
        except RefusedError as error:
            return refusal(_label(fields), place, error)
        return event

    def _fields(self, row: json_lines.Fields) -> tuple[type[Record], Fields]:
        """The record that a row is of, and its values by path: those that the mapping makes, and the others."""
        named, value = self._said(row)
        record, cells = self._record_of(named), flat(value)
        self._refuse_unknown(cells, record)
        made = {path: self._mapping.value_of(path, cells) for path in self._mapping.fields}
        told = {path: value for path, value in made.items() if value is not None}
        return record, {**self._mapping.left(cells, record), **told}

    def _said(self, row: json_lines.Fields) -> tuple[str | None, json_lines.Fields]:
        """The type that a row names, and its value: in an envelope, or beside a `type` that is no field of a record."""
        if _is_enveloped(row):
            return str(row["type"]), row["value"]
        if self._rows_say_type and "type" in row:
            return str(row["type"]), {name: value for name, value in row.items() if name != "type"}
        return None, row

    def _event(self, record: type[Record], fields: Fields, reading: _Reading) -> Record:
        if reading.empties:
            fields = filled(fields, reading.empties(record), self._mapping.constants)
        fields, wrong = self._translated(fields)
        notation, unsaid_is_null = self._mapping.notation, reading.unsaid_is_null
        value, unreadable = typed(record, nested(fields), notation, unsaid_is_null=unsaid_is_null)
        wrong |= {path: str(unread) for path, unread in unreadable.items()}
        wrong |= {doubt.path: doubt.expected for doubt in doubts(record, value)}
        if isinstance(value.get("header"), dict):
            value["header"].setdefault("published_at", reading.now)
        try:
            event = record.model_validate(value)
        except ValidationError as error:
            missing = self._ways_out(record, reading, _problems(error))
            raise self._refused(record, missing | wrong) from None
        if wrong:
            raise self._refused(record, wrong)
        return event

    def _translated(self, fields: Fields) -> tuple[Fields, dict[str, str]]:
        """The values after the mapping's tables, and what a table does not have."""
        found, wrong = dict(fields), {}
        for path, table in self._mapping.values.items():
            if path in found:
                said = str(found[path])
                found[path] = table.get(said, said)
                if said not in table:
                    wrong[path] = f"expected one of {_listed(table)} (`values` in the mapping), got {excerpt(said)}"
        return found, wrong

    def _check_said(self, row: json_lines.Fields, event: Record) -> None:
        """Topic and key follow from the record; they may be said beside it, and then must be the right ones."""
        said = row if _is_enveloped(row) else {}
        told = {"topic": (self._topic.name, said.get("topic", topic_of(event).name))}
        told["key"] = (key_of(event), said.get("key", key_of(event)))
        for name, (due, got) in told.items():
            if got != due:
                raise RefusedError(f"wrong_{name}", f"{name}: expected {excerpt(due)}, got {excerpt(got)}")

    def _ways_out(self, record: type[Record], reading: _Reading, wrong: dict[str, str]) -> dict[str, str]:
        """The same, and of each field that has no column and may be empty, how a table says that."""
        if reading.empties is None:
            return wrong
        unsaid = frozenset(path for path, what in wrong.items() if what == NOTHING and path not in self._mapping.fields)
        may_be = {path for path, nothing in empties(record, unsaid).items() if path in unsaid and nothing is not dict}
        way_out = f"{NOTHING}: an empty cell in a column `%s` says that there is none"
        return wrong | {path: way_out % path for path in may_be - reading.empties(record).keys()}

    def _refused(self, record: type[Record], wrong: dict[str, str]) -> RefusedError:
        """All that is wrong with one record: each field's path, what it is made of, and what was expected."""
        said = [f"{record.__name__}.{path}{self._made_of(path)}: {what}" for path, what in wrong.items()]
        more = [f"and {len(said) - _MOST_SAID} more"] if len(said) > _MOST_SAID else []
        return RefusedError("invalid_value", "; ".join(said[:_MOST_SAID] + more))

    def _made_of(self, path: str) -> str:
        return f" ({self._mapping.fields[path]})" if path in self._mapping.fields else ""

    def _record_of(self, type_name: str | None) -> type[Record]:
        record = self._named(type_name) if type_name else self._only
        if record is None:
            raise self._untyped()
        if self._only not in (None, record):
            raise RefusedError("wrong_type", f"expected {self._only.__name__}, got {record.__name__}")
        return record

    def _named(self, type_name: str) -> type[Record]:
        if type_name not in self._records:
            raise RefusedError("unknown_type", f"expected one of {_listed(self._records)}, got {excerpt(type_name)}")
        return self._records[type_name]

    def _untyped(self) -> RefusedError:
        return RefusedError(
            "unknown_type",
            f"expected one of {_listed(self._records)}: say which by --type, by `type` in the mapping, "
            "or by a column `type`",
        )

    def _refuse_unknown(self, columns: Iterable[str], *records: type[Record]) -> None:
        """Refuse what is no field of any of the records."""
        unknown = list(columns)
        for record in records:
            unknown = self._mapping.unknown(unknown, record)
        if unknown:
            names = ", ".join(record.__name__ for record in records)
            raise RefusedError(
                "unknown_column",
                f"expected fields of {names} or what the mapping names, got {_listed(unknown)}: "
                "map them, or name them under `ignore`",
            )


def _is_json(file: BinaryIO) -> bool:
    file.seek(0)
    head = file.read(_HEAD).removeprefix(_BOM).lstrip()
    file.seek(0)
    if not head:
        raise RefusedError("empty_file", "expected JSON lines or CSV with a header row, got nothing")
    return head[:1] in (b"{", b"[")


def _is_enveloped(row: json_lines.Fields) -> bool:
    """Whether it is `{"type": …, "value": {…}}`, as `vigie parse` prints events, and not a value alone."""
    return {"type", "value"} <= row.keys() <= _ENVELOPE and isinstance(row["value"], dict)


def _problems(error: ValidationError) -> dict[str, str]:
    """What the record's validation says, by path; never the value, which may be personal."""
    errors = error.errors(include_input=False, include_context=False, include_url=False)
    return {
        ".".join(map(str, each["loc"])): NOTHING if each["type"] == "missing" else each["msg"]
        for each in reversed(errors)
    }


def _label(fields: Fields) -> str:
    found = fields.get("header.event_id")
    return found if isinstance(found, str) and found else "record"


def _listed(names: Any) -> str:
    said = [excerpt(name) for name in names]
    return ", ".join(said[:_MOST_SAID]) + (f" and {len(said) - _MOST_SAID} more" if len(said) > _MOST_SAID else "")
