"""What can be written in a record and cannot be meant is found, wherever in it it stands."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.plausible import doubts
from schemas.base import Record
from schemas.catalog import INPUTS
from schemas.events.accounts import BankDetailsProposed
from schemas.events.limits import LimitDecided, PartialAmount
from schemas.events.payments import PaymentReturned
from schemas.events.policies import BuyersDeclared
from schemas.golden import load, paths
from tests.builders import a_header, a_limit

TAKEN = {record.__name__ for topic in INPUTS for record in topic.records}
DECLARED = next(path for path in paths() if path.parts[-2:] == ("BuyersDeclared", "plain.json"))
RETURNED = next(path for path in paths() if path.parts[-2:] == ("PaymentReturned", "full.json"))


def found(record: Record) -> list[tuple[str, str]]:
    return [(doubt.path, doubt.reason) for doubt in doubts(type(record), record.model_dump())]


def bank_details(account: str) -> BankDetailsProposed:
    return BankDetailsProposed(
        header=a_header("B-1", "policy-admin"), policy_id="P", proposal_id="B-1", purpose="ALL", holder="H",
        account=account, proposed_by="J",
    )  # fmt: skip


@pytest.mark.parametrize("path", [path for path in paths() if path.parent.name in TAKEN], ids=lambda path: path.stem)
def test_every_example_can_be_meant(path: Path) -> None:
    """Nothing that the contract shows as legal is doubted."""
    assert found(load(path)) == []


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1.23", "EUR", []),
        ("1.230", "EUR", []),
        ("1.234", "EUR", [("amount", "bad_amount")]),
        ("1.234", "TND", []),
        ("1", "JPY", []),
        ("1.5", "JPY", [("amount", "bad_amount")]),
        ("1.5", "FRF", []),
        ("1.234", "EUX", [("currency", "unknown_currency")]),
    ],
)
def test_an_amount_is_no_finer_than_its_currency(amount: str, currency: str, expected: list[Any]) -> None:
    """Two decimals in EUR, none in JPY, three in TND; the currency must exist, or have existed."""
    assert found(a_limit(amount=Decimal(amount), currency=currency)) == expected


def test_parts_are_in_the_currency_around_them() -> None:
    """An amount inside a part without a currency of its own is held against that of the whole."""
    limit = a_limit()
    assert isinstance(limit, LimitDecided)
    fine = PartialAmount(amount=Decimal("0.005"), expires_on=dt.date(2026, 1, 1))
    assert found(limit.model_copy(update={"partial_amounts": [fine]})) == [("partial_amounts.0.amount", "bad_amount")]


def test_an_original_amount_is_in_its_own_currency() -> None:
    """What was paid in yen and came back in euros is counted in yen."""
    record = load(RETURNED)
    assert isinstance(record, PaymentReturned)
    yen = {"original_amount": Decimal("1.5"), "original_currency": "JPY"}
    assert found(record.model_copy(update=yen)) == [("original_amount", "bad_amount")]


@pytest.mark.parametrize(
    ("buyer_id", "expected"),
    [
        ("FR:345086177", []),
        ("FR:345086178", [("buyer_id", "bad_siren")]),
        ("FR:000000000", [("buyer_id", "bad_siren")]),
        ("FR:W123", []),
        ("GB:345086178", []),
    ],
)
def test_what_looks_like_a_siren_is_one(buyer_id: str, expected: list[Any]) -> None:
    """A cover on a number that is nobody's would never be told of a judgment; other numbers are left alone."""
    assert found(a_limit(buyer_id=buyer_id)) == expected


def test_each_of_several_buyers_is_looked_at() -> None:
    """In a list a wrong number is named by its place."""
    record = load(DECLARED)
    assert isinstance(record, BuyersDeclared)
    wrong = record.model_copy(update={"buyer_ids": ["FR:345086177", "FR:345086178"]})
    assert found(wrong) == [("buyer_ids.1", "bad_siren")]


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("FR7630006000011234567890189", []),
        ("FR7630006000011234567890188", [("account", "bad_iban")]),
        ("FR763000600001123456789018", [("account", "bad_iban")]),
        ("00012345678", []),
    ],
)
def test_what_looks_like_an_iban_is_one(account: str, expected: list[Any]) -> None:
    """Check digits and the country's length; a national number is left alone."""
    assert found(bank_details(account)) == expected
