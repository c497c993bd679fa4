"""What a case says: of all that was published about it, in the order in which it came, what counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified
from streams.commitments.deadlines import Start
from streams.commitments.facts import Judgment
from streams.commitments.natures import is_settled

Correcting = JudgmentRectified | JudgmentAnnulled


class Weight(Enum):
    """What a record changes in what its case says."""

    COUNTS = "counts"
    HELD = "held"
    """Nothing yet: its nature is not settled, a person reads it first. An annulment is one in any words."""
    SAID = "said"
    """Nothing: what corrects it was here before it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a case says now, as it was last told: what waits for a person was not."""

    record: JudgmentPublished
    """The last rectification, or else what was published first: a later provider's words change nothing."""
    buyer_id: str | None
    annulled: bool
    start: Start
    """The publication that its periods run from."""
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
    annulled: bool = False
    first: JudgmentPublished | None = None
    """What was published first, as far as its nature is settled."""
    corrections: list[Correcting] = field(default_factory=list)
    """Those that no person has to read first."""
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
        buyer_id = self.words.buyer_id or self.buyer_id
        return Reading(self.words, buyer_id, self.annulled, self._start(), self.weight)

    def _publish(self, record: JudgmentPublished) -> None:
        self.weight = Weight.COUNTS
        if self.first is None or not is_settled(self.first.nature_class):
            self.first = record
        if not is_settled(self.words.nature_class):
            self.words = record

    def _correct(self, record: Correcting) -> None:
        annuls = isinstance(record, JudgmentAnnulled)
        self.weight = self._weigh(record, annuls=annuls)
        if self.weight is Weight.HELD:
            return
        self.corrections.append(record)
        if self.weight is Weight.COUNTS:
            self.corrected, self.annulled = True, annuls
            self.buyer_id = record.buyer_id or self.buyer_id
            self.words = self.words if annuls else record

    def _weigh(self, record: Correcting, *, annuls: bool) -> Weight:
        if any(_overtakes(earlier, record) for earlier in self.corrections):
            return Weight.SAID
        return Weight.COUNTS if annuls or is_settled(record.nature_class) else Weight.HELD

    def _start(self) -> Start:
        """The first publication; unsure once corrected: it may run anew (Cass. com., 2 July 2025, 24-11.217)."""
        if self.first is not None and not self.corrected:
            return Start(self.first.publication.date, sure=is_bodacc(self.first))
        days = [c.corrects.published_on for c in self.corrections if c.corrects.published_on is not None]
        if self.first is not None:
            days.append(self.first.publication.date)
        return Start(min(days, default=None), sure=False)


def _overtakes(earlier: Correcting, record: Correcting) -> bool:
    """Whether what came before corrects this very record. Two that cite each other are read as they came."""
    cited = earlier.header.source, earlier.corrects.reference
    return cited == (record.header.source, record.reference) and earlier.reference != record.corrects.reference
