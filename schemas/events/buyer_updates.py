"""Records of `buyer-updates`: what registers and the rating desk say about a buyer."""

from pydantic import Field

from schemas.base import PII, BuyerId, Country, Day, Header, Identifier, Record, Text
from schemas.events.terms import RatingValue


class Address(Record):
    """An address as a register holds it."""

    lines: list[Text] = Field(
        description="Lines as they would stand on an envelope, from the street to the place, without the country.",
        json_schema_extra=PII,
    )
    postal_code: Text | None = Field(
        default=None, description="Postal code, where it is told apart.", json_schema_extra=PII
    )
    city: Text | None = Field(default=None, description="Place, where it is told apart.")
    country: Country | None = Field(default=None, description="ISO 3166-1 code of the country; null where unknown.")


class Successor(Record):
    """Who takes over what a buyer was, by a merger, a demerger or a transfer of all its assets."""

    buyer_id: BuyerId | None = Field(description="The successor; null where the register names it without a number.")
    name: Text | None = Field(
        default=None, description="Name of the successor, as the register has it.", json_schema_extra=PII
    )
    effective_on: Day | None = Field(default=None, description="Day of the succession; null where unknown.")


class Activity(Record):
    """What a buyer does, by a classification."""

    code: Identifier = Field(description="Code as the register writes it, as `43.32A`.")
    classification: Identifier = Field(
        description="Name of the classification and its revision, as `NAFRev2`, `NAF2025` or `UKSIC2007`: "
        "the same code means something else in another one."
    )


class BuyerUpdated(Record):
    """A register changed what it says about a buyer. The record is the buyer's whole state, not the difference."""

    header: Header
    buyer_id: BuyerId
    reference: Identifier = Field(description="The source's reference of the change, as its time or its number.")
    status: str = Field(
        description="`ACTIVE`; `CEASED` (it stopped its activity and still exists); `STRUCK_OFF` (it no longer "
        "exists); `IN_PROCEEDINGS` (the register shows insolvency proceedings: the judgment itself comes on "
        "`court-judgments`); `UNKNOWN` (the register's word is none of these: see `status_said`).",
        pattern=r"^(ACTIVE|CEASED|STRUCK_OFF|IN_PROCEEDINGS|UNKNOWN)$",
    )
    status_said: Text = Field(
        description="The register's own word for the status, verbatim, as `C` or `voluntary-arrangement`; "
        "empty where it gives none."
    )
    status_since: Day | None = Field(
        default=None, description="First day of the status, by the register; null where it does not say."
    )
    name: Text | None = Field(
        default=None, description="Name of the buyer; null where the register withholds it.", json_schema_extra=PII
    )
    former_name: Text | None = Field(
        default=None,
        description="Name before this change; null where the name has not changed.",
        json_schema_extra=PII,
    )
    kind: str | None = Field(
        default=None,
        description="`legal` for a company, `natural` for a person in business; null where unknown.",
        pattern=r"^(legal|natural)$",
    )
    legal_form: Text | None = Field(default=None, description="Legal form, as the register has it, code or words.")
    address: Address | None = Field(default=None, description="Registered office; null where unknown or withheld.")
    activity: Activity | None = Field(default=None, description="Main activity; null where unknown.")
    successor: Successor | None = Field(
        default=None,
        description="Who takes over, where the buyer was absorbed or split; null where nobody does, as far as known.",
    )
    effective_on: Day | None = Field(
        description="Day from which what changed is so, by the register; null where it gives only when it wrote it."
    )
    changed: list[Identifier] = Field(
        default_factory=list,
        description="Names of the fields of this record that the register says have changed; empty where it does not.",
    )
    said: Text = Field(
        description="What the register said, verbatim: its record as JSON, or its text. It settles what the fields "
        "above cannot hold.",
        json_schema_extra=PII,
    )


class Scale(Record):
    """How to read a rating: a number alone says nothing."""

    name: Identifier = Field(description="Name of the scale, as `buyer-rating-10`.")
    lowest: RatingValue = Field(description="The smallest number on the scale, as 0.")
    highest: RatingValue = Field(description="The largest number on the scale, as 10.")
    direction: str = Field(
        description="`HIGHER_IS_BETTER` or `HIGHER_IS_WORSE` (a larger number is a greater risk).",
        pattern=r"^(HIGHER_IS_BETTER|HIGHER_IS_WORSE)$",
    )


class RatingChanged(Record):
    """The rating of a buyer was set or changed."""

    header: Header
    buyer_id: BuyerId
    value: RatingValue | None = Field(
        description="The rating, on `scale`; null where it was withdrawn: nobody rates it now."
    )
    previous: RatingValue | None = Field(
        default=None, description="The rating before, on the same scale; null where there was none, or it is not known."
    )
    scale: Scale = Field(description="How to read both numbers.")
    rated_on: Day = Field(description="Day from which the rating holds.")
    reason: Identifier | None = Field(
        default=None,
        description="The rating desk's code of what moved it, as `LATE_PAYMENTS`; null where it gives none.",
    )
