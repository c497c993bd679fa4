"""Records of `court-judgments`: what courts decided about a buyer, as published by a gazette, a register or a court."""

from pydantic import Field

from schemas.base import NO_NUL, PII, BuyerId, Day, Header, Identifier, Record, Text


class Person(Record):
    """The person concerned by the judgment: a company, or a natural person in business."""

    name: Text = Field(description="Name as published.", json_schema_extra=PII)
    kind: str = Field(description="`legal` for a company, `natural` for a person.", pattern=r"^(legal|natural)$")
    legal_form: Text | None = Field(default=None, description="Legal form as published.")
    address: Text | None = Field(default=None, description="Address on one line.", json_schema_extra=PII)


class Officer(Record):
    """An officer of the court named by the judgment."""

    role: str = Field(
        description="`LIQUIDATOR`, `MANDATAIRE_JUDICIAIRE`, `ADMINISTRATOR` or `OTHER`.",
        pattern=r"^(LIQUIDATOR|MANDATAIRE_JUDICIAIRE|ADMINISTRATOR|OTHER)$",
    )
    name: Text = Field(description="Name as published.", json_schema_extra=PII)
    address: Text | None = Field(default=None, description="Address as published.", json_schema_extra=PII)
    postal_code: str | None = Field(
        default=None,
        description="Postal code in the address: its department has the holidays that count.",
        max_length=10,
        pattern=NO_NUL,
    )


class Publication(Record):
    """Where and when the judgment was published."""

    gazette: Text = Field(description="As `BODACC A`.")
    number: Text = Field(description="Number of the issue, as `20260051`.")
    date: Day = Field(description="Date of publication: legal periods run from it (R. 622-24 C. com.).")


class Correction(Record):
    """Which earlier notice a correction is about, as it cites it."""

    reference: Identifier | None = Field(
        description="Reference of the corrected notice, null where the citation does not settle it.", default=None
    )
    cited: Text = Field(description="The citation, verbatim: gazette, issue, date, number of the notice.")
    published_on: Day | None = Field(
        default=None,
        description="Date of the corrected publication, as cited; null where the citation gives none. "
        "The period to declare claims may run from it.",
    )


class JudgmentPublished(Record):
    """A court decided something about a person, and it was published."""

    header: Header
    reference: Identifier = Field(description="The source's reference of the notice, as `A20260051123`.")
    buyer_id: BuyerId | None = Field(description="The person concerned; null where the source gives no number.")
    person: Person = Field(description="The person concerned, as published.")
    country: str = Field(description="ISO 3166-1 country of the court.", pattern=r"^[A-Z]{2}$")
    court: Text = Field(description="Name of the court, verbatim.")
    court_department: str | None = Field(
        default=None, description="French department of the registry (`69`, `2A`, `974`).", max_length=3, pattern=NO_NUL
    )
    nature: Text = Field(description="What the judgment is, verbatim.")
    nature_class: Identifier | None = Field(
        description="Class of the nature, as `OPENING_LJ`; null where it is not known: a person then looks at it."
    )
    judgment_date: Day | None = Field(description="Date of the judgment; null where unknown.")
    publication: Publication = Field(description="Where and when it was published.")
    officers: list[Officer] = Field(default_factory=list, description="Officers of the court that the text names.")
    text: Text = Field(description="The published text, verbatim.", json_schema_extra=PII)


class JudgmentRectified(JudgmentPublished):
    """An earlier publication was corrected. The fields are those of the corrected text."""

    corrects: Correction = Field(description="What it corrects, as it cites it.")


class JudgmentAnnulled(JudgmentPublished):
    """An earlier publication was annulled. The fields repeat what was annulled, as published."""

    corrects: Correction = Field(description="What it corrects, as it cites it.")


def correction_in(record: JudgmentPublished) -> Correction | None:
    """What a rectification or annulment corrects; None for what was published first."""
    return vars(record).get("corrects")  # five times as fast as isinstance(), which Pydantic has made its own
