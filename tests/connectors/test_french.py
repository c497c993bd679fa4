"""Dates, company numbers and spaces."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.french import read_date, read_siren, tidy

WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin")
MONTHS += ("juillet", "août", "septembre", "octobre", "novembre", "décembre")


@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)))
def test_every_spelling_of_a_date_is_the_date(day: dt.date) -> None:
    """A date reads the same as ISO, in numbers, and in words with plain or no-break spaces, with its weekday or not."""
    first = "1er" if day.day == 1 else str(day.day)
    words = (first, MONTHS[day.month - 1], str(day.year))
    whole = f"{WEEK[day.weekday()]} {' '.join(words)}"
    numbers = (
        day.isoformat(),
        f"{day}T00:00:00",
        f"{day:%d/%m/%Y}",
        f"{day:%d-%m-%Y}",
        f"{day.day}.{day.month}.{day.year}",
    )
    spellings = (" ".join(words), "\u00a0".join(words), " ".join(words).upper(), whole, f"le {whole}")
    assert {read_date(spelling) for spelling in (*numbers, *spellings)} == {day}


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1 er novembre 2026", dt.date(2026, 11, 1)),
        ("10 nov. 2026", dt.date(2026, 11, 10)),
        ("Le 3 févr. 2026", dt.date(2026, 2, 3)),
        ("14 juil. 2026", dt.date(2026, 7, 14)),
        ("2026-11-10T09:30", dt.date(2026, 11, 10)),
        ("2026-11-10T00:00:00+01:00", dt.date(2026, 11, 10)),
        ("2026-11-10 00:00:00.000Z", dt.date(2026, 11, 10)),
    ],
)
def test_clerks_write_dates_in_many_ways(text: str, date: dt.date) -> None:
    """Months are shortened, `1er` is broken, machines add a time."""
    assert read_date(text) == date


@pytest.mark.parametrize(
    "text",
    ["", "demain", "31/02/2026", "30 février 2026", "2026-13-01", "0 mars 2026", "3 mars", "3 mars 26", "03/2026",
     "1 brumaire 1999", "1er avril 0008", "9999-01-01", "३/३/२०२६", "10 jui. 2026", "10.11/2026", "10 no 2026",
     "lundi 10 novembre 2026", "31 novembre 2026", "2026-11-09T23:00:00Z"],
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
