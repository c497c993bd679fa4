"""A notice of BODACC as both of its formats tell it, and the events that it makes."""

import datetime as dt
import re
from dataclasses import dataclass

from pydantic import ValidationError

from connectors.bodacc_person import Concerned
from connectors.french import read_date, read_siren
from connectors.natures import class_of
from connectors.officers import officers_in
from connectors.refusal import excerpt
from schemas.base import EventHeader
from schemas.errors import RefusedError
from schemas.events.court_judgments import (
    Correction,
    JudgmentAnnulled,
    JudgmentPublished,
    JudgmentRectified,
    Person,
    Publication,
)

SOURCE = "bodacc"
_PARUTION = re.compile(r"(?!0000)\d{8}", re.ASCII)
_NUMBER = re.compile(r"(?!0+\Z)\d{1,7}", re.ASCII)
_DEPARTMENT = re.compile(r"2[AB]|\d{2,3}", re.ASCII)
_GAZETTE = re.compile(r"(?:BODACC\s+)?([A-Z])", re.ASCII)
_WITHOUT_YEAR = 10_000
_CORRECTIONS = {"rectificatif": JudgmentRectified, "annulation": JudgmentAnnulled}


@dataclass(frozen=True, slots=True)
class Citation:
    """The earlier notice that this one names, as published."""

    gazette: str
    parution: str
    date: str
    number: str

    def __str__(self) -> str:
        """The citation on one line."""
        parts = (("{}", self.gazette), ("n° {}", self.parution), ("du {}", self.date), ("annonce n° {}", self.number))
        return " ".join(form.format(part) for form, part in parts if part)

    def reference(self) -> str | None:
        """The reference that is meant: issues start again at 1 each year, so the date gives a year left out."""
        letter, parution = _GAZETTE.fullmatch(self.gazette), self._parution()
        if letter is None or parution is None or not _NUMBER.fullmatch(self.number):
            return None
        return reference_of(letter[1], parution, self.number)

    def _parution(self) -> str | None:
        date = read_date(self.date)
        if _PARUTION.fullmatch(self.parution):
            return self.parution if date is None or self.parution.startswith(str(date.year)) else None
        if date is None or not re.fullmatch(r"\d{1,8}", self.parution, re.ASCII):
            return None
        return f"{date.year}{int(self.parution):04}" if 0 < int(self.parution) < _WITHOUT_YEAR else None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, whole; what is not published is an empty text."""

    kind: str
    """`creation`, `rectificatif` or `annulation`."""
    letter: str
    parution: str
    number: str
    published_on: str
    department: str
    court: str
    nature: str
    judgment_date: str
    text: str
    persons: tuple[Concerned, ...]
    citation: Citation | None


def reference_of(letter: str, parution: str, number: str) -> str:
    """The sure key of a notice: letter of the bulletin, issue, number unpadded (`nojo` is not unique)."""
    if not _PARUTION.fullmatch(parution):
        raise RefusedError(
            "bad_reference", f"parution: expected 8 digits starting with the year, got {excerpt(parution)}"
        )
    if not _NUMBER.fullmatch(number):
        raise RefusedError("bad_reference", f"number of the notice: expected 1 to 9999999, got {excerpt(number)}")
    return f"{letter}{parution}{int(number)}"


def events_of(notice: Notice, now: dt.datetime) -> list[JudgmentPublished]:
    """One event for each person concerned, all of them or none."""
    if not notice.nature:
        raise RefusedError("missing_field", "nature: expected what the judgment is, got nothing")
    if not notice.persons:
        raise RefusedError("missing_field", "expected at least one person concerned, got none")
    try:
        return [_event(notice, person, ordinal, now) for ordinal, person in enumerate(notice.persons, start=1)]
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        raise RefusedError("invalid_value", f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from error


def _event(notice: Notice, person: Concerned, ordinal: int, now: dt.datetime) -> JudgmentPublished:
    reference = reference_of(notice.letter, notice.parution, notice.number)
    published_on = _publication_date(notice.published_on)
    siren, judged_on = read_siren(person.registration), read_date(notice.judgment_date)
    judgment = JudgmentPublished(
        header=EventHeader(
            event_id=f"{reference}-{ordinal}",
            source=SOURCE,
            occurred_at=dt.datetime.combine(published_on, dt.time(), dt.UTC),
            published_at=now,
        ),
        reference=reference,
        buyer_id=f"FR:{siren}" if siren else None,
        person=Person(
            name=person.name,
            kind=person.kind,
            legal_form=person.legal_form or None,
            address=person.address or None,
        ),
        country="FR",
        court=notice.court,
        court_department=notice.department if _DEPARTMENT.fullmatch(notice.department) else None,
        nature=notice.nature,
        nature_class=class_of(notice.nature),
        judgment_date=judged_on,
        publication=Publication(gazette=f"BODACC {notice.letter}", number=notice.parution, date=published_on),
        officers=officers_in(notice.text),
        text=_text(notice, person, siren, judged_on),
    )
    return _as_correction(judgment, notice)


def _as_correction(judgment: JudgmentPublished, notice: Notice) -> JudgmentPublished:
    """The judgment as what the notice is; what a first publication cites is no correction."""
    if notice.kind == "creation":
        return judgment
    if notice.kind not in _CORRECTIONS:
        raise RefusedError("unknown_kind", f"expected creation, rectificatif or annulation, got {excerpt(notice.kind)}")
    cited = notice.citation or Citation("", "", "", "")
    correction = Correction(reference=cited.reference(), cited=str(cited), published_on=read_date(cited.date))
    return _CORRECTIONS[notice.kind](**dict(judgment), corrects=correction)


def _publication_date(text: str) -> dt.date:
    date = read_date(text)
    if date is None:
        raise RefusedError(
            "bad_date", f"date of publication: expected as 2008-01-16 or 16 janvier 2008, got {excerpt(text)}"
        )
    return date


def _text(notice: Notice, person: Concerned, siren: str | None, judged_on: dt.date | None) -> str:
    """The text, and what a person needs who is to find out who or when is meant: what could not be read, verbatim."""
    lines = [notice.text] if notice.text else []
    if person.registration and not siren:
        lines.append(f"Immatriculation publiée : {person.registration}")
    if notice.judgment_date and not judged_on:
        lines.append(f"Date publiée : {notice.judgment_date}")
    return "\n".join(lines)
