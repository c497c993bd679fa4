"""What a case says: of all that was published about it, in the order in which it came, what counts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from operator import itemgetter
from typing import Any

from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified, Publication
from streams.commitments.deadlines import Start
from streams.commitments.facts import Judgment
from streams.commitments.natures import is_settled
from streams.commitments.spelling import plain

Correcting = JudgmentRectified | JudgmentAnnulled


class Weight(Enum):
    """What a record changes in what its case says."""

    COUNTS = "counts"
    HELD = "held"
    """Nothing yet: its nature is not settled, a person reads it first. An annulment is one in any words."""
    OVERTAKEN = "overtaken"
    """Nothing: what corrects it was here before it."""
    SAID = "said"
    """Nothing: another source has said it, or the case is annulled already."""
    DISPUTED = "disputed"
    """Nothing: what another source said stands, and a person decides."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a case says now, as it was last told: what waits for a person was not."""

    record: JudgmentPublished
    """The last rectification, or else what was published first: a later provider's words change nothing."""
    publication: Publication
    """Of those words; of what was not corrected, the one that its periods run from."""
    buyer_id: str | None
    annulled: bool
    start: Start
    """The publication that its periods run from: the first in the BODACC, or else the first of all."""
    exposed_until: dt.date
    """The publication that decides who is exposed: the first that came, or an earlier one that a correction cites."""
    weight: Weight
    """Of what came last."""


def read(history: Sequence[Judgment]) -> Reading:
    """What a case says after all that was published about it, in order; `history` is not empty."""
    case = _Case(history[0].record)
    for judgment in history:
        case.take(judgment.record)
    return case.reading()


def is_bodacc(record: JudgmentPublished) -> bool:
    """Whether it was published where periods run from (R. 622-24 C. com.)."""
    return record.publication.gazette.upper().startswith("BODACC")


