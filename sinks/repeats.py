"""A sink may be handed a notice again: it knows it by its id."""

import uuid
from collections.abc import Iterable
from typing import Protocol, TypeVar

from schemas.base import Record
from schemas.notices.header import NoticeHeader


class Handed(Protocol):
    """A record of `notices` as a consumer hands it over."""

    @property
    def record(self) -> Record:
        """The decoded notice."""


Item = TypeVar("Item", bound=Handed)


def header(record: Record) -> NoticeHeader:
    """The envelope that every kind of notice has."""
    return record.header  # type: ignore[attr-defined, no-any-return]


def first_of_each(received: Iterable[Item]) -> dict[uuid.UUID, Item]:
    """By notice_id, in the order they came; of a repeat, the first."""
    first: dict[uuid.UUID, Item] = {}
    for item in received:
        first.setdefault(header(item.record).notice_id, item)
    return first
