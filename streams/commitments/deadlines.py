"""By when, and to whom, a claim is declared; by when goods are claimed. Dates only, in the calendar of the place."""

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from schemas.events.court_judgments import JudgmentPublished, Officer
from schemas.notices.judgments import ClaimDeclaration
from streams.commitments.calendars import FRENCH, department_of, is_working_day, territory_of

DECLARATION_MONTHS = 2
"""R. 622-24 C. com., from publication in the BODACC."""
DISTANT_DECLARATION_MONTHS = 4
"""The same, two months longer for a creditor who does not live in the territory of the court: one period."""
RELIEF_MONTHS = 6
"""L. 622-26 C. com."""
GOODS_MONTHS = 3
"""L. 624-9 C. com."""

# Each has an insolvency law of its own (délib. 90-36 APF, loi du pays), without R. 622-24: the earliest is given.
_OWN_LAW = {"NC", "PF"}


@dataclass(frozen=True, slots=True)
class Start:
    """The publication that periods run from; `day` None: it is not known."""

    day: dt.date | None
    sure: bool
    """False: another publication may prove to be the one."""


@lru_cache(maxsize=8192)  # the judgments of a day share their dates
def ends_on(start: dt.date, months: int, department: str | None) -> dt.date:
    """The last day of a period of months: the same number, or the month's last, rolled on once (641-642 CPC)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last_of_month = calendar.monthrange(year, month + 1)[1]
    day = dt.date(year, month + 1, min(start.day, last_of_month))
    while not is_working_day(day, department):
        day += dt.timedelta(days=1)
    return day


def declaration(judgment: JudgmentPublished, start: Start, creditors: frozenset[str | None]) -> ClaimDeclaration:
    """By when and to whom the creditors of these territories (None: unknown) declare.

    Where the territories, the court's or the publication leave several dates open, the earliest, marked `to_verify`.
    """
    officer = officer_for_claims(judgment)
    court = _territory_of_court(judgment)
    if judgment.country not in FRENCH:
        return _without_date("FOREIGN_COURT", officer)
    if start.day is None:
        return _without_date("NO_PUBLICATION_DATE", officer)
    possible = _months(court, creditors)
    months = min(possible)
    return ClaimDeclaration(
        declare_by=ends_on(start.day, months, _department(officer, judgment)),
        ground="TWO_MONTHS" if months == DECLARATION_MONTHS else "FOUR_MONTHS",
        to_verify=len(possible) > 1 or not start.sure,
        officer=officer,
        # Asked of the court, so kept in the court's calendar.
        relief_by=ends_on(start.day, RELIEF_MONTHS, judgment.court_department),
    )


def claim_goods_by(judgment: JudgmentPublished, start: Start) -> dt.date | None:
    """Last day to claim goods sold under retention of title (L. 624-9); None where no date is ours to give."""
    if judgment.country not in FRENCH or start.day is None:
        return None
    # To the administrator where there is one (R. 624-13 C. com.), unlike the claim itself.
    officer = _first(judgment, "ADMINISTRATOR") or officer_for_claims(judgment)
    return ends_on(start.day, GOODS_MONTHS, _department(officer, judgment))


def officer_for_claims(judgment: JudgmentPublished) -> Officer | None:
    """Who receives claims: the mandataire judiciaire or the liquidator, never the administrator (L. 622-24)."""
    liquidator = _first(judgment, "LIQUIDATOR")
    mandataire = _first(judgment, "MANDATAIRE_JUDICIAIRE")
    in_liquidation = (judgment.nature_class or "").endswith("_LJ")
    return (liquidator or mandataire) if in_liquidation else (mandataire or liquidator)


def _first(judgment: JudgmentPublished, role: str) -> Officer | None:
    return next((officer for officer in judgment.officers if officer.role == role), None)


def _department(officer: Officer | None, judgment: JudgmentPublished) -> str | None:
    if officer is not None and officer.postal_code:
        return department_of(officer.postal_code)
    return judgment.court_department


def _territory_of_court(judgment: JudgmentPublished) -> str | None:
    # A source may name an overseas court's territory as its country; "FR" alone does not say metropolitan.
    if judgment.country in FRENCH and judgment.country != "FR":
        return judgment.country
    return territory_of(judgment.court_department)


def _months(court: str | None, creditors: frozenset[str | None]) -> frozenset[int]:
    """The periods that are possible: one, where everything that decides it is known."""
    either = frozenset({DECLARATION_MONTHS, DISTANT_DECLARATION_MONTHS})
    if not creditors:
        return either
    return frozenset().union(*(_months_of_one(court, creditor) for creditor in creditors))


def _months_of_one(court: str | None, creditor: str | None) -> frozenset[int]:
    if creditor is None or court in _OWN_LAW or (court is None and creditor in FRENCH):
        return frozenset({DECLARATION_MONTHS, DISTANT_DECLARATION_MONTHS})
    return frozenset({DECLARATION_MONTHS if creditor == court else DISTANT_DECLARATION_MONTHS})


def _without_date(ground: str, officer: Officer | None) -> ClaimDeclaration:
    return ClaimDeclaration(declare_by=None, ground=ground, to_verify=False, officer=officer, relief_by=None)
