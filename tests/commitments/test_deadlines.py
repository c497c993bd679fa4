"""By when claims are declared and goods claimed, by the calendar of the place (R. 622-24, 641-642 CPC)."""

import datetime as dt
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.court_judgments import Officer
from schemas.notices.judgments import ClaimDeclaration, Standing
from streams.commitments.calendars import department_of, is_working_day, territory_of
from streams.commitments.deadlines import Start, claim_goods_by, declaration, ends_on, officer_for_claims
from tests.builders import LIQUIDATOR, a_judgment

METROPOLITAN_COURTS = st.sampled_from([None, "69", "2A", "57", "67", "68"])


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def declared(
    published_on: str, creditors: Iterable[str | None] = ("FR",), *, sure: bool = True, **judgment: object
) -> ClaimDeclaration:
    event = a_judgment(**{"officers": [], **judgment})
    return declaration(event, Start(day(published_on), sure), frozenset(creditors))


@pytest.mark.parametrize(
    ("start", "months", "department", "end"),
    [
        ("2026-12-31", 2, "69", "2027-03-01"),  # 28 February is a Sunday
        ("2026-03-14", 2, "69", "2026-05-15"),  # 14 May is Ascension Day
        ("2026-09-09", 4, "69", "2027-01-11"),  # 9 January is a Saturday
        ("2023-12-31", 2, "69", "2024-02-29"),  # a leap year's last day of February
        ("2025-08-31", 6, "69", "2026-03-02"),  # 28 February is a Saturday
        ("2026-08-31", 3, "69", "2026-11-30"),  # November has 30 days
        ("2026-02-28", 2, "69", "2026-04-28"),  # the same number, not the last of the month
        ("2026-11-01", 2, "69", "2027-01-04"),  # New Year's Day, then a weekend
        ("2026-02-03", 2, "69", "2026-04-03"),  # Good Friday is a working day in Lyon…
        ("2026-02-03", 2, "67", "2026-04-07"),  # …and a holiday in Strasbourg, before Easter Monday
        ("2025-10-26", 2, "75", "2025-12-26"),  # 26 December is a working day in Paris…
        ("2025-10-26", 2, "57", "2025-12-29"),  # …and a holiday in Metz, a Friday
        ("2025-10-26", 2, "68", "2025-12-29"),  # …and in Colmar
        ("2027-10-20", 2, "974", "2027-12-21"),  # 20 December: abolition of slavery in Réunion
        ("2027-10-20", 2, "75", "2027-12-20"),
        ("2026-03-27", 2, "971", "2026-05-28"),  # 27 May in Guadeloupe
        ("2026-03-22", 2, "972", "2026-05-26"),  # 22 May in Martinique, then Whit weekend
        ("2026-04-10", 2, "973", "2026-06-11"),  # 10 June in French Guiana
        ("2026-02-27", 2, "976", "2026-04-28"),  # 27 April in Mayotte
        ("2026-08-09", 2, "977", "2026-10-12"),  # 9 October in Saint-Barthélemy, a Friday
        ("2026-03-28", 2, "978", "2026-05-29"),  # 28 May in Saint-Martin
        ("2026-05-29", 2, "986", "2026-07-30"),  # 29 July in Wallis and Futuna
        ("2026-07-24", 2, "988", "2026-09-25"),  # 24 September in New Caledonia
        ("2026-01-05", 2, "987", "2026-03-06"),  # 5 March in French Polynesia
        ("2026-05-21", 2, "971", "2026-07-21"),  # Schoelcher's day rests on custom, not on the law
    ],
)
def test_a_period_of_months_ends_on_the_same_number_rolled_on_once(
    start: str, months: int, department: str, end: str
) -> None:
    """The last day is that of the same number, or the month's last, moved to the next working day of the place."""
    assert ends_on(day(start), months, department) == day(end)


@given(start=st.dates(dt.date(2005, 1, 1), dt.date(2060, 1, 1)), months=st.sampled_from([2, 3, 4, 6]))
def test_a_period_never_ends_early_nor_more_than_five_days_late(start: dt.date, months: int) -> None:
    """The end is a working day, at most five days after the number of the day, and no working day lies between."""
    end = ends_on(start, months, "57")
    month = (start.month - 1 + months) % 12 + 1
    assert is_working_day(end, "57")
    nominal = next(d for d in (end - dt.timedelta(days=n) for n in range(6)) if d.month == month and d.day <= start.day)
    assert not any(is_working_day(nominal + dt.timedelta(days=n), "57") for n in range((end - nominal).days))


@given(start=st.dates(dt.date(2005, 1, 1), dt.date(2060, 1, 1)), department=METROPOLITAN_COURTS)
def test_four_months_are_later_than_two(start: dt.date, department: str | None) -> None:
    """The earlier of two possible dates is always that of the shorter period."""
    assert ends_on(start, 2, department) < ends_on(start, 4, department) < ends_on(start, 6, department)


