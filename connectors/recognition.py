"""What reads a file where nobody says it: our own lines name their topic, and connectors know their own files."""

import datetime as dt
from collections.abc import Iterator
from typing import BinaryIO

from connectors.generic import reader_of, topic_in
from connectors.head import head_of
from connectors.refusal import Refusal, excerpt, refuses_file
from connectors.registry import Connector, installed
from schemas.base import Record
from schemas.errors import RefusedError


def recognised(file: BinaryIO) -> Connector:
    """What reads the file, told by how it begins.

    Raises:
        RefusedError: ``unknown_format``, or what is wrong with JSON lines as a whole.
    """
    head = head_of(file)
    for each in installed().values():
        if each.owns is not None and each.owns(head):
            return each
    topic = topic_in(file)
    if topic is not None:
        return reader_of(topic)
    own = ", ".join(each.reads for each in installed().values() if each.owns is not None)
    raise RefusedError(
        "unknown_format",
        f'expected {own}, or lines of JSON as {{"type": "LimitDecided", "value": {{…}}}}, '
        f"got {excerpt(head[:40].decode('latin-1'))}: name what reads it, or its topic",
    )


@refuses_file
def _parse(file: BinaryIO, now: dt.datetime) -> Iterator[Record | Refusal]:
    yield from recognised(file).parse(file, now)


WHATEVER = Connector(name="whatever", reads="files that are recognised by their content", topics=(), parse=_parse)
"""Reads each file as what it is."""
