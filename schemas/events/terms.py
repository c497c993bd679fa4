"""Parts of a policy's terms: its clocks, what is done with recoveries, its thresholds.

Each field has a default that holds where the policy does not set the term. The defaults are those of a usual policy
(`PolicyTermsSet` says nothing) and none is a rule's own: rules read periods here, and nowhere else.
"""

from decimal import Decimal
from typing import Annotated

from dataclasses_avroschema import types
from pydantic import Field

from schemas.base import Amount, Days, Identifier, Record

RatingValue = Annotated[
    Decimal, types.DecimalFieldInfo(max_digits=9, decimal_places=3), Field(max_digits=9, decimal_places=3)
]
"""A number on a rating's scale, at most three decimals."""
Months = Annotated[int, Field(ge=0, le=120)]
"""A number of months, at most ten years."""


class Clocks(Record):
    """The periods of a policy. Days are calendar days, where a field does not say business days."""

    max_credit_days: Days = Field(
        default=180, description="Longest payment term that may be granted to a buyer, in days from the invoice."
    )
    max_extension_days: Days = Field(
        default=60,
        description="Days after the original due date in which the policyholder may extend it by himself; at their end "
        "new deliveries are no longer covered.",
    )
    restore_days: Days = Field(
        default=30,
        description="Days after the end of the extension in which a payment restores the cover as if it had not "
        "stopped; later only for deliveries after the payment.",
    )
    overdue_notification_days: Days = Field(
        default=30, description="Days after the end of the extension in which an overdue must be reported."
    )
    waiting_days: Days = Field(
        default=180,
        description="Days from the original due date to the date of loss. An insolvency replaces them: the date of "
        "loss is then the judgment's.",
    )
    claim_filing_months: Months = Field(
        default=6, description="Months after the date of loss in which the whole claim must be filed."
    )
    documents_days: Days = Field(default=30, description="Days to send documents that are asked for.")
    claim_decision_days: Days = Field(default=30, description="Days from a complete file to the decision on the claim.")
    indemnity_payment_days: Days = Field(default=30, description="Days from that decision to the payment.")
    remittance_business_days: Days = Field(
        default=5,
        description="Business days (TARGET) from the receipt of funds to the payment of what is owed of them.",
    )
    silence_days: Days = Field(default=45, description="Days that the recovery of a debt may go without any news.")
    strategy_answer_days: Days = Field(default=15, description="Days to answer a proposed strategy.")
    limit_decision_days: Days = Field(
        default=5, description="Business days from the request of a limit to its decision."
    )
    acknowledgement_days: Days = Field(
        default=2, description="Business days to acknowledge what the policyholder sends."
    )
    information_days: Days = Field(default=15, description="Days to answer a request for information without a date.")
    review_request_days: Days = Field(default=30, description="Days after an adverse decision to ask for a review.")
    review_answer_days: Days = Field(default=15, description="Days from the request of a review to its answer.")
    recourse_days: Days = Field(default=60, description="Days after a recovery was closed to contest it.")
    renewal_documents_days: Days = Field(
        default=60, description="Days before the policy's end: its documents are ready."
    )
    declaration_days: Days = Field(default=30, description="Days after the end of a period to declare its turnover.")
    warning_days: Days = Field(
        default=7, description="Days before a cut-off at which the policyholder is warned of it."
    )


class Recoveries(Record):
    """What is done with money that is recovered (commitment 17). The defaults: shared from the first euro, no fee."""

    fees_borne_by: str = Field(
        default="INSURER",
        description="Who bears the fees of recovery: `INSURER`, `POLICYHOLDER`, or `SHARED` as the recovery is.",
        pattern=r"^(INSURER|POLICYHOLDER|SHARED)$",
    )
    before_loss: str = Field(
        default="PRO_RATA",
        description="Who gets what is received before the date of loss: `PRO_RATA` (of insured and uninsured part), "
        "`POLICYHOLDER` or `OLDEST_FIRST` (it pays invoices in the order of their due dates).",
        pattern=r"^(PRO_RATA|POLICYHOLDER|OLDEST_FIRST)$",
    )
    after_loss: str = Field(
        default="PRO_RATA",
        description="Who gets what is received after the date of loss: `PRO_RATA`, `INSURER_FIRST` (until the "
        "indemnity is covered) or `POLICYHOLDER_FIRST` (until the uninsured part is).",
        pattern=r"^(PRO_RATA|INSURER_FIRST|POLICYHOLDER_FIRST)$",
    )
    uninsured_part: str = Field(
        default="PRO_RATA",
        description="Whether a debt beyond the limit or the cover takes part: `PRO_RATA` as every other, or `LAST`.",
        pattern=r"^(PRO_RATA|LAST)$",
    )
    residual_to: str = Field(
        default="POLICYHOLDER",
        description="Who gets the cent that does not divide: `POLICYHOLDER` or `INSURER`.",
        pattern=r"^(POLICYHOLDER|INSURER)$",
    )


class Thresholds(Record):
    """Amounts and ratings from which something happens, in the policy's currency; null: the policy has none."""

    deductible: Amount | None = Field(default=None, description="Borne by the policyholder for each buyer.")
    smallest_loss: Amount | None = Field(default=None, description="A loss up to this is not indemnified at all.")
    max_liability: Amount | None = Field(
        default=None, description="All indemnities of one insurance period together are at most this."
    )
    rating_scale: Identifier | None = Field(
        default=None, description="Name of the scale of `rating_alert` (`RatingChanged.scale.name`)."
    )
    rating_alert: RatingValue | None = Field(
        default=None, description="A rating as bad as this, or worse, is told at once; others in a digest."
    )
