"""Notices about a judgment: the alert, its rectification and its annulment (commitment 1)."""

import datetime as dt
from enum import Enum

from pydantic import Field

from schemas.base import PII, Amount, BuyerId, Currency, Identifier, Record, Text
from schemas.events.court_judgments import Correction, Officer, Person, Publication
from schemas.notices.header import Header


class JudgmentFacts(Record):
    """The judgment as published."""

    source: Identifier = Field(description="The provider whose words these are.")
    reference: Identifier = Field(description="Its reference of the publication.")
    buyer_id: BuyerId
    person: Person = Field(description="The person concerned, as published.")
    court: Text = Field(description="Name of the court, verbatim.")
    nature: Text = Field(description="Verbatim.")
    nature_class: Identifier = Field(description="Class of the nature, as `OPENING_LJ`.")
    judgment_date: dt.date | None = Field(description="Date of the judgment; null where unknown.")
    publication: Publication = Field(description="Where and when it was published.")
    officers: list[Officer] = Field(description="Officers of the court that the text names.")
    text: Text = Field(description="Verbatim.", json_schema_extra=PII)


class CoverFacts(Record):
    """The cover that makes the policy exposed."""

    basis: str = Field(
        description="`IN_FORCE`, `RUN_OFF` (withdrawn, deliveries may still be unpaid) "
        "or `UNNAMED` (declared below the threshold).",
        pattern=r"^(IN_FORCE|RUN_OFF|UNNAMED)$",
    )
    cover_id: Identifier | None = Field(description="The underwriter's id of the cover; null for an unnamed buyer.")
    amount: Amount | None = Field(description="The limit, in `currency`; null for an unnamed buyer.")
    currency: Currency | None = Field(description="ISO 4217 code of `amount`; null where that is.")
    since: dt.date = Field(description="First day of the cover, or of the exposure declared.")
    until: dt.date | None = Field(
        default=None, description="Last day of the cover, where it had ended when the judgment was published."
    )


class Standing(Enum):
    """How a period to declare claims stands on a day."""

    OPEN = "open"
    PAST = "past"
    """The date is gone; relief from foreclosure may still be asked for, until `relief_by` (L. 622-26)."""
    FORECLOSED = "foreclosed"
    """Both dates are gone."""
    UNDATED = "undated"
    """No date is known."""

    @property
    def is_over(self) -> bool:
        """Whether the date is gone: it is then no thing to do."""
        return self in {Standing.PAST, Standing.FORECLOSED}


class ClaimDeclaration(Record):
    """By when and to whom the claim is declared (L. 622-24 to L. 622-26, R. 622-24 C. com.)."""

    declare_by: dt.date | None = Field(description="Last day; null where no date can be given: see `ground`.")
    ground: str = Field(
        description="`TWO_MONTHS`, `FOUR_MONTHS` (R. 622-24), `FOREIGN_COURT` (no date is ours to give) "
        "or `NO_PUBLICATION_DATE`.",
        pattern=r"^(TWO_MONTHS|FOUR_MONTHS|FOREIGN_COURT|NO_PUBLICATION_DATE)$",
    )
    to_verify: bool = Field(
        description="What the date depends on is not known for sure (territory, court, a corrected publication): "
        "the earliest that it can be is given."
    )
    officer: Officer | None = Field(
        description="The mandataire judiciaire or the liquidator; null where the text names none."
    )
    relief_by: dt.date | None = Field(description="Last day to ask for relief once the date is past (L. 622-26).")

    def standing(self, on: dt.date) -> Standing:
        """Whether the claim can still be declared on that day. What is past is never a thing to do."""
        if self.declare_by is None:
            return Standing.UNDATED
        if on <= self.declare_by:
            return Standing.OPEN
        return Standing.PAST if self.relief_by is not None and on <= self.relief_by else Standing.FORECLOSED


class JudgmentBody(Record):
    """What the three notices have in common."""

    judgment: JudgmentFacts = Field(description="The judgment, as it reads now.")
    cover: CoverFacts | None = Field(
        description="Null where a correction reaches a policy that the judgment, as it now reads, does not concern."
    )
    declaration: ClaimDeclaration | None = Field(
        description="Null where this judgment opens no period to declare claims."
    )
    claim_goods_by: dt.date | None = Field(
        description="Last day to claim goods sold under retention of title (L. 624-9)."
    )
    effect_on_cover: Text | None = Field(
        description="The policy's sentence on what the judgment does to the cover, with its article."
    )


class JudgmentAlert(Record):
    """A judgment concerns a buyer of the policy."""

    header: Header
    body: JudgmentBody = Field(description="The judgment, the cover, and what can be done by when.")
    corrects: Correction | None = Field(
        default=None,
        description="Set where the publication corrects one that the policyholder was not told: "
        "the alert is marked as a correction.",
    )


class JudgmentAlertRectified(Record):
    """The publication of a judgment that was told earlier has been corrected."""

    header: Header
    body: JudgmentBody = Field(description="The judgment, the cover, and what can be done by when.")
    corrects: Correction = Field(description="The publication that is corrected, as cited.")
    changed: list[Identifier] = Field(
        description="Names of the fields of `body.judgment` that are not what they were. `publication` alone: an "
        "earlier one is known, and a date is nearer. `terms`: it is so by the policy's terms, as known now."
    )


class JudgmentAlertAnnulled(Record):
    """The publication of a judgment that was told earlier has been annulled."""

    header: Header
    body: JudgmentBody = Field(description="The judgment, the cover, and what can be done by when.")
    corrects: Correction = Field(description="The publication that is corrected, as cited.")
