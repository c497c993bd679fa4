"""A stored notice as a page shows it: decoded where its kind is known, and never left out where it is not."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.base import Record
from schemas.catalog import RECORDS
from schemas.notices.judgments import (
    ClaimDeclaration,
    JudgmentAlert,
    JudgmentAlertAnnulled,
    JudgmentAlertRectified,
    Standing,
)
from sinks.portal.reading import Notice
from sinks.typography import one_line, unbreakable
from streams.commitments import wording

Judgment = JudgmentAlert | JudgmentAlertRectified | JudgmentAlertAnnulled
TEMPLATES = {
    "JudgmentAlert": "kinds/judgment.html",
    "JudgmentAlertRectified": "kinds/judgment.html",
    "JudgmentAlertAnnulled": "kinds/judgment.html",
    "RecipientsChanged": "kinds/recipients.html",
}
OTHER = "kinds/other.html"
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice on a page: in its reader's language, as it stands today."""

    notice: Notice
    record: Record | None
    """None where we cannot read it: an unknown kind, or a form of it from another time."""
    today: dt.date

    @property
    def template(self) -> str:
        """The template of its content; what cannot be read is shown as plain facts."""
        return TEMPLATES.get(self.notice.kind, OTHER) if self.record else OTHER

    @property
    def title(self) -> str:
        """One line. A date to declare by is not in it: it stands beside, as it stands today."""
        if not isinstance(self.record, Judgment):
            return one_line(self.notice.title)
        fields = {name: getattr(self.record, name) for name in type(self.record).model_fields if name != "header"}
        fields["body"] = self.record.body.model_copy(update={"declaration": None})
        return self._said(wording.title(self.notice.kind, fields, self.record.header.language, self.today))

    @property
    def language(self) -> str:
        """The language that the title is in."""
        return self.record.header.language if isinstance(self.record, Judgment) else self.notice.language

    @property
    def meaning(self) -> str:
        """What the judgment is, in a sentence."""
        return self._said(wording.meaning(self._judgment))

    @property
    def action(self) -> str:
        """The one thing to do today, or that there is nothing to do."""
        return self._said(wording.action(self._judgment, self.today))

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands beside the action."""
        return tuple(map(self._said, wording.notes(self._judgment, self.today)))

    @property
    def declaration(self) -> ClaimDeclaration | None:
        """The period to declare a claim, if the notice still stands and opens one."""
        if (
            not isinstance(self.record, Judgment)
            or isinstance(self.record, JudgmentAlertAnnulled)
            or self.notice.revised
        ):
            return None
        return self.record.body.declaration

    @property
    def is_to_do(self) -> bool:
        """Whether a claim can still be declared: by a date that we give, or at once where we know of none."""
        standing = self.declaration.standing(self.today) if self.declaration else None
        return standing in {Standing.OPEN, Standing.UNDATED}

    @property
    def is_late(self) -> bool:
        """Whether the date that we gave is past: it is then nothing to do any more."""
        return self.declaration is not None and self.declaration.standing(self.today).is_over

    def _said(self, words: str) -> str:
        """Words as they stand in a line, kept together where the language wants it."""
        return unbreakable(one_line(words, LONGEST), self.language)

    @property
    def _judgment(self) -> Judgment:
        assert isinstance(self.record, Judgment), "only a judgment's template asks for its words"
        return self.record

    @property
    def envelope(self) -> Mapping[str, Any]:
        """The header as stored."""
        envelope: Mapping[str, Any] = self.notice.payload["header"]
        return envelope

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Everything below the header, each fact under its name: for a kind that has no template."""
        content = {name: value for name, value in self.notice.payload.items() if name != "header"}
        return list(_facts(content, ""))


def shown(notice: Notice, language: str, today: dt.date) -> Shown:
    """The notice with its record, worded in `language`."""
    model = RECORDS.get(f"vigie.notices.{notice.kind}")
    payload = {**notice.payload, "header": {**notice.payload["header"], "language": language}}
    try:
        return Shown(notice, model.model_validate(payload) if model else None, today)
    except ValidationError:
        return Shown(notice, None, today)


def _facts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _facts(part, key.replace("_", " "))
    elif isinstance(value, list):
        for part in value:
            yield from _facts(part, name)
    elif value is not None:
        yield name, str(value)
