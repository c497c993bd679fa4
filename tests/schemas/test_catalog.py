"""The table of topics, the keys, and what may be shown of a record."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas import golden
from schemas.catalog import RECORDS, TOPICS, avro_name, key_of, topic_of
from schemas.events.court_judgments import JudgmentPublished, JudgmentRectified, Person
from schemas.pii import HIDDEN, redact


def _example(name: str) -> Any:
    return golden.load(golden.ROOT / f"{name}.json")


def test_the_topics_are_those_of_the_design() -> None:
    """Six topics, and every record on exactly one of them."""
    assert list(TOPICS) == ["court-judgments", "limits", "policies", "notices", "deliveries", "dead-letters"]
    assert [record for topic in TOPICS.values() for record in topic.records] == list(RECORDS.values())
    assert len(set(RECORDS.values())) == len(RECORDS) == 15


def test_names_say_where_a_record_belongs() -> None:
    """Full names are the topic's, also of a record that inherits from another."""
    assert avro_name(JudgmentRectified) == "vigie.court_judgments.JudgmentRectified"
    assert {avro_name(record).split(".")[1] for record in TOPICS["notices"].records} == {"notices"}
    assert topic_of(JudgmentRectified) is TOPICS["court-judgments"]


def test_a_part_of_a_record_has_no_topic() -> None:
    """A person alone travels nowhere, and asking for it says where to look."""
    with pytest.raises(LookupError, match=r"Person is no record of a topic: see schemas/catalog\.py"):
        topic_of(Person)


KEYS = {
    "court_judgments/JudgmentPublished/plain": "FR:345086177",
    "court_judgments/JudgmentAnnulled/full": "FR:345086177",
    "court_judgments/JudgmentPublished/unidentified": "unidentified:c9901efd7a06bea4ac8136e4cbe784c6",
    "limits/LimitWithdrawn/full": "GB:01234567",
    "policies/ContactSet/full": "POL-0002",
    "notices/JudgmentAlert/plain": "POL-0001",
    "notices/RecipientsChanged/full": "POL-0001",
    "deliveries/DeliveryChanged/plain": "POL-0001",
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_the_same_for_ever(name: str) -> None:
    """A key that changed would send a record's sequel to another partition, past what went before."""
    assert key_of(_example(name)) == KEYS[name]


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
    for secret in ("Menuiserie", "Jean-Noël", "SELARL", "Anne Exemple", "@negoce-exemple", "Souscripteur", "12 rue"):
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
