"""What deliveries do to promises."""

import pytest

from streams.commitments.decision import NOTHING, Kept
from streams.commitments.deliveries import HELD, on_delivery
from streams.commitments.facts import Facts
from tests.builders import NOW, POLICY, a_delivery


@pytest.mark.parametrize("state", ["accepted", "delivered", "seen"])
def test_a_promise_is_kept_by_what_was_accepted(state: str) -> None:
    """At the time of the delivery, with the channel and the server's answer as evidence."""
    event = a_delivery(state)
    (kept,) = on_delivery(event, Facts(), NOW).kept
    assert kept == Kept(event.notice_id, event.header.occurred_at, "email 250 2.0.0 Ok")


@pytest.mark.parametrize("state", ["bounced", "complained"])
def test_what_came_back_is_a_persons_to_look_at(state: str) -> None:
    """Without the address, although the server repeats it."""
    event = a_delivery(state, detail="550 5.1.1 <a.petit@assure.example.com>: no such user")
    decision = on_delivery(event, Facts(), NOW)
    (review,) = decision.reviews
    assert (review.reason, review.policy_id, decision.kept) == ("delivery_failed", POLICY, ())
    assert "@" not in review.detail
    assert "no such user" in review.detail
    assert "R-1" in review.detail


def test_a_deferred_delivery_changes_nothing() -> None:
    """The channel tries again by itself."""
    assert on_delivery(a_delivery("deferred"), Facts(), NOW) is NOTHING


def test_what_is_held_is_a_persons_to_look_at() -> None:
    """The portal took it, so the promise is kept; but no mail goes out before somebody is named."""
    (review,) = on_delivery(a_delivery("deferred", detail=f"{HELD}no_recipient"), Facts(), NOW).reviews
    assert (review.reason, review.policy_id) == ("delivery_held", POLICY)
    assert review.detail.endswith("no_recipient")


def test_what_was_held_and_is_told_after_all_needs_nobody_any_more() -> None:
    """On the same channel: that the portal took it does not mail it."""
    held = on_delivery(a_delivery("deferred", detail=f"{HELD}no_recipient"), Facts(), NOW).reviews[0].review_id()
    assert on_delivery(a_delivery("accepted"), Facts(), NOW).settled == (held,)
    assert held not in on_delivery(a_delivery("accepted", channel="portal"), Facts(), NOW).settled