@pytest.mark.parametrize(
    ("court", "creditors", "ground", "to_verify"),
    [
        ("69", ["FR"], "TWO_MONTHS", False),
        ("69", ["DE"], "FOUR_MONTHS", False),
        ("69", ["RE"], "FOUR_MONTHS", False),  # overseas is not metropolitan
        ("974", ["RE"], "TWO_MONTHS", False),
        ("974", ["FR"], "FOUR_MONTHS", False),  # metropolitan is outside Réunion
        ("974", ["YT"], "FOUR_MONTHS", False),  # so is Mayotte
        ("69", [None], "TWO_MONTHS", True),
        ("69", [], "TWO_MONTHS", True),
        ("69", ["FR", "DE"], "TWO_MONTHS", True),
        ("69", ["DE", "BE"], "FOUR_MONTHS", False),
        (None, ["FR"], "TWO_MONTHS", True),  # a court that may sit overseas
        (None, ["DE"], "FOUR_MONTHS", False),  # abroad, wherever the court sits
        ("979", ["FR"], "TWO_MONTHS", True),  # no territory has this number
        ("988", ["NC"], "TWO_MONTHS", True),  # New Caledonia has an insolvency law of its own…
        ("988", ["FR"], "TWO_MONTHS", True),  # …and so nobody is sure of the four months of ours
        ("987", ["DE"], "TWO_MONTHS", True),
    ],
)
def test_the_period_depends_on_where_the_court_sits_and_the_creditor_lives(
    court: str | None, creditors: list[str | None], ground: str, *, to_verify: bool
) -> None:
    """Two months, or four for a creditor outside the court's territory; where both are possible, two, unsure."""
    got = declared("2026-03-14", creditors, court_department=court)
    assert (got.ground, got.to_verify) == (ground, to_verify)


def test_a_foreign_court_gives_no_date() -> None:
    """The period of a foreign court is not ours to compute, nor is relief, nor the claim of goods."""
    got = declared("2026-03-14", country="BE")
    assert (got.declare_by, got.relief_by, got.ground) == (None, None, "FOREIGN_COURT")
    assert claim_goods_by(a_judgment(country="BE"), Start(day("2026-03-14"), sure=True)) is None
    assert got.standing(day("2026-03-15")) is Standing.UNDATED


def test_a_court_overseas_is_french_under_its_own_country_code() -> None:
    """A source that writes RE for a court of Réunion means a French court there."""
    assert declared("2026-03-14", ["RE"], country="RE", court_department=None).ground == "TWO_MONTHS"


def test_without_the_first_publication_no_date_is_made_up() -> None:
    """A correction whose target's date is unknown says that it is, in place of a date that would be too late."""
    got = declaration(a_judgment(), Start(None, sure=False), frozenset({"FR"}))
    assert (got.declare_by, got.ground) == (None, "NO_PUBLICATION_DATE")


def test_an_unsure_publication_is_to_be_verified() -> None:
    """Where another publication may be the one that counts, the date says so."""
    assert declared("2026-03-14", sure=False).to_verify


def test_the_holidays_are_those_of_the_officers_seat() -> None:
    """A liquidator in Strasbourg keeps Good Friday; relief is asked of the court in Paris, by its calendar."""
    strasbourg = LIQUIDATOR.model_copy(update={"postal_code": "67000"})
    got = declared("2026-02-03", officers=[strasbourg], court_department="75")
    assert got.declare_by == day("2026-04-07")
    assert got.relief_by == day("2026-08-03")


def test_relief_and_goods_run_from_publication() -> None:
    """Six months for relief (L. 622-26), three for goods under retention of title (L. 624-9)."""
    assert declared("2026-03-14").relief_by == day("2026-09-14")
    assert claim_goods_by(a_judgment(), Start(day("2026-03-14"), sure=True)) == day("2026-06-15")


@pytest.mark.parametrize("nature_class", ["OPENING_LJ", "OPENING_RJ", "OPENING_SAUVEGARDE", "EXTENSION_LJ"])
def test_claims_are_never_declared_to_the_administrator(nature_class: str) -> None:
    """With an administrator alone nobody is named; beside another officer, that one is."""
    administrator = Officer(role="ADMINISTRATOR", name="Me Ezavin")
    assert officer_for_claims(a_judgment(officers=[administrator], nature_class=nature_class)) is None
    both = a_judgment(officers=[administrator, LIQUIDATOR], nature_class=nature_class)
    assert officer_for_claims(both) == LIQUIDATOR


def test_a_liquidation_has_its_liquidator_and_a_receivership_its_mandataire() -> None:
    """Where the text names both, the class tells which of the two receives claims."""
    mandataire = Officer(role="MANDATAIRE_JUDICIAIRE", name="Me Cardon")
    both = [mandataire, LIQUIDATOR]
    assert officer_for_claims(a_judgment(officers=both, nature_class="OPENING_LJ")) == LIQUIDATOR
    assert officer_for_claims(a_judgment(officers=both, nature_class="OPENING_RJ")) == mandataire


def test_a_declaration_stands_open_then_past_then_foreclosed() -> None:
    """Open to its last day, past while relief may be asked for, foreclosed after."""
    got = declared("2026-03-14")
    assert got.standing(day("2026-05-15")) is Standing.OPEN
    assert got.standing(day("2026-05-16")) is Standing.PAST
    assert got.standing(day("2026-09-14")) is Standing.PAST
    assert got.standing(day("2026-09-15")) is Standing.FORECLOSED


@pytest.mark.parametrize(
    ("postal_code", "department"),
    [("69003", "69"), ("57000", "57"), ("97400", "974"), ("97133", "977"), ("97150", "978"), ("98800", "988")],
)
def test_a_postal_code_lies_in_a_department(postal_code: str, department: str) -> None:
    """Overseas numbers have three digits; Saint-Barthélemy and Saint-Martin kept codes of Guadeloupe."""
    assert department_of(postal_code) == department


def test_a_department_lies_in_a_territory() -> None:
    """Metropolitan France is one territory, each overseas number another; Monaco is none of ours."""
    assert [territory_of(d) for d in ("2A", "69", "974", "978", "980", None)] == ["FR", "FR", "RE", "MF", None, None]
