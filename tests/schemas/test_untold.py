"""What a refusal of bytes never tells: values, which may be personal."""

import pytest

from schemas import golden
from schemas.codec import encode
from schemas.events.court_judgments import JudgmentPublished
from schemas.events.policies import RecipientsSet
from tests.schemas.test_codec import refusal


@pytest.mark.parametrize("name", ["name", "address"])
def test_a_refusal_never_tells_a_personal_value(name: str) -> None:
    """A person's name or address that is refused is not in the reason, nor in what a traceback would show."""
    record = golden.load(golden.ROOT / "court_judgments/JudgmentPublished/full.json")
    assert isinstance(record, JudgmentPublished)
    spoiled = record.person.model_copy(update={name: "Jean Secret\x00"})
    refused = refusal(encode(record.model_copy(update={"person": spoiled})))
    assert f"person.{name}: " in refused.detail
    assert "Secret" not in refused.detail
    assert refused.__cause__ is None
    assert refused.__suppress_context__


def test_an_address_that_is_none_is_not_repeated() -> None:
    """The refusal of an e-mail address says what was expected, not what came."""
    record = golden.load(golden.ROOT / "policies/RecipientsSet/full.json")
    assert isinstance(record, RecipientsSet)
    wrong = record.recipients[1].model_copy(update={"email": "jean.secret@@example.com"})
    refused = refusal(encode(record.model_copy(update={"recipients": [record.recipients[0], wrong]})))
    assert refused.detail == "vigie.policies.RecipientsSet.recipients.1.email: Value error, expected an e-mail address"


def test_a_list_that_names_a_recipient_twice_is_refused() -> None:
    """Two under one id could not be told apart: one of them would get no mail, and the portal keeps one of each."""
    record = golden.load(golden.ROOT / "policies/RecipientsSet/full.json")
    assert isinstance(record, RecipientsSet)
    first, second = record.recipients[:2]
    twice = record.model_copy(
        update={"recipients": [first, second.model_copy(update={"recipient_id": first.recipient_id})]}
    )
    refused = refusal(encode(twice))
    assert refused.reason == "invalid_value"
    assert "expected each recipient_id once" in refused.detail
    assert first.recipient_id not in refused.detail
