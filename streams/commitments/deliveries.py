"""What became of a notice: a promise to tell is kept when the first delivery is accepted."""

import datetime as dt
import re

from schemas.events.deliveries import DeliveryChanged
from streams.commitments.decision import NOTHING, Decision, Kept, Review
from streams.commitments.facts import Facts

_TOLD = {"accepted", "delivered", "seen"}
_FAILED = {"bounced", "complained"}
HELD = "held, not sent: "
"""So begins the detail of a deferral that does not end by itself."""
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def on_delivery(event: DeliveryChanged, facts: Facts, now: dt.datetime) -> Decision:  # noqa: ARG001 -- every rule's form
    """The promise is kept by the first acceptance; a notice that came back, or is held, is a person's to look at."""
    if event.state in _TOLD:
        kept = Kept(event.notice_id, event.header.occurred_at, _words(event))
        return Decision(kept=(kept,), settled=(_held(event).review_id(),))
    if event.state == "deferred" and event.detail.startswith(HELD):
        return Decision(reviews=(_held(event),))
    if event.state in _FAILED:
        detail = (
            f"{event.state}: notice {event.notice_id}, {_words(event)}, recipient {event.recipient_id or 'unknown'}"
        )
        return Decision(reviews=(Review("delivery_failed", detail, policy_id=event.policy_id),))
    return NOTHING


def _held(event: DeliveryChanged) -> Review:
    """One for a notice on a channel: it closes by itself once the channel has told anybody after all."""
    detail = f"notice {event.notice_id}, {_words(event)}"
    return Review("delivery_held", detail, policy_id=event.policy_id, about=(event.channel, str(event.notice_id)))


def _words(event: DeliveryChanged) -> str:
    """The channel and the server's answer."""
    return f"{event.channel} {without_addresses(event.detail)}".rstrip()


def without_addresses(answer: str) -> str:
    """A server's answer as it may be kept and logged: servers repeat the address in it, a personal field."""
    return _ADDRESS.sub("…", answer)
