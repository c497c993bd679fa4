"""What a rule answers: everything that one record changes, as plain values."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.base import Record
from schemas.events.payments import PaymentReturned
from streams.commitments.facts import ClaimName, CoverPeriod, DeclaredBuyer, Judgment, Match, Payment, Policy

NAMESPACE = uuid.UUID("6c1d3e0a-6f4e-5f6b-9a55-7e2f1c0b9d21")
"""Under it every id that the hub derives."""


def derive(*parts: str) -> uuid.UUID:
    """The id of what `parts` name: the same parts give the same id for ever (UUIDv5)."""
    return uuid.uuid5(NAMESPACE, "\x00".join(parts))  # which no id holds


@dataclass(frozen=True, slots=True)
class CoverTimeline:
    """All periods of cover of one policy on one buyer, in place of those before."""

    policy_id: str
    buyer_id: str
    periods: tuple[CoverPeriod, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice that is owed, without its envelope: the ledger numbers it, `envelope.seal` addresses it."""

    notice_id: uuid.UUID
    kind: type[Record]
    commitment: int
    policy_id: str
    case_id: uuid.UUID
    fields: Mapping[str, Any]
    """Every field of `kind` but `header`."""
    revises: uuid.UUID | None = None
    urgency: str = "IMMEDIATE"
    due_at: dt.datetime | None = None
    """When the promise to tell it is broken; None: nothing is promised."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise is kept: the first delivery of its notice was accepted."""

    notice_id: uuid.UUID
    at: dt.datetime
    evidence: str


@dataclass(frozen=True, slots=True)
class Review:
    """Something that a person must look at. Held, visible, never dropped."""

    reason: str
    """Stable word, as `unknown_nature`."""
    detail: str
    """For the person who looks, verbatim where a source is quoted."""
    policy_id: str | None = None
    buyer_id: str | None = None
    about: tuple[str, ...] = ()
    """What it is about, where several records may ask for one review. Empty: its record alone."""

    def review_id(self, *place: str) -> uuid.UUID:
        """Its id; `place` is its record's: topic, partition, offset."""
        about = self.about or (*place, self.policy_id or "", self.detail)
        return derive("review", self.reason, *about)


@dataclass(frozen=True, slots=True)
class Matched:
    """A payment, and the one claim that it is for; None: none or several are possible."""

    payment: Payment
    match: Match | None


@dataclass(frozen=True, slots=True)
class PaidBack:
    """A payment that was received, and its return."""

    payment: Payment
    returned: PaymentReturned


@dataclass(frozen=True, slots=True)
class Decision:
    """What one record changes. Empty: it concerns nobody, and that is recorded too."""

    judgments: tuple[Judgment, ...] = ()
    covers: tuple[CoverTimeline, ...] = ()
    policies: tuple[Policy, ...] = ()
    declared: tuple[DeclaredBuyer, ...] = ()
    notices: tuple[Owed, ...] = ()
    kept: tuple[Kept, ...] = ()
    reviews: tuple[Review, ...] = ()
    names: tuple[ClaimName, ...] = ()
    payments: tuple[Matched, ...] = ()
    """Received now, or matched otherwise than before."""
    returned: tuple[PaidBack, ...] = ()
    settled: tuple[uuid.UUID, ...] = ()
    """Reviews that nobody has to look at any more, if they were opened."""
    waits_for: str | None = None
    """Park the record until this appears, as `policy:P-2041`. Nothing else is set then."""


NOTHING = Decision()
