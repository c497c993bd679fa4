"""What a table says by empty cells: that there is none, where its column is there; nothing else is filled in."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest

from connectors.mapping import NONE, read_mapping
from connectors.refusal import Refusal
from schemas import golden
from schemas.base import Record
from schemas.catalog import topic_of
from tests.connectors.generic_builders import outcomes


def cells(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """A column for each value and its cell: an empty one for null, an empty list and an empty text."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield from cells(each, f"{path}.{name}" if path else str(name))
    if value in ([], "", None):
        yield path, ""
    elif not isinstance(value, dict | list):
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def row_of(record: Record) -> dict[str, str]:
    return dict(cells(record.model_dump(mode="json")))


def sayable(record: Record) -> Record:
    """The record as a table can say it: what is empty throughout is null where it may be, and no element of a list."""
    said = {name: _sayable(value) for name, value in record}
    fields = type(record).model_fields
    blank = {
        name: None for name, value in said.items() if NoneType in get_args(fields[name].annotation) and _blank(value)
    }
    return record.model_copy(update=said | blank)


def _sayable(value: Any) -> Any:
    if isinstance(value, list):
        return [_sayable(each) for each in value if not _blank(each)]
    return sayable(value) if isinstance(value, Record) else value


def _blank(value: Any) -> bool:
    return value == "" or (isinstance(value, Record) and not any(row_of(value).values()))


def outcome(of: Record, row: dict[str, str], mapping: str = "") -> Any:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([row, row.values()])
    read_by = read_mapping(f'type = "{type(of).__name__}"\n{mapping}') if mapping else NONE
    (found,) = outcomes(text.getvalue().encode(), topic_of(of).name, read_by, type(of).__name__)
    return found


def reason(of: Record, row: dict[str, str], mapping: str = "") -> str:
    found = outcome(of, row, mapping)
    assert isinstance(found, Refusal), found
    return found.reason.partition(": ")[2]


EXAMPLES = [path for path in golden.paths() if "notices" not in path.parts]
TRIMMED = [path for path in EXAMPLES if all(cell == cell.strip() for cell in row_of(golden.load(path)).values())]
"""Those of which no text begins or ends with a space: a cell's are no part of it."""
REDUCED: Any = golden.load(golden.ROOT / "limits/LimitReduced/full.json")
OVERDUE: Any = golden.load(golden.ROOT / "claims/OverdueReported/full.json")
FUNDS: Any = golden.load(golden.ROOT / "payments/FundsReceived/plain.json")
DELAY: Any = golden.load(golden.ROOT / "claims/DelayExplained/full.json")


@pytest.mark.parametrize("path", TRIMMED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_example_can_be_said_in_a_table(path: Path) -> None:
    """Each example of each record, a column for each of its fields, comes back as it was."""
    record = golden.load(path)
    assert outcome(record, row_of(record)) == sayable(record)
    assert {each.parent for each in TRIMMED} == {each.parent for each in EXAMPLES}


def without(record: Record, *paths: str) -> dict[str, str]:
    """The row without the columns of these fields."""
    return {column: cell for column, cell in row_of(record).items() if not column.startswith(paths)}


@pytest.mark.parametrize("columns", [["reasons"], ["reasons.0"], ["reasons.0", "reasons.4"]])
def test_a_list_is_empty_where_its_cells_are(columns: list[str]) -> None:
    """Under its own name or its elements': one cell that is not empty is an element."""
    row = without(REDUCED, "reasons")
    assert outcome(REDUCED, row | dict.fromkeys(columns, "")) == REDUCED.model_copy(update={"reasons": []})
    assert outcome(REDUCED, {**row, "reasons": "", "reasons.0": "X"}).reasons == ["X"]


def test_a_list_of_parts_is_empty_where_all_their_cells_are() -> None:
    """A cell of an element that is not empty asks for the others."""
    row = without(OVERDUE, "invoices") | {"invoices.0.invoice_id": "", "invoices.0.amount": ""}
    assert outcome(OVERDUE, row).invoices == []
    assert "OverdueReported.invoices.0.amount: expected a value" in reason(
        OVERDUE, {**row, "invoices.0.invoice_id": "F"}
    )


def test_a_column_that_is_not_there_says_nothing() -> None:
    """What must be given and has no column is missing, and it is said how a table says that there is none."""
    for record, path in ((REDUCED, "reasons"), (OVERDUE, "buyer_name")):
        assert reason(record, without(record, path)) == (
            f"{type(record).__name__}.{path}: expected a value, got nothing: "
            f"an empty cell in a column `{path}` says that there is none"
        )


def test_what_may_not_be_empty_is_missing() -> None:
    """An identifier, a date and an amount have no empty form."""
    row = row_of(REDUCED) | {"cover_id": "", "effective_on": "", "amount": ""}
    assert set(reason(REDUCED, row).split("; ")) == {
        f"LimitReduced.{name}: expected a value, got nothing" for name in ("cover_id", "effective_on", "amount")
    }


def test_nothing_is_put_into_a_part_that_is_not_there() -> None:
    """A part that may be null is null where all its cells are empty, though its texts could be empty ones."""
    row = without(REDUCED, "exceptional") | dict.fromkeys(("exceptional.code", "exceptional.approver"), "")
    assert outcome(REDUCED, row) == REDUCED.model_copy(update={"exceptional": None})


PART = """[fields]
words.language = "fr"
words.text = "{Mots}"
"""
TEXT = """[fields]
buyer_name = "{Qui}"
"""


def test_a_mapping_says_no_more_than_its_columns() -> None:
    """A column that alone makes a field says that it is empty; a constant makes no part, two columns nothing empty."""
    row = without(OVERDUE, "buyer_name") | {"Qui": ""}
    assert outcome(OVERDUE, row, TEXT).buyer_name == ""
    part = without(DELAY, "words") | {"Mots": ""}
    assert reason(DELAY, part, PART) == "DelayExplained.words.text ({Mots}): expected a value, got nothing"
    invoices = '[fields]\ninvoices.0.currency = "EUR"\ninvoices.0.amount = "{Montant}"\n'
    said = reason(OVERDUE, without(OVERDUE, "invoices") | {"Montant": ""}, invoices)
    assert "OverdueReported.invoices.0.amount ({Montant}): expected a value, got nothing" in said
    terms = '[fields]\nreferences.transaction_id = "T"\n'
    received = outcome(FUNDS, without(FUNDS, "references") | {"references.free_text.0": ""}, terms)
    assert (received.references.transaction_id, received.references.free_text) == ("T", [])
    two = TEXT.replace('"{Qui}"', '"{Qui} {Quoi}"')
    said = reason(OVERDUE, row | {"Quoi": ""}, two)
    assert said == "OverdueReported.buyer_name ({Qui} {Quoi}): expected a value, got nothing"
    table = TEXT + '[values.buyer_name]\nZ = "Zoé"\n'
    assert "buyer_name ({Qui}): expected one of 'Z' (`values` in the mapping), got ''" in reason(OVERDUE, row, table)
