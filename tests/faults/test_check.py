"""The check of every fault, checked: a repeat that a consumer could not recognise makes it fail."""

from typing import Any
from uuid import UUID

import pytest

from schemas.codec import encode
from schemas.notices.judgments import JudgmentAlert
from tests.faults.check import Outcome, count
from tests.sinks.portal.made import an_alert

ALERTS = [an_alert(1, "P-1"), an_alert(1, "P-2")]


def what_became(*on_topic: JudgmentAlert) -> Outcome:
    """One judgment was owed to two policies, and the ledger says that both were told."""
    owed = {(alert.body.judgment.reference, alert.header.policy_id) for alert in ALERTS}
    ledger = {alert.header.notice_id: (alert.header.policy_id, 1) for alert in ALERTS}
    return count(owed, [(encode(alert), alert) for alert in on_topic], ledger, set(ledger))


def altered(**fields: Any) -> JudgmentAlert:
    """The first alert, but for some fields of its header."""
    return ALERTS[0].model_copy(update={"header": ALERTS[0].header.model_copy(update=fields)})


def test_a_repeat_of_the_same_bytes_is_counted_and_allowed() -> None:
    """It is the same notice again, under its id and number."""
    outcome = what_became(*ALERTS, ALERTS[0])
    assert outcome.sound
    assert outcome.repeats == 1


@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        ({"notice_id": UUID(int=1)}, {"twice": 1, "phantom": 1}),
        ({"number": 2}, {"disguised": 1}),
        ({"title": "Autre titre"}, {"disguised": 1}),
    ],
    ids=["id", "number", "bytes"],
)
def test_a_repeat_in_disguise_is_found(fields: dict[str, Any], columns: dict[str, int]) -> None:
    """One under another id, with another number, or with any other byte fails the check."""
    outcome = what_became(*ALERTS, altered(**fields))
    assert not outcome.sound
    assert {name: getattr(outcome, name) for name in columns} == columns


def test_a_number_that_the_ledger_gave_to_no_such_notice_is_found() -> None:
    """What a consumer sees first is what the ledger must have."""
    outcome = what_became(altered(number=2), *ALERTS)
    assert (outcome.phantom, outcome.gaps, outcome.disguised) == (2, 1, 1)


def test_what_is_not_on_the_topic_is_lost() -> None:
    """Whatever the ledger says of it."""
    assert what_became(ALERTS[0]).lost == 1
