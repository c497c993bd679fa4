"""What policyholders read, in their language. Every promise of a date is worded for the day on which it is read."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from babel.dates import format_date

from schemas.notices.judgments import (
    ClaimDeclaration,
    JudgmentAlert,
    JudgmentAlertAnnulled,
    JudgmentAlertRectified,
    JudgmentBody,
    Standing,
)
from streams.commitments import words_en, words_fr
from streams.commitments.words import NatureWords, Phrases

NATURES = {"fr": words_fr.NATURES, "en": words_en.NATURES}
PHRASES = {"fr": words_fr.PHRASES, "en": words_en.PHRASES}
DISCLAIMER = {language: phrases.disclaimer for language, phrases in PHRASES.items()}
"""Commitment 35."""

LONGEST_NAME = 200
"""Characters of a name in a title."""

Notice = JudgmentAlert | JudgmentAlertRectified | JudgmentAlertAnnulled


def title(kind: str, fields: Mapping[str, Any], language: str, today: dt.date) -> str:
    """One line for whoever cannot show more: who, what, and by when, if something can still be done on that day."""
    phrases = PHRASES[language]
    body: JudgmentBody | None = fields.get("body")
    if body is None:
        return phrases.titles[kind]
    judgment = body.judgment
    line = _title_line(_title_of(kind, fields), judgment.person.name, judgment.nature_class, language)
    return line + _by_when(body.declaration, language, today)


def meaning(notice: Notice) -> str:
    """One sentence: what the judgment is, or that it is not about the policy's buyer after all."""
    language = notice.header.language
    if _is_elsewhere(notice.body, getattr(notice, "changed", ())):
        return PHRASES[language].elsewhere
    return nature(notice.body.judgment.nature_class, language).meaning


def action(notice: Notice, on: dt.date) -> str:
    """The one thing to do on that day, or that there is nothing to do. A past date is never a thing to do."""
    body, language = notice.body, notice.header.language
    if isinstance(notice, JudgmentAlertAnnulled):
        return PHRASES[language].annulled if notice.header.revises else PHRASES[language].annulled_untold
    if _is_elsewhere(body, getattr(notice, "changed", ())):
        return PHRASES[language].elsewhere
    if body.declaration is None:
        return nature(body.judgment.nature_class, language).action
    return declare(body.declaration, language, on)


def notes(notice: Notice, on: dt.date) -> tuple[str, ...]:
    """What stands beside the action: whose date it is not, what is unsure in it, goods under retention of title."""
    phrases, language = PHRASES[notice.header.language], notice.header.language
    declaration, goods = notice.body.declaration, notice.body.claim_goods_by
    said = []
    if declaration is not None and declaration.declare_by is not None:
        said.append(phrases.told_in_person)
        if declaration.to_verify:
            said.append(phrases.to_verify)
    if goods is not None:
        said.append((phrases.claim_goods if on <= goods else phrases.claim_goods_past).format(day=day(goods, language)))
    return tuple(said)


def nature(nature_class: str, language: str) -> NatureWords:
    """What is said of a class of judgments; of one that is not known, that its text must be read."""
    return NATURES[language].get(nature_class) or NATURES[language]["OTHER_READ_COMPLEMENT"]


def declare(declaration: ClaimDeclaration, language: str, on: dt.date) -> str:
    """By when and to whom the claim is declared, as it stands on that day."""
    phrases = PHRASES[language]
    if declaration.ground == "FOREIGN_COURT":
        return phrases.declare_abroad
    sentence = {
        Standing.OPEN: phrases.declare,
        Standing.UNDATED: phrases.declare_undated,
        Standing.PAST: phrases.declare_past,
        Standing.FORECLOSED: phrases.declare_foreclosed,
    }[declaration.standing(on)]
    return sentence.format(
        officer=_officer(declaration, phrases),
        declare_by=day(declaration.declare_by, language, long=True),
        relief_by=day(declaration.relief_by, language),
    )


@lru_cache(maxsize=4096)
def day(date: dt.date | None, language: str, *, long: bool = False) -> str:
    """A date in words, `long` with its weekday: ``vendredi 15 mai 2026``, ``1er mars 2027``; empty where unknown."""
    if date is None:
        return ""
    phrases = PHRASES[language]
    written = format_date(date, phrases.long_day if long else phrases.day, locale=language)
    # CLDR writes "1 mars"; French writes the first of a month as an ordinal.
    return written.replace("1 ", "1er ", 1) if language == "fr" and date.day == 1 else written


@lru_cache(maxsize=1024)  # a judgment may reach ten thousand policies
def _title_line(key: str, name: str, nature_class: str, language: str) -> str:
    return PHRASES[language].titles[key].format(name=_one_line(name), heading=nature(nature_class, language).heading)


def _one_line(name: str) -> str:
    """A name as published may hold line breaks, or a paragraph."""
    line = " ".join(name.split())
    return line if len(line) <= LONGEST_NAME else f"{line[:LONGEST_NAME]}…"


def _title_of(kind: str, fields: Mapping[str, Any]) -> str:
    if _is_elsewhere(fields["body"], fields.get("changed", ())):
        return "elsewhere"
    # The alert of a publication that corrects one never told is marked as what it is.
    return "JudgmentAlertRectified" if kind == "JudgmentAlert" and fields["corrects"] is not None else kind


def _is_elsewhere(body: JudgmentBody, changed: Sequence[str]) -> bool:
    return body.cover is None and "buyer_id" in changed


def _by_when(declaration: ClaimDeclaration | None, language: str, today: dt.date) -> str:
    if declaration is None or declaration.declare_by is None:
        return ""
    if declaration.standing(today) is Standing.OPEN:
        return PHRASES[language].title_to_declare.format(day=day(declaration.declare_by, language))
    return PHRASES[language].title_past


def _officer(declaration: ClaimDeclaration, phrases: Phrases) -> str:
    officer = declaration.officer
    if officer is None:
        return phrases.officer[""]
    who = ", ".join(part for part in (officer.name, officer.address) if part)
    return phrases.officer[officer.role].format(who=who)
