"""BODACC, the French gazette of companies: its files of court judgments become events of `court-judgments`.

Source: Direction de l'information légale et administrative, bodacc.fr; licence Etalab 2.0.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from connectors import bodacc_json, bodacc_xml
from connectors.archive import files_in, kind_of
from connectors.bodacc_fetch import BodaccSettings, fetch
from connectors.bodacc_notice import events_of
from connectors.head import BLANK, head_of
from connectors.refusal import Refusal, excerpt, refusal, refuses_file
from connectors.registry import Connector
from schemas.errors import RefusedError
from schemas.events.court_judgments import JudgmentPublished

Outcome = JudgmentPublished | Refusal


@refuses_file
def parse(file: BinaryIO, now: dt.datetime) -> Iterator[Outcome]:
    """Every notice of the file as its events, one for each person concerned, or as a refusal, whatever its bytes.

    The file is a seekable one and may be of any size. What it is shows in its content, not in its name: XML, JSON, or
    a tar or packed file of these. XML and archives are read to their end first: where one is damaged, it gives one
    refusal and no event. ``now`` is when we publish.
    """
    for place, each in files_in(file):
        for outcome in _outcomes(each, now):
            yield _placed(outcome, place) if place and isinstance(outcome, Refusal) else outcome


@refuses_file
def _outcomes(file: BinaryIO, now: dt.datetime) -> Iterator[Outcome]:
    """Those of one file, in an archive or alone."""
    yield from _READERS[_format(file)](file, now)


def _placed(told: Refusal, place: str) -> Refusal:
    """It says in which file of an archive it is."""
    return replace(told, where=f"{place}: {told.where}")


def _format(file: BinaryIO) -> str:
    head = head_of(file)
    first = head.lstrip(BLANK)[:1]
    if first not in _FORMATS:
        raise RefusedError(
            "unknown_format",
            f"expected BODACC's XML or Opendatasoft's JSON, got {excerpt(head[:40].decode('latin-1'))}",
        )
    return _FORMATS[first]


def _archive(file: BinaryIO, now: dt.datetime) -> Iterator[Outcome]:
    for annonce in bodacc_xml.annonces(file):
        try:
            yield from events_of(bodacc_xml.notice(annonce), now)
        except RefusedError as error:
            yield refusal(annonce.label(), annonce.place(), error)


def _records(file: BinaryIO, now: dt.datetime) -> Iterator[Outcome]:
    for place, record in bodacc_json.records(file):
        try:
            yield from events_of(bodacc_json.notice(record), now)
        except RefusedError as error:
            yield refusal(bodacc_json.label(record), place, error)


def _owns(head: bytes) -> bool:
    """Nobody else's files are read packed."""
    return kind_of(head) is not None or any(mark in head.replace(b"\x00", b"") for mark in _MARKS)


_MARKS = (b"<PCL_REDIFF", b'"familleavis"', b'"publicationavis"', b'"parutionavisprecedent"')
_FORMATS = {b"<": "xml", b"{": "json", b"[": "json"}
_READERS = {"xml": _archive, "json": _records}

CONNECTOR = Connector(
    name="bodacc",
    reads="BODACC files (XML or Opendatasoft JSON, packed or not)",
    topics=("court-judgments",),
    parse=parse,
    owns=_owns,
    settings=BodaccSettings,
    fetch=fetch,
)
