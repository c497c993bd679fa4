"""Who gets a message now: the newest list of recipients counts, whenever the notice was decided."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from schemas.events.policies import Recipient


@dataclass(frozen=True, slots=True)
class To:
    """Send it to this name and address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Held:
    """Do not send it: a person must look. Visible, never dropped."""

    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """This recipient is no longer to be told; those who are, are told in their place."""

    instead: tuple[Recipient, ...]


Addressing: TypeAlias = To | Held | Withdrawn

NO_RECIPIENT = Held("no_recipient")
TOO_LATE = Held("send_until_is_past")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What of a message decides whom it goes to."""

    recipient_id: str
    """'' where the notice named nobody."""
    former: bool
    name: str
    address: str
    kind: str
    send_until: dt.datetime | None
    newer: Sequence[Recipient] | None
    """The list that has replaced the notice's own since; None: its own stands."""


def is_former(recipient: Recipient, current: Sequence[Recipient]) -> bool:
    """Whether this person or this address is no longer on the list."""
    return all((recipient.recipient_id, recipient.email) != (one.recipient_id, one.email) for one in current)


def address(envelope: Envelope, now: dt.datetime) -> Addressing:
    """What becomes of a message that is about to be sent at `now`."""
    to = _newest(envelope)
    if isinstance(to, To) and envelope.send_until is not None and now > envelope.send_until:
        return TOO_LATE
    return to


def _newest(envelope: Envelope) -> Addressing:
    if envelope.former or (envelope.newer is None and envelope.recipient_id):
        return To(envelope.name, envelope.address)
    told = tuple(one for one in envelope.newer or () if one.wants(envelope.kind))
    for recipient in told:
        if recipient.recipient_id == envelope.recipient_id:
            return To(recipient.name, recipient.email)
    return Withdrawn(told) if told else NO_RECIPIENT
