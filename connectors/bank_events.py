"""What a statement's bookings mean: money received, and payments that came back."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from connectors.bank_statement import Entry, Returned, Statement
from schemas.base import EventHeader
from schemas.events import bookings
from schemas.events.payments import FundsReceived, PaymentReturned, payment_reference

SOURCE = "bank"

Event = FundsReceived | PaymentReturned


def events_of(statement: Statement, now: dt.datetime) -> Iterator[Event]:
    """The events of the statement, in its order; ValidationError at one that no record can hold."""
    identities: Counter[str] = Counter()
    origin = _origin(statement)
    for entry in statement.entries:
        kind = kind_of(entry)
        if kind is not None:
            identity = _identity(statement, entry)
            identities[identity] += 1
            header = _header(entry, f"{identity}-{identities[identity]}", now)
            yield _event(kind, header, statement, entry, origin)


def kind_of(entry: Entry) -> type[Event] | None:
    """What a booking is to the hub; None for what it has no use of: announced, of no amount, or paid out."""
    if not entry.is_booked or entry.amount == 0:
        return None
    if entry.returned is not None or entry.is_reversal:
        return PaymentReturned
    return FundsReceived if entry.amount > 0 else None


def as_line(statement: Statement) -> dict[str, Any]:
    """The statement as a person reads it before it becomes events; amounts and dates as texts, for JSON."""
    head = {name: value for name, value in asdict(statement).items() if name not in ("opening", "closing", "entries")}
    sums = {
        "opening_balance": statement.opening.amount if statement.opening else None,
        "closing_balance": statement.closing.amount if statement.closing else None,
        "turnover": statement.turnover,
        "difference": statement.difference,
    }
    entries = [_entry_line(entry) for entry in statement.entries]
    return {**_texts(head), **_texts(sums), "reconciled": statement.reconciled, "entries": entries}


def _entry_line(entry: Entry) -> dict[str, Any]:
    kind = kind_of(entry)
    told = {
        name: getattr(entry, name) for name in Entry.__slots__ if name not in ("references", "counterparty", "within")
    }
    return {
        **_texts(told | {"returned": asdict(entry.returned) if entry.returned else None}),
        "references": entry.references.model_dump(mode="json"),
        "counterparty": entry.counterparty.model_dump(mode="json") if entry.counterparty else None,
        "event": kind.__name__ if kind else None,
    }


def _texts(value: Any) -> Any:
    """The value as JSON holds it: what JSON has no word for is a text."""
    if isinstance(value, dict):
        return {name: _texts(inside) for name, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(inside) for inside in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _identity(statement: Statement, entry: Entry) -> str:
    """What says that two reports are of one booking.

    The bank's own reference does, with what it repeats over days and batches; else the network's reference of the
    payment; else nothing but the statement itself, and a booking reported twice is then two events.
    """
    told: tuple[object, ...]
    if entry.bank_reference:
        told = (entry.bank_reference, entry.within)
    elif entry.references.transaction_id:
        told = ("", entry.references.transaction_id, entry.references.end_to_end_id)
    else:
        told = (statement.statement_id, entry.place)
    what = (statement.account, entry.booked_on, f"{entry.amount.normalize():f}", entry.currency, *told)
    digest = hashlib.blake2b("\x1f".join(map(str, what)).encode(), digest_size=16).hexdigest()
    return f"{entry.booked_on}-{digest}"


def _header(entry: Entry, event_id: str, now: dt.datetime) -> EventHeader:
    return EventHeader(
        event_id=event_id,
        source=SOURCE,
        occurred_at=dt.datetime.combine(entry.booked_on, dt.time(), dt.UTC),
        published_at=now,
    )


def _event(
    kind: type[Event], header: EventHeader, statement: Statement, entry: Entry, origin: bookings.Statement
) -> Event:
    own = entry.bank_reference or f"{statement.statement_id}, {entry.place}"
    return kind(
        header=header,
        payment_reference=payment_reference(entry.references.end_to_end_id, statement.account, own),
        booking=_booking(statement, entry),
        references=entry.references,
        counterparty=entry.counterparty,
        statement=origin.model_copy(update={"place": entry.place}),
        **(_return_of(entry) if kind is PaymentReturned else {}),
    )


def _booking(statement: Statement, entry: Entry) -> bookings.Booking:
    return bookings.Booking(
        account=statement.account,
        amount=entry.amount,
        currency=entry.currency,
        booked_on=entry.booked_on,
        value_on=entry.value_on,
        bank_reference=entry.bank_reference,
        entry_reference=None,  # another in each report of the same booking, which has to stay the same event
        is_reversal=entry.is_reversal,
        batch_size=entry.batch_size,
        transactions=entry.transactions,
        code=entry.code,
        instructed_amount=entry.instructed_amount,
        instructed_currency=entry.instructed_currency,
        charges=entry.charges,
    )


def _origin(statement: Statement) -> bookings.Statement:
    """The statement as each of its events names it: its sums are made once, whatever its length."""
    return bookings.Statement(
        statement_id=statement.statement_id,
        format=statement.format,
        place="whole statement",
        from_on=statement.from_on,
        to_on=statement.to_on,
        opening_balance=statement.opening.amount if statement.opening else None,
        closing_balance=statement.closing.amount if statement.closing else None,
        reconciled=statement.reconciled,
        difference=statement.difference,
    )


def _return_of(entry: Entry) -> dict[str, Any]:
    returned = entry.returned or Returned()
    return {
        "original_amount": returned.original_amount,
        "original_currency": returned.original_currency,
        "reason_code": returned.reason_code,
        "reason_said": list(returned.reason_said),
    }
