"""A statement of an account as all of a bank's formats tell it, and whether its sums are right."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from pydantic import ValidationError

from schemas.errors import RefusedError
from schemas.events.bookings import Counterparty, References

MOST_BOOKINGS = 200_000
"""In one file: its statements are in memory until all of it was read."""


_INTERIM = frozenset({"60M", "62M", "ITBD"})
"""Balances from or to which a page goes that is not the whole statement."""


def check_number(bookings: int) -> None:
    """RefusedError (``absurd_size``) where a file tells of more bookings than any should."""
    if bookings > MOST_BOOKINGS:
        raise RefusedError(
            "absurd_size", f"expected at most {MOST_BOOKINGS:,} bookings in a file: ask the bank for shorter ones"
        )


def unfit(error: ValidationError) -> RefusedError:
    """Why no record can hold what the statement says."""
    wrong = error.errors(include_input=False, include_url=False)[0]
    return RefusedError("invalid_value", f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}")


@dataclass(frozen=True, slots=True)
class Balance:
    """What stood on the account."""

    kind: str
    """As the format calls it: `OPBD`, `60F`, `01`."""
    amount: Decimal
    """Signed: negative is overdrawn."""
    currency: str
    on: dt.date | None


@dataclass(frozen=True, slots=True)
class Returned:
    """That a transaction takes an earlier one back, and why."""

    reason_code: str | None = None
    reason_said: tuple[str, ...] = ()
    original_amount: Decimal | None = None
    original_currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One transaction: a batch of ten, told one by one, is ten."""

    place: str
    """`entry 3, transaction 2`; where the statement has more pages than one, `page 2, entry 3`."""
    amount: Decimal
    """Signed, as the account sees it."""
    currency: str
    booked_on: dt.date
    value_on: dt.date | None = None
    is_booked: bool = True
    """Not merely announced: only then it counts, in the balances and for anybody."""
    bank_reference: str | None = None
    entry_reference: str | None = None
    is_reversal: bool = False
    batch_size: int | None = None
    transactions: int = 1
    """Of a batch that stays whole: all of them."""
    code: str | None = None
    instructed_amount: Decimal | None = None
    instructed_currency: str | None = None
    charges: Decimal | None = None
    references: References
    counterparty: Counterparty | None = None
    returned: Returned | None = None
    within: str = ""
    """What tells the transaction from others of its batch, the same in every report of it; empty for one alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, report or notification, whole."""

    statement_id: str
    format: str
    """`camt.053.001.08`, `mt940`, `cfonb120`."""
    checked: str
    """`xsd`: our reading of this version is tested against its schema; `structure`: it is read like its siblings."""
    account: str
    currency: str | None
    from_on: dt.date | None = None
    to_on: dt.date | None = None
    balances: tuple[Balance, ...] = ()
    opening: Balance | None = None
    closing: Balance | None = None
    entries: tuple[Entry, ...] = ()
    contradictions: tuple[str, ...] = ()
    """Sums that the statement gives and that its entries do not make."""
    remarks: tuple[str, ...] = ()
    """What a person should know, and what stops nothing."""

    @property
    def turnover(self) -> Decimal:
        """What the booked entries come to."""
        return sum((entry.amount for entry in self.entries if entry.is_booked), Decimal(0))

    @property
    def difference(self) -> Decimal | None:
        """Closing balance less what opening balance and entries give; None where that cannot be said."""
        if self.opening is None or self.closing is None or len(self._currencies(self.opening, self.closing)) > 1:
            return None
        return self.closing.amount - self.opening.amount - self.turnover

    @property
    def reconciled(self) -> bool | None:
        """Whether its sums are right, to the cent; None where it has none to check."""
        if self.contradictions:
            return False
        if self.opening is None or self.closing is None:
            return None
        return self.difference == 0

    def _currencies(self, *balances: Balance) -> set[str]:
        booked = (entry.currency for entry in self.entries if entry.is_booked)
        return {*(balance.currency for balance in balances), *booked}


def page_between(opening: Balance | None, closing: Balance | None) -> str:
    """What tells a page without a number from the others of its statement; empty where the balances are the whole's."""
    known = [balance for balance in (opening, closing) if balance is not None]
    is_page = any(balance.kind in _INTERIM for balance in known)
    return f"page {' to '.join(str(balance.amount) for balance in known)}" if is_page else ""


def on_page(page: str, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries with their page, where there is one: entries are counted from 1 on each."""
    return tuple(replace(entry, place=f"{page}, {entry.place}") if page else entry for entry in entries)
