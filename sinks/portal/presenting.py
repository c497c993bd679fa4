"""A stored notice as a page shows it: decoded where its kind is known, and never left out where it is not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.base import Record
from schemas.catalog import RECORDS
from schemas.notices.judgments import ClaimDeclaration
from sinks.portal.reading import Notice

TEMPLATES = {
    "JudgmentAlert": "kinds/judgment.html",
    "JudgmentAlertRectified": "kinds/judgment.html",
    "JudgmentAlertAnnulled": "kinds/judgment.html",
    "RecipientsChanged": "kinds/recipients.html",
}
OTHER = "kinds/other.html"


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice, and its record where we can still read it."""

    notice: Notice
    record: Record | None

    @property
    def template(self) -> str:
        """The template of its content; an unknown kind, or a form of it from another time, is shown as plain facts."""
        return TEMPLATES.get(self.notice.kind, OTHER) if self.record else OTHER

    @property
    def declaration(self) -> ClaimDeclaration | None:
        """The period to declare a claim, if the notice still stands and opens one."""
        if self.notice.kind == "JudgmentAlertAnnulled" or self.notice.revised:
            return None
        declaration: ClaimDeclaration | None = getattr(getattr(self.record, "body", None), "declaration", None)
        return declaration

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


def shown(notice: Notice) -> Shown:
    """The notice with its record."""
    model = RECORDS.get(f"vigie.notices.{notice.kind}")
    try:
        return Shown(notice, model.model_validate(dict(notice.payload)) if model else None)
    except ValidationError:
        return Shown(notice, None)


def _facts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _facts(part, key.replace("_", " "))
    elif isinstance(value, list):
        for part in value:
            yield from _facts(part, name)
    elif value is not None:
        yield name, str(value)