@dataclass(slots=True)
class _Case:
    """A case as it is read, one record after the other."""

    words: JudgmentPublished
    buyer_id: str | None = None
    annulled_by: str | None = None
    """The source whose annulment holds."""
    first: JudgmentPublished | None = None
    """What was published first, as far as its nature is settled."""
    published: dict[str, JudgmentPublished] = field(default_factory=dict)
    """By source, what it published first."""
    stands: dict[str, bool] = field(default_factory=dict)
    """By source, whether the judgment stands by its own last word."""
    corrections: list[Correcting] = field(default_factory=list)
    """Those that no person has to read first."""
    said: list[JudgmentPublished] = field(default_factory=list)
    """What the case has read as so far."""
    dated: list[JudgmentPublished] = field(default_factory=list)
    """Publications, and corrections that cite one: periods run from one of these."""
    corrected: bool = False
    weight: Weight = Weight.COUNTS

    def take(self, record: JudgmentPublished) -> None:
        """Read what came next."""
        if isinstance(record, Correcting):
            self._correct(record)
        else:
            self._publish(record)
        self.buyer_id = self.buyer_id or record.buyer_id

    def reading(self) -> Reading:
        """What it says after what was taken."""
        day, told = min(self._days(self.dated), key=itemgetter(0), default=(None, self.words))
        return Reading(
            record=self.words,
            publication=(self.words if self.corrected else told).publication,
            buyer_id=self.words.buyer_id or self.buyer_id,
            annulled=self.annulled_by is not None,
            # A correction may make the period run anew (Cass. com., 2 July 2025, 24-11.217).
            start=Start(day, sure=day is not None and not self.corrected and self._is_official(told)),
            exposed_until=self._exposed_until(),
            weight=self.weight,
        )

    def _publish(self, record: JudgmentPublished) -> None:
        self.weight = Weight.COUNTS
        self.published.setdefault(record.header.source, record)
        self.stands.setdefault(record.header.source, True)
        self.dated.append(record)
        if self.first is None or not is_settled(self.first.nature_class):
            self.first = record
        if not is_settled(self.words.nature_class):
            self.words = record
        if self.words is record:
            self.said.append(record)

    def _correct(self, record: Correcting) -> None:
        annuls = isinstance(record, JudgmentAnnulled)
        self.weight = self._weigh(record, annuls=annuls)
        if self.weight is Weight.HELD:
            return
        self.corrections.append(record)
        if self.weight is not Weight.OVERTAKEN:
            self.stands[record.header.source] = not annuls
        if self.weight is not Weight.DISPUTED:
            self.dated.append(record)
        if self.weight is Weight.COUNTS:
            self.corrected, self.annulled_by = True, record.header.source if annuls else None
            self.buyer_id = record.buyer_id or self.buyer_id
            self.words = self.words if annuls else record
            self.said.append(self.words)

    def _weigh(self, record: Correcting, *, annuls: bool) -> Weight:
        source = record.header.source
        if any(_overtakes(earlier, record) for earlier in self.corrections):
            return Weight.OVERTAKEN
        if not annuls and not is_settled(record.nature_class):
            return Weight.HELD
        if annuls and self.annulled_by is not None:
            return Weight.SAID
        if self.annulled_by not in {None, source}:
            return Weight.DISPUTED
        if annuls:
            others = any(stands for other, stands in self.stands.items() if other != source)
            return Weight.DISPUTED if others and not self._is_official(record) else Weight.COUNTS
        # Of what was annulled, what it said before is news: that it stands.
        is_said = self._is_again(record) or (self.annulled_by is None and self._is_said(record))
        return Weight.SAID if is_said else Weight.COUNTS

    def _is_official(self, record: JudgmentPublished) -> bool:
        """Whether its source has the judgment from the BODACC: what others publish need not be corrected too."""
        return is_bodacc(self.published.get(record.header.source, record))

    def _is_said(self, record: Correcting) -> bool:
        """Whether another source has said it: it may only lag."""
        if self.words.header.source == record.header.source or self._brings_forward(record):
            return False
        gist, said = self._gist(record), self.said[-1:] if self._is_official(record) else self.said
        return any(self._gist(each) == gist for each in said)

    def _is_again(self, record: Correcting) -> bool:
        """Whether it comes a second time, as another event."""
        named, gist = (record.header.source, record.reference), self._gist(record)
        before = [c for c in self.corrections if type(c) is type(record)]
        return any((c.header.source, c.reference) == named and self._gist(c) == gist for c in before)

    def _brings_forward(self, record: Correcting) -> bool:
        return nearer(_first(self._days([*self.dated, record])), _first(self._days(self.dated)))

    def _gist(self, record: JudgmentPublished) -> tuple[Any, ...]:
        """What is told of a judgment, however it is written."""
        officers = {(o.role, plain(o.name), plain(o.address or "")) for o in record.officers}
        buyer_id = record.buyer_id or self.words.buyer_id or self.buyer_id
        names = plain(record.court), plain(record.person.name)
        return buyer_id, *names, record.nature_class, record.judgment_date, frozenset(officers)

    def _days(self, records: Sequence[JudgmentPublished]) -> list[tuple[dt.date, JudgmentPublished]]:
        """When what they are or cite was published: in the BODACC, or else anywhere."""
        days = [(day, record) for record in records if (day := _published_on(record)) is not None]
        return [(day, record) for day, record in days if self._is_official(record)] or days

    def _exposed_until(self) -> dt.date:
        days = [] if self.first is None else [self.first.publication.date]
        if self.corrected or not days:
            days += [c.corrects.published_on for c in self.corrections if c.corrects.published_on is not None]
        return min(days, default=self.words.publication.date)


def nearer(day: dt.date | None, than: dt.date | None) -> bool:
    """Whether a day is known, and the other is later or not known."""
    return day is not None and (than is None or day < than)


def _first(days: Sequence[tuple[dt.date, JudgmentPublished]]) -> dt.date | None:
    return min((day for day, _ in days), default=None)


def _published_on(record: JudgmentPublished) -> dt.date | None:
    return record.corrects.published_on if isinstance(record, Correcting) else record.publication.date


def _overtakes(earlier: Correcting, record: Correcting) -> bool:
    """Whether what came before corrects this very record. Two that cite each other are read as they came."""
    cited = earlier.header.source, earlier.corrects.reference
    return cited == (record.header.source, record.reference) and earlier.reference != record.corrects.reference
