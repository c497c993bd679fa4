"""Dates, company numbers and spaces."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.french import read_date, read_siren, tidy

MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin")
MONTHS += ("juillet", "août", "septembre", "octobre", "novembre", "décembre")


@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)))
def test_every_spelling_of_a_date_is_the_date(day: dt.date) -> None:
    """A date reads the same as ISO, with slashes, and in words with plain or no-break spaces."""
    first = "1er" if day.day == 1 else str(day.day)
    words = (first, MONTHS[day.month - 1], str(day.year))
    spellings = (day.isoformat(), f"{day:%d/%m/%Y}", " ".join(words), "\u00a0".join(words), " ".join(words).upper())
    assert {read_date(spelling) for spelling in spellings} == {day}


@pytest.mark.parametrize(
    "text",
    ["", "demain", "31/02/2026", "30 février 2026", "2026-13-01", "0 mars 2026", "3 mars", "3 mars 26", "03/2026",
     "1 brumaire 1999", "1er avril 0008", "9999-01-01", "2026-03-03T00:00:00", "३/३/२०२६"],
)  # fmt: skip
def test_what_is_no_date_is_unknown(text: str) -> None:
    """An impossible, incomplete or absurd date is None, never a guess."""
    assert read_date(text) is None


@given(st.text())
def test_no_text_breaks_the_reader_of_dates(text: str) -> None:
    """Any text is a date of the years 1900 to 2199, or None."""
    found = read_date(text)
    assert found is None or 1900 <= found.year < 2200


@pytest.mark.parametrize(
    ("text", "siren"),
    [
        ("999 900 012", "999900012"),
        ("999900012 RCS Lyon", "999900012"),
        ("RCS non inscrit. 999\u00a0900\u00a0012 RM", "999900012"),
        ("999900012, 999 900 012", "999900012"),
        ("999 900 013 RCS Lyon", None),
        ("999 900 012 et 999 900 020", None),
        ("99990001", None),
        ("99990001200019", None),
        ("000 000 000", None),
        ("RCS non inscrit.", None),
        ("٩٩٩ ٩٠٠ ٠١٢", None),
    ],
)
def test_a_siren_is_one_valid_number(text: str, siren: str | None) -> None:
    """A SIREN is read where exactly one number in the text passes Luhn; nine zeros are nobody."""
    assert read_siren(text) == siren


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("  A S\n CONSTRUCTION \t&amp; RENOVATION ", "A S CONSTRUCTION & RENOVATION"),
        ("&amp;amp;", "&amp;"),
        ("&eacute; &#0;", "&eacute; &#0;"),
        ("13\u00a0novembre", "13\u00a0novembre"),
        (None, ""),
    ],
)
def test_texts_are_read_as_tokens(text: str | None, tidied: str) -> None:
    """Spaces collapse as in XSD's token, one second escaping is undone, no-break spaces stay."""
    assert tidy(text) == tidied
