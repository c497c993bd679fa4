"""The table of topics, the keys, and what may be shown of a record."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from schemas import golden
from schemas.catalog import INPUTS, PARTS, RECORDS, TOPICS, avro_name, key_of, topic_of, topics_of
from schemas.events.court_judgments import JudgmentPublished, JudgmentRectified, Person
from schemas.events.payments import payment_reference
from schemas.events.voided import EventVoided
from schemas.pii import HIDDEN, redact


def _example(name: str) -> Any:
    return golden.load(golden.ROOT / f"{name}.json")


def test_the_topics_are_those_of_the_design() -> None:
    """Nine topics, in the order of a day: what comes in, what goes out, what is refused."""
    assert list(TOPICS) == [
        "court-judgments",
        "buyer-updates",
        "limits",
        "payments",
        "claims",
        "policies",
        "notices",
        "deliveries",
        "dead-letters",
    ]
    assert {record for topic in TOPICS.values() for record in topic.records} == set(RECORDS.values())


def test_names_say_where_a_record_belongs() -> None:
    """Full names are the topic's, also of a record that inherits from another."""
    assert avro_name(JudgmentRectified) == "vigie.court_judgments.JudgmentRectified"
    assert {avro_name(record).split(".")[1] for record in TOPICS["notices"].records} == {"notices"}
    assert {avro_name(record).split(".")[1] for record in TOPICS["claims"].records} == {"claims", "voided"}
    assert topic_of(_example("court_judgments/JudgmentRectified/plain")) is TOPICS["court-judgments"]


def test_a_part_of_a_record_has_no_topic() -> None:
    """A person alone travels nowhere, and asking for it says where to look."""
    with pytest.raises(LookupError, match=r"Person is no record of a topic: see schemas/catalog\.py"):
        topic_of(Person(name="x", kind="legal"))
    assert topics_of(Person) == ()


def test_a_void_travels_on_every_input_topic() -> None:
    """It names its topic and its key itself, so that it follows the event that it voids."""
    void: EventVoided = _example("voided/EventVoided/plain")
    assert topics_of(EventVoided) == INPUTS
    for topic in INPUTS:
        moved = EventVoided.model_validate(void.model_dump() | {"topic": topic.name})
        assert (topic_of(moved), key_of(moved)) == (topic, "FR:345086177")
    for name in ("notices", "deliveries", "dead-letters", "x"):
        with pytest.raises(ValidationError, match="topic"):
            EventVoided.model_validate(void.model_dump() | {"topic": name})


def test_every_field_says_what_it_is() -> None:
    """No record, and no part of one, has a field without a description."""
    assert [
        (n, f) for n, part in PARTS.items() for f, field in part.model_fields.items() if not field.description
    ] == []


KEYS = {
    "court_judgments/JudgmentPublished/plain": "FR:345086177",
    "court_judgments/JudgmentAnnulled/full": "FR:345086177",
    "court_judgments/JudgmentPublished/unidentified": "unidentified:c9901efd7a06bea4ac8136e4cbe784c6",
    "buyer_updates/BuyerUpdated/full": "GB:01234567",
    "limits/LimitWithdrawn/full": "GB:01234567",
    "payments/FundsReceived/plain": "SIN-2026-0007",
    "payments/PaymentReturned/strange": "FR7630006000011234567890189/R-9",
    "claims/ClaimDeclared/full": "POL-0002",
    "policies/ContactSet/full": "POL-0002",
    "voided/EventVoided/full": "GB:01234567",
    "notices/JudgmentAlert/plain": "POL-0001",
    "notices/RecipientsChanged/full": "POL-0001",
    "deliveries/DeliveryChanged/plain": "POL-0001",
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_the_same_for_ever(name: str) -> None:
    """A key that changed would send a record's sequel to another partition, past what went before."""
    assert key_of(_example(name)) == KEYS[name]


@pytest.mark.parametrize("missing", [None, "", " ", "NOTPROVIDED", "notprovided", "NONREF"])
def test_a_payment_without_an_end_to_end_id_goes_by_the_banks_reference(missing: str | None) -> None:
    """What only says that the payer gave no reference never becomes the key that all such payments would share."""
    assert payment_reference(missing, "FR76", "B-1") == "FR76/B-1"
    assert payment_reference(" SIN-7 ", "FR76", "B-1") == "SIN-7"


def test_each_unidentified_person_has_a_key_of_its_own() -> None:
    """Source, reference and name make the key; the time of publication does not."""
    judgment: JudgmentPublished = _example("court_judgments/JudgmentPublished/unidentified")
    later = judgment.header.model_copy(update={"published_at": judgment.header.occurred_at})
    other_source = judgment.header.model_copy(update={"source": "x"})
    other_name = judgment.person.model_copy(update={"name": "x"})
    assert key_of(judgment.model_copy(update={"header": later})) == key_of(judgment)
    others: list[dict[str, Any]] = [{"header": other_source}, {"person": other_name}, {"reference": "x"}]
    assert len({key_of(judgment.model_copy(update=change)) for change in [{}, *others]}) == 4


@pytest.mark.parametrize("path", golden.paths(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_redacted_holds_nothing_personal(path: Path) -> None:
    """No personal value of an example is in its redacted form, which is otherwise the example."""
    shown = redact(golden.load(path))
    assert shown.keys() == golden.load(path).model_dump().keys()
    for secret in ("Menuiserie", "Jean-Noël", "SELARL", "Anne Exemple", "@negoce", "Souscripteur", "12 rue", "DE8937"):
        assert secret not in json.dumps(shown, ensure_ascii=False)


def test_redaction_leaves_the_rest() -> None:
    """What is not personal stays readable, deep inside too; what is null stays null."""
    shown = redact(_example("court_judgments/JudgmentPublished/plain"))
    assert shown["person"] == {"name": HIDDEN, "kind": "legal", "legal_form": None, "address": None}
    assert shown["header"]["event_id"] == "A20260051123-1"
    recipients = redact(_example("policies/RecipientsSet/full"))["recipients"]
    assert recipients[1] == {
        "recipient_id": "R2",
        "name": HIDDEN,
        "email": HIDDEN,
        "role": "BROKER",
        "kinds": ["JudgmentAlert", "RecipientsChanged"],
    }
