"""Records of `policies` about its calendar: renewal and the yearly declaration."""

from pydantic import Field

from schemas.base import PII, Amount, Currency, Day, Header, Identifier, PolicyId, Record, Text


class RenewalScheduled(Record):
    """The policy ends, and is to be renewed (commitment 24): timers are counted back from its end."""

    header: Header
    policy_id: PolicyId
    renewal_id: Identifier = Field(description="Id of the renewal, as `POL-0001/2027`.")
    expires_on: Day = Field(description="Last day of the policy as it stands.")
    documents_by: Day | None = Field(
        default=None, description="Day on which the documents must be ready; null: as the policy's terms say."
    )
    answer_by: Day | None = Field(
        default=None, description="Last day for the policyholder to give notice or to ask for changes; null: not told."
    )


class RenewalDocumentsReady(Record):
    """The documents of a renewal are ready to be read."""

    header: Header
    policy_id: PolicyId
    renewal_id: Identifier = Field(description="The renewal (RenewalScheduled).")
    ready_on: Day = Field(description="Day on which they were ready.")
    documents: list[Text] = Field(description="Titles of the documents, in the policyholder's language.")
    url: Text | None = Field(default=None, description="Where they can be read; null: they come by post.")


class DeclarationDue(Record):
    """The policyholder is to declare its turnover, or what else the premium is reckoned from (commitment 25)."""

    header: Header
    policy_id: PolicyId
    declaration_id: Identifier = Field(description="Id of the declaration, as `POL-0001/2026`.")
    kind: Identifier = Field(description="`TURNOVER`, `OUTSTANDING`, or the policy administration's own word.")
    from_on: Day = Field(description="First day of the period to declare.")
    to_on: Day = Field(description="Last day of the period to declare.")
    due_on: Day | None = Field(
        default=None, description="Last day to declare; null: as the policy's terms say, counted from `to_on`."
    )


class DeclarationReceived(Record):
    """The policyholder declared: reminders stop, it gets a receipt, and the declaration is kept."""

    header: Header
    policy_id: PolicyId
    declaration_id: Identifier = Field(description="The declaration (DeclarationDue).")
    received_on: Day = Field(description="Day on which it was received.")
    amount: Amount | None = Field(
        default=None, description="The total declared, in `currency`; null where it stands only in the document."
    )
    currency: Currency | None = Field(default=None, description="ISO 4217 code of `amount`; null where that is.")
    declared_by: Text | None = Field(default=None, description="Who declared; null: not told.", json_schema_extra=PII)
    sha256: str | None = Field(
        default=None,
        description="SHA-256 of the document in the archive, 64 hexadecimal digits; null where there is none.",
        pattern=r"^[0-9a-f]{64}$",
    )
