"""What a record's types cannot say: that a currency exists, that an amount is no finer, that check digits are right.

Connectors see to it for what they read themselves. This is for records that others have made.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from stdnum import luhn

from connectors.bank_values import is_wrong_iban
from connectors.currencies import CURRENCIES, decimals
from connectors.paths import core, kinds
from schemas.base import Amount, BuyerId, Currency, Record, SignedAmount

_SIREN = re.compile(r"FR:(\d{9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A field of a record that cannot be meant."""

    path: str
    reason: str
    expected: str


def doubts(record: type[Record], value: Mapping[str, Any]) -> Iterator[Doubt]:
    """Each field of a record's value, amounts read as decimals, that cannot be meant; other kinds are left alone."""
    return _doubts(record, value, "", None)


def _doubts(record: type[Record], value: Mapping[str, Any], path: str, outer: Any) -> Iterator[Doubt]:
    """Of a part, too: the amounts in it are in its own currency, else in that of the record around it."""
    plan, currency = _plan(record), value.get("currency") or outer
    yield from _money(plan, value, path, currency)
    yield from _numbers(plan, value, path)
    for name, kind in plan.parts.items():
        for step, part in _each(value.get(name), f"{path}{name}"):
            if isinstance(part, Mapping):
                yield from _doubts(kind, part, f"{step}.", currency)


def _money(plan: "_Plan", value: Mapping[str, Any], path: str, currency: Any) -> Iterator[Doubt]:
    for name in plan.currencies:
        if _is_unknown(value.get(name)):
            yield Doubt(f"{path}{name}", "unknown_currency", "expected a currency's code of ISO 4217, as EUR")
    for name in plan.amounts:
        code = value.get(name.replace("amount", "currency")) or currency
        if _is_finer(value.get(name), code):
            yield Doubt(f"{path}{name}", "bad_amount", f"expected at most {decimals(code)} decimals, as {code} has")


def _numbers(plan: "_Plan", value: Mapping[str, Any], path: str) -> Iterator[Doubt]:
    for name in plan.accounts:
        if isinstance(value.get(name), str) and is_wrong_iban(value[name]):
            yield Doubt(f"{path}{name}", "bad_iban", "expected an IBAN whose check digits are right")
    for name in plan.buyers:
        for step, buyer_id in _each(value.get(name), f"{path}{name}"):
            if isinstance(buyer_id, str) and _is_wrong_siren(buyer_id):
                yield Doubt(step, "bad_siren", "expected a SIREN: nine digits that satisfy Luhn")


def _each(inside: Any, path: str) -> Iterator[tuple[str, Any]]:
    """What stands in a list, each with its path, or what stands there alone."""
    if isinstance(inside, list):
        yield from ((f"{path}.{place}", each) for place, each in enumerate(inside))
    else:
        yield path, inside


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which fields of a record are looked at."""

    currencies: list[str]
    amounts: list[str]
    accounts: list[str]
    buyers: list[str]
    parts: dict[str, type[Record]]


@cache
def _plan(record: type[Record]) -> _Plan:
    hints = get_type_hints(record, include_extras=True)
    of = {name: {hint, *get_args(hint)} for name, hint in hints.items() if name in record.model_fields}
    return _Plan(
        currencies=[name for name, types in of.items() if Currency in types],
        amounts=[name for name, types in of.items() if types & {Amount, SignedAmount}],
        accounts=[name for name in of if name == "account"],
        buyers=[name for name, types in of.items() if BuyerId in types],
        parts={name: part for name, kind in kinds(record).items() if (part := _part(kind))},
    )


def _part(kind: Any) -> type[Record] | None:
    """The record that the field, or each in its list, is; None where nothing of it is looked at."""
    inside = core(get_args(kind)[0]) if get_origin(kind) is list else kind
    is_part = isinstance(inside, type) and issubclass(inside, Record) and _plan(inside) != _Plan([], [], [], [], {})
    return inside if is_part else None


def _is_unknown(code: Any) -> bool:
    """Whether it has the form of a currency's code, and is none; whether it has that form is for the record to say."""
    return isinstance(code, str) and code.isalpha() and len(code) == 3 and code not in CURRENCIES  # noqa: PLR2004


@lru_cache(maxsize=65_536)  # a provider's buyers come again and again
def _is_wrong_siren(buyer_id: str) -> bool:
    """Whether it has a SIREN's form and is none: no judgment would ever be found to concern that buyer."""
    found = _SIREN.fullmatch(buyer_id)
    return found is not None and (found[1] == "0" * 9 or luhn.checksum(found[1]) != 0)


def _is_finer(amount: Any, code: Any) -> bool:
    if not (isinstance(amount, Decimal) and amount.is_finite() and isinstance(code, str) and code in CURRENCIES):
        return False
    _, digits, exponent = amount.as_tuple()
    beyond = -int(exponent) - decimals(code)
    return beyond > 0 and any(digits[-beyond:])  # no arithmetic: 1e999999999 is an amount, too
