"""Events of one business come in any order, by different topics: what is owed is told all the same."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.codec import decode
from schemas.notices.judgments import JudgmentAlert
from schemas.notices.recipients import RecipientsChanged
from streams.commitments.deliveries import HELD
from tests.builders import a_delivery, a_judgment, a_limit, a_recipient, some_recipients, some_terms
from tests.deployment import Deployment
from tests.faults.check import read_topic
from tests.journeys.conftest import Deploy


@pytest.fixture(scope="module")
def hub(deploy: Deploy) -> Iterator[Deployment]:
    """A hub that has heard of nobody."""
    with deploy().make() as hub:
        hub.start_worker()
        yield hub


def notices_of(hub: Deployment, policy_id: str) -> list[Any]:
    """What a consumer of `notices` finds for a policy."""
    notices = [decode(record.value) for record in read_topic(hub, "notices") if record.key == policy_id.encode()]
    assert [n.header.number for n in notices] == list(range(1, len(notices) + 1))
    return notices


def test_a_limit_of_a_policy_that_nobody_knows_waits_for_it(hub: Deployment) -> None:
    """Parked, and applied when the policy appears; the judgment that came before is told then."""
    hub.publish([a_judgment("EARLY", buyer_id="FR:000000001")])
    hub.settle()
    hub.publish([a_limit("P-LATE", "FR:000000001")])
    hub.settle()
    assert hub.rows("SELECT waits_for FROM ledger.parked") == [("policy:P-LATE",)]
    assert notices_of(hub, "P-LATE") == []

    hub.publish([some_terms("P-LATE")])
    hub.settle()
    assert hub.count("parked") == 0
    [alert] = notices_of(hub, "P-LATE")
    assert isinstance(alert, JudgmentAlert)
    assert (alert.body.judgment.reference, alert.header.cause.event_id) == ("EARLY", "L-P-LATE-FR:000000001")


def test_a_judgment_before_its_cover_is_told_when_the_cover_comes(hub: Deployment) -> None:
    """The alert is the one that the other order gives; its cause is the limit."""
    hub.publish([some_terms("P-KNOWN"), a_judgment("FIRST", buyer_id="FR:000000002")])
    hub.settle()
    assert notices_of(hub, "P-KNOWN") == []
    hub.publish([a_limit("P-KNOWN", "FR:000000002")])
    hub.settle()
    [alert] = notices_of(hub, "P-KNOWN")
    assert (alert.body.judgment.reference, alert.header.cause.topic) == ("FIRST", hub.topic("limits"))


def test_a_change_of_recipients_is_told_behind_what_was_told_before(hub: Deployment) -> None:
    """The first list tells nobody; the next one travels on `notices` with the one that it replaces."""
    first, second = a_recipient("R-1"), a_recipient("R-2", email="b.petit@assure.example.com")
    hub.publish([some_terms("P-LISTS"), some_recipients(first, policy_id="P-LISTS", event_id="RS-1")])
    hub.settle()
    assert notices_of(hub, "P-LISTS") == []
    hub.publish([some_recipients(second, policy_id="P-LISTS", event_id="RS-2")])
    hub.settle()
    [changed] = notices_of(hub, "P-LISTS")
    assert isinstance(changed, RecipientsChanged)
    assert ([*changed.previous], [*changed.current], changed.header.recipients) == ([first], [second], [second])


def test_a_promise_to_tell_is_kept_when_a_channel_accepts(hub: Deployment) -> None:
    """Running from the decision, kept at the time of the acceptance, with the server's words as evidence."""
    hub.publish([some_terms("P-TOLD"), a_judgment("PROMISED", buyer_id="FR:000000003")])
    hub.publish([a_limit("P-TOLD", "FR:000000003")])
    hub.settle()
    [alert] = notices_of(hub, "P-TOLD")
    promise = "SELECT state, evidence, kept_at FROM ledger.promise WHERE policy_id = 'P-TOLD'"
    assert hub.rows(promise) == [("running", None, None)]

    about = {"notice_id": alert.header.notice_id, "policy_id": "P-TOLD"}
    reviews = "SELECT reason, closed_at IS NULL FROM ledger.review WHERE policy_id = 'P-TOLD'"
    hub.publish([a_delivery("deferred", detail=f"{HELD}no_recipient", **about)])
    hub.settle()
    assert hub.rows(reviews) == [("delivery_held", True)]

    accepted = a_delivery(**about)
    hub.publish([accepted])
    hub.settle()
    assert hub.rows(reviews) == [("delivery_held", False)]
    assert hub.rows(promise) == [("kept", "email 250 2.0.0 Ok", accepted.header.occurred_at.astimezone(dt.UTC))]
