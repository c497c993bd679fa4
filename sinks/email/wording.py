"""The rules' words for a notice, as they are to be read on the day of sending."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from schemas.notices.judgments import JudgmentBody, Standing
from sinks.typography import one_line
from streams.commitments import wording


@dataclass(frozen=True, slots=True)
class Said:
    """What `streams.commitments.wording` says of a notice about a judgment."""

    title: str
    """For the subject: who, what, and by when."""
    headline: str
    """The same without the date, which stands in the action."""
    meaning: str
    action: str
    deadline: str
    """The last day as it stands in `action`; '' where the action has none."""
    is_late: bool
    """The period is over: what is said is not a thing to do."""
    notes: tuple[str, ...]


def say(notice: Any, today: dt.date) -> Said | None:
    """The words for this day; None for a notice that is not about a judgment."""
    body: JudgmentBody | None = getattr(notice, "body", None)
    if body is None:
        return None
    declaration, language = body.declaration, notice.header.language
    standing = declaration.standing(today) if declaration else None
    is_open = declaration is not None and standing is Standing.OPEN
    return Said(
        title=_title(notice, body, today),
        headline=_title(notice, body.model_copy(update={"declaration": None}), today),
        meaning=_line(wording.meaning(notice)),
        action=_line(wording.action(notice, today)),
        deadline=wording.day(declaration.declare_by, language, long=True) if declaration and is_open else "",
        is_late=standing is not None and standing.is_over,
        notes=wording.notes(notice, today),
    )


def _title(notice: Any, body: JudgmentBody, today: dt.date) -> str:
    fields = {name: getattr(notice, name) for name in type(notice).model_fields if name != "header"}
    return _line(wording.title(type(notice).__name__, fields | {"body": body}, notice.header.language, today))


def _line(text: str) -> str:
    """Names in it are the provider's: no line break and no direction character of theirs."""
    return one_line(text, 2000)
