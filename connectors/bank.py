"""What banks report of the insurer's accounts, as events of `payments`: ISO 20022, MT940 and CFONB120 statements.

A file is read to its end first, and a statement is taken whole or not at all. Nothing is matched here: references are
carried as they are, and which claim or invoice they mean is for a rule to say.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from pydantic import ValidationError

from connectors import bank_camt, bank_cfonb120, bank_mt940
from connectors.bank_events import Event, as_line, events_of
from connectors.bank_statement import Statement, unfit
from connectors.head import BLANK, head_of
from connectors.message import message_of
from connectors.refusal import Refusal, excerpt, refusal, refuses_file
from connectors.registry import Connector, View
from schemas.errors import RefusedError


def parse(file: BinaryIO, now: dt.datetime) -> Iterator[Event | Refusal]:
    """Money received and payments that came back, of every statement of the file; whatever its bytes.

    What the file is shows in its content, not in its name. ``now`` is when we publish.
    """
    for statement in _statements(file):
        if isinstance(statement, Refusal):
            yield statement
            continue
        try:
            _check(statement, now)
        except RefusedError as error:
            yield refusal(statement.statement_id, "whole statement", error)
        else:
            yield from events_of(statement, now)


def statements(file: BinaryIO) -> Iterator[dict[str, Any] | Refusal]:
    """Each statement of the file as it was read, with balances, entries and whether it reconciles."""
    for statement in _statements(file):
        yield statement if isinstance(statement, Refusal) else as_line(statement)


def _check(statement: Statement, now: dt.datetime) -> None:
    """Make each event of the statement and keep none, as they take the most memory.

    Raises:
        RefusedError: no record can hold one of them, or no topic takes it.
    """
    try:
        for event in events_of(statement, now):
            message_of(event)
    except ValidationError as error:
        raise unfit(error) from error


@refuses_file
def _statements(file: BinaryIO) -> Iterator[Statement | Refusal]:
    """All statements of a file that was read to its end, or its one refusal."""
    yield from list(_READERS[_format(file)](file))


def _format(file: BinaryIO) -> str:
    head = head_of(file).lstrip(BLANK)
    if head.startswith(b"<"):
        return "camt"
    if head.startswith(b"01") and bank_cfonb120.LINE.match(head):
        return "cfonb120"
    if b":20:" in head:
        return "mt940"
    raise RefusedError(
        "unknown_format",
        "expected a camt.052, 053 or 054 message, an MT940 or a CFONB120 statement, not compressed, "
        f"got {excerpt(head[:40].decode('latin-1'))}",
    )


def _owns(head: bytes) -> bool:
    begun = head.replace(b"\x00", b"").lstrip(BLANK)
    return bool(_OWN.search(begun) or bank_cfonb120.LINE.match(begun))


_OWN = re.compile(rb"(?:^|[\r\n]):20:|:xsd:camt\.05[234]\.")
_READERS = {"camt": bank_camt.statements, "mt940": bank_mt940.statements, "cfonb120": bank_cfonb120.statements}

CONNECTOR = Connector(
    name="bank",
    reads="bank statements (camt.052, 053 and 054, MT940, CFONB120)",
    topics=("payments",),
    parse=parse,
    owns=_owns,
    view=View(
        name="statements",
        shows="Print each statement as it was read, before it becomes events: balances, entries, does it reconcile.",
        read=statements,
    ),
)
