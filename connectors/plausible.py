"""What a record's types cannot say: that a currency exists, that an amount is no finer than it, that an IBAN is one.

Connectors see to it for what they read themselves. This is for records that others have made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from connectors.bank_values import is_wrong_iban
from connectors.currencies import CURRENCIES, decimals
from connectors.paths import core, kinds
from schemas.base import Amount, Currency, Record, SignedAmount


@dataclass(frozen=True, slots=True)
class Doubt:
    """A field of a record that cannot be meant."""

    path: str
    reason: str
    expected: str


def doubts(record: Record) -> Iterator[Doubt]:
    """Each field that cannot be meant; none of a record that can be published."""
    return _doubts(record, "", None)


def _doubts(record: Record, path: str, outer: str | None) -> Iterator[Doubt]:
    """Of a part, too: the amounts in it are in its own currency, else in that of the record around it."""
    plan = _plan(type(record))
    currency = getattr(record, "currency", None) or outer
    for name in plan.currencies:
        code = getattr(record, name)
        if code is not None and code not in CURRENCIES:
            yield Doubt(f"{path}{name}", "unknown_currency", "expected a currency's code of ISO 4217, as EUR")
    for name in plan.amounts:
        code = getattr(record, name.replace("amount", "currency"), None) or currency
        if code in CURRENCIES and _is_finer(getattr(record, name), code):
            yield Doubt(f"{path}{name}", "bad_amount", f"expected at most {decimals(code)} decimals, as {code} has")
    for name in plan.accounts:
        if is_wrong_iban(getattr(record, name) or ""):
            yield Doubt(f"{path}{name}", "bad_iban", "expected an IBAN whose check digits are right")
    for name in plan.parts:
        for step, part in _parts(getattr(record, name), f"{path}{name}."):
            yield from _doubts(part, step, currency)


def _parts(inside: Record | list[Record] | None, path: str) -> Iterator[tuple[str, Record]]:
    if isinstance(inside, list):
        yield from ((f"{path}{place}.", part) for place, part in enumerate(inside))
    elif inside is not None:
        yield path, inside


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which fields of a record are looked at."""

    currencies: list[str]
    amounts: list[str]
    accounts: list[str]
    parts: list[str]


@cache
def _plan(record: type[Record]) -> _Plan:
    hints = get_type_hints(record, include_extras=True)
    of = {name: {hint, *get_args(hint)} for name, hint in hints.items() if name in record.model_fields}
    return _Plan(
        currencies=[name for name, types in of.items() if Currency in types],
        amounts=[name for name, types in of.items() if types & {Amount, SignedAmount}],
        accounts=[name for name in of if name == "account"],
        parts=[name for name, kind in kinds(record).items() if _has_money(kind)],
    )


def _has_money(kind: Any) -> bool:
    """Whether a part, or the parts in a list, have anything that is looked at."""
    inside = core(get_args(kind)[0]) if get_origin(kind) is list else kind
    return isinstance(inside, type) and issubclass(inside, Record) and _plan(inside) != _Plan([], [], [], [])


def _is_finer(amount: Decimal | None, currency: str) -> bool:
    return amount is not None and amount != round(amount, decimals(currency))
