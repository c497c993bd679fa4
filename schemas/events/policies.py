"""Records of `policies`: the terms of a policy, who is told, and who answers for it."""

from pydantic import Field, field_validator

from schemas.base import (
    NO_NUL,
    PII,
    Amount,
    BuyerId,
    Currency,
    Day,
    Email,
    Header,
    Identifier,
    Language,
    Name,
    Percentage,
    PolicyId,
    Record,
    Sentence,
    Text,
)
from schemas.events.terms import Clocks, Recoveries, Thresholds


class InsuredEntity(Record):
    """A creditor insured by the policy."""

    entity_id: Identifier = Field(description="The policy administration's id of the entity.")
    name: Text = Field(description="Name of the entity.")
    territory: str | None = Field(
        default=None,
        description="ISO 3166-1 code of where it lives; overseas France by its own (`RE`, `GP`…), `FR` is mainland; "
        "null where unknown. Periods to declare a claim depend on it (R. 622-24 C. com.).",
        pattern=r"^[A-Z]{2}$",
    )


class JudgmentEffect(Record):
    """What an insolvency judgment does to the cover, where the policy says so."""

    text_fr: Sentence = Field(description="The policy's own sentence, in French.")
    text_en: Sentence = Field(description="The same in English.")
    article: Name = Field(description="The article of the policy that says so, as `art. 7`.")


class PolicyTermsSet(Record):
    """The terms of a policy from a date on. Several may stand one after the other; the latest in force counts."""

    header: Header
    policy_id: PolicyId
    effective_on: Day = Field(description="First day of these terms.")
    policyholder: Text = Field(description="Name of the policyholder.")
    language: Language = Field(description="Language of the policyholder.")
    insured_entities: list[InsuredEntity] = Field(description="Every creditor that the policy insures.")
    currency: Currency
    insured_percentage: Percentage = Field(description="Insured share of a loss, in percent.")
    notice_days: int = Field(default=30, ge=0, le=3650, description="Days of notice before a cover is cut.")
    run_off_days: int = Field(
        default=180,
        ge=0,
        le=3650,
        description="Days after the end of a cover during which deliveries made under it may still be unpaid.",
    )
    unnamed_buyer_threshold: Amount | None = Field(
        default=None,
        description="Below it a buyer is covered without a limit, once declared; null where there is none.",
    )
    retention_of_title: bool = Field(default=False, description="The policyholder sells under retention of title.")
    judgment_effect: JudgmentEffect | None = Field(
        default=None, description="What a judgment does to the cover, by the policy; null: nothing is printed."
    )
    expires_on: Day | None = Field(
        default=None, description="Last day of the policy, and of each cover under it; null: not told."
    )
    binding_orders_covered: bool | None = Field(
        default=None,
        description="Whether deliveries of orders that bind the policyholder stay covered after a cut; null: not told.",
    )
    fees_allowed: list[Identifier] = Field(
        default_factory=list, description="Codes of the fees that may be invoiced (`InvoiceLine.fee`); empty: none."
    )
    clocks: Clocks | None = Field(default=None, description="Its periods; null: the default of each.")
    recoveries: Recoveries | None = Field(
        default=None, description="What is done with money recovered; null: the default of each."
    )
    thresholds: Thresholds | None = Field(default=None, description="Amounts from which something happens; null: none.")


class Recipient(Record):
    """Somebody whom the policyholder has named to be told."""

    recipient_id: Identifier = Field(description="The policy administration's id of the recipient.")
    name: Name = Field(description="Name of the person, or of the office.", json_schema_extra=PII)
    email: Email = Field(description="Where notices are sent to.", json_schema_extra=PII)
    role: str = Field(
        description="`INSURED`, `BROKER`, `CO_INSURED`, `LOSS_PAYEE` or `FACTOR`.",
        pattern=r"^(INSURED|BROKER|CO_INSURED|LOSS_PAYEE|FACTOR)$",
    )
    kinds: list[Identifier] = Field(
        default_factory=list,
        description="Kinds of notice that this recipient gets (`JudgmentAlert`…); empty: every kind.",
    )

    def wants(self, kind: str) -> bool:
        """Whether the recipient gets notices of this kind: whoever gets a notice also gets what corrects it."""
        return (
            not self.kinds or kind == "RecipientsChanged" or not {kind, CORRECTS.get(kind, kind)}.isdisjoint(self.kinds)
        )


CORRECTS = {"JudgmentAlertRectified": "JudgmentAlert", "JudgmentAlertAnnulled": "JudgmentAlert"}
"""Kinds of notice that correct another kind."""
LARGEST_LIST = 100_000
"""Bytes of all recipients of a policy."""


class RecipientsSet(Record):
    """Who is to be told, all of them: the list replaces the one before."""

    header: Header
    policy_id: PolicyId
    recipients: list[Recipient] = Field(description="All of them, each id once; empty: nobody.")

    @field_validator("recipients")
    @classmethod
    def _each_once(cls, recipients: list[Recipient]) -> list[Recipient]:
        """Two under one id could not be told apart: one of them would never be told."""
        if len({recipient.recipient_id for recipient in recipients}) < len(recipients):
            raise ValueError("expected each recipient_id once, got one of them twice")
        return recipients

    @field_validator("recipients")
    @classmethod
    def _of_a_size(cls, recipients: list[Recipient]) -> list[Recipient]:
        """They stand in each notice of the policy, and thrice in the one that says that they have changed."""
        size = sum(len(recipient.model_dump_json().encode()) for recipient in recipients)
        if size > LARGEST_LIST:
            raise ValueError(f"expected recipients of at most {LARGEST_LIST:,} bytes in all, got {size:,}")
        return recipients


class Contact(Record):
    """The person of the insurer's who answers for a policy."""

    name: Name = Field(description="Name of the person.", json_schema_extra=PII)
    phone: str = Field(
        description="Telephone number, as it is to be shown.", max_length=40, pattern=NO_NUL, json_schema_extra=PII
    )
    email: Email = Field(description="Address of the person.", json_schema_extra=PII)


class ContactSet(Record):
    """The policyholder's contact was named or changed."""

    header: Header
    policy_id: PolicyId
    contact: Contact = Field(description="Who answers for the policy from now on.")


class BuyersDeclared(Record):
    """Buyers without a limit of their own that the policyholder trades with, below the unnamed-buyer threshold."""

    header: Header
    policy_id: PolicyId
    buyer_ids: list[BuyerId] = Field(description="The buyers, each as `FR:345086177`.")
    declared_on: Day = Field(description="First day of the exposure that is declared.")
