"""Records of `limits`: decisions about the cover of one policy on one buyer."""

import datetime as dt

from pydantic import Field

from schemas.base import Amount, BuyerId, Currency, EventHeader, Identifier, Record


class LimitDecided(Record):
    """The underwriter decided a limit. Announced is not in force: the cover stands from `effective_on`."""

    header: EventHeader
    buyer_id: BuyerId
    policy_id: Identifier
    cover_id: Identifier = Field(description="The underwriter's id of the cover.")
    outcome: str = Field(
        description="`GRANTED`, `PARTLY_GRANTED`, `REFUSED` or `INCREASE_REFUSED` (the cover in force is unchanged).",
        pattern=r"^(GRANTED|PARTLY_GRANTED|REFUSED|INCREASE_REFUSED)$",
    )
    amount: Amount = Field(description="The limit in force from `effective_on`, in `currency`; 0 where refused.")
    currency: Currency
    effective_on: dt.date = Field(description="First day of the cover.")
    expires_on: dt.date | None = Field(default=None, description="Last day of the cover, where it has one.")


class LimitWithdrawn(Record):
    """The cover ends. Deliveries made before stay covered, and their invoices may still be unpaid."""

    header: EventHeader
    buyer_id: BuyerId
    policy_id: Identifier
    cover_id: Identifier
    effective_on: dt.date = Field(description="First day without cover for new deliveries.")


class LimitReinstated(Record):
    """A withdrawn cover stands again."""

    header: EventHeader
    buyer_id: BuyerId
    policy_id: Identifier
    cover_id: Identifier
    amount: Amount = Field(description="The limit in force from `effective_on`, in `currency`.")
    currency: Currency
    effective_on: dt.date = Field(description="First day of the cover.")
    expires_on: dt.date | None = Field(default=None, description="Last day of the cover, where it has one.")
