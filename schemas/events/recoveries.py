"""Records of `claims` about recovery: what is agreed, what is done, and how it ends."""

from pydantic import Field

from schemas.base import PII, Amount, Currency, Day, Header, Identifier, PolicyId, Record, Text
from schemas.events.claims import Words


class StrategyProposed(Record):
    """A way to recover the debt was put to the policyholder, who must agree (commitment 15)."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claim.")
    strategy_id: Identifier = Field(description="The collections system's id of the proposal.")
    approach: str = Field(
        description="`AMICABLE`, `INSTALMENTS`, `SETTLEMENT`, `LEGAL`, `INSOLVENCY` (declare and follow), `STOP` or "
        "`OTHER`.",
        pattern=r"^(AMICABLE|INSTALMENTS|SETTLEMENT|LEGAL|INSOLVENCY|STOP|OTHER)$",
    )
    words: Words = Field(description="The proposal, for the policyholder.")
    expected_costs: Amount | None = Field(
        default=None, description="Costs to be expected, in `currency`; who bears them is a term of the policy."
    )
    currency: Currency | None = Field(
        default=None, description="ISO 4217 code of `expected_costs`; null where that is."
    )
    answer_by: Day | None = Field(
        default=None, description="Last day to answer; null: as the policy's terms say, counted from the proposal."
    )


class StrategyAgreed(Record):
    """The policyholder answered a proposed strategy."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claim.")
    strategy_id: Identifier = Field(description="The proposal (StrategyProposed).")
    answer: str = Field(
        description="`AGREED`, `AGREED_WITH_CHANGES` (see `remarks`) or `DECLINED` (another proposal must follow).",
        pattern=r"^(AGREED|AGREED_WITH_CHANGES|DECLINED)$",
    )
    agreed_on: Day = Field(description="Day of the answer.")
    agreed_by: Text = Field(description="Who answered for the policyholder.", min_length=1, json_schema_extra=PII)
    remarks: Text | None = Field(default=None, description="What he added; null: nothing.", json_schema_extra=PII)


class CollectionStepTaken(Record):
    """Something was done to recover the debt (commitment 16: a file that stays silent too long is told of)."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claim.")
    step: Identifier = Field(
        description="`REMINDER`, `FORMAL_NOTICE`, `CALL`, `VISIT`, `PAYMENT_PLAN`, `ACTION_FILED`, "
        "`JUDGMENT_OBTAINED`, `ENFORCEMENT`, `DEBT_DECLARED`, `BUYER_ANSWERED`, or the collections system's own word."
    )
    taken_on: Day = Field(description="Day on which it was done.")
    taken_by: Text | None = Field(
        default=None, description="Who did it, as a collector or a lawyer; null: not told.", json_schema_extra=PII
    )
    words: Words | None = Field(default=None, description="What came of it; null where the step says it all.")
    next_step: Identifier | None = Field(default=None, description="Step planned next; null where none is.")
    next_on: Day | None = Field(default=None, description="Day for which it is planned; null where none is.")


class Recourse(Record):
    """What the policyholder may still do."""

    code: Identifier = Field(
        description="`REVIEW`, `MEDIATION`, `COURT`, `TAX_RELIEF`, or the claims system's own word."
    )
    by: Day | None = Field(default=None, description="Last day for it; null where there is none, or not known.")
    words: Words | None = Field(default=None, description="How to go about it; null where the code says it all.")


class RecoveryClosed(Record):
    """Recovery of a debt ended (commitment 20: the reason and the recourse are told)."""

    header: Header
    policy_id: PolicyId
    claim_id: Identifier = Field(description="The claim.")
    outcome: str = Field(
        description="`FULL`, `PARTIAL` or `NIL`: what was recovered of the debt.", pattern=r"^(FULL|PARTIAL|NIL)$"
    )
    recovered: Amount = Field(description="Recovered in all, in `currency`.")
    outstanding: Amount = Field(description="Still owed and given up, in `currency`.")
    currency: Currency
    closed_on: Day = Field(description="Day on which it ended: the window of recourse runs from it.")
    reasons: list[Identifier] = Field(
        description="Codes of why no more could be had, as `NO_ASSETS`; empty where all was. Without one a partial or "
        "nil recovery is held, not told."
    )
    words: Words | None = Field(default=None, description="The reason in a person's words; null: the codes suffice.")
    recourses: list[Recourse] = Field(default_factory=list, description="What may still be done; empty: nothing.")
