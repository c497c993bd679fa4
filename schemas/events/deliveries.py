"""Records of `deliveries`: what became of a notice on a channel, told by sinks and downstream services."""

import uuid

from pydantic import Field

from schemas.base import PII, Header, Identifier, PolicyId, Record, Text


class DeliveryChanged(Record):
    """A delivery, one attempt to tell a notice on a channel, changed its state."""

    header: Header
    notice_id: uuid.UUID = Field(description="`header.notice_id` of the notice.")
    policy_id: PolicyId
    channel: Identifier = Field(description="`email`, `portal`, or a downstream service's own name.")
    recipient_id: Identifier | None = Field(
        default=None, description="The recipient told; null where the channel has none."
    )
    address: Text | None = Field(default=None, description="Where it was sent.", json_schema_extra=PII)
    state: str = Field(
        description="`accepted`, `delivered`, `deferred`, `bounced`, `complained` or `seen`.",
        pattern=r"^(accepted|delivered|deferred|bounced|complained|seen)$",
    )
    detail: Text = Field(default="", description="The server's answer, as `250 2.0.0 Ok`.", json_schema_extra=PII)
    template: Text | None = Field(default=None, description="Template and version used, as `judgment_alert@3`.")
