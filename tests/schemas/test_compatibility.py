"""What a schema may become once it is released: no provider's record is refused, no consumer's is cut off."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from schemas.catalog import INPUTS, PARTS, RECORDS, TOPICS, topics_of
from schemas.compatibility import READ_BY_OTHERS, broken
from schemas.derive import avro_schema

Schema = dict[str, Any]
LIMIT = "vigie.limits.LimitDecided"
DELIVERY = "vigie.deliveries.DeliveryChanged"
ALERT = "vigie.notices.JudgmentAlert"
OUTCOMES = r"^(GRANTED|PARTLY_GRANTED|REFUSED|INCREASE_REFUSED)$"


def field(schema: Schema, path: str) -> Schema:
    """The field at a path of records inside each other."""
    first, _, rest = path.partition(".")
    found: Schema = next(each for each in schema["fields"] if each["name"] == first)
    return field(found["type"], rest) if rest else found


def after(name: str, change: Callable[[Schema], Any]) -> list[str]:
    """Why a released record may not be changed so."""
    earlier = avro_schema(RECORDS[name])
    today = copy.deepcopy(earlier)
    change(today)
    return broken({topic.name for topic in topics_of(RECORDS[name])}, today, earlier)


def limits(path: str, **limits: Any) -> Callable[[Schema], None]:
    """A change of what a field may hold."""

    def change(schema: Schema) -> None:
        field(schema, path)["constraints"] = limits

    return change


def test_a_schema_says_what_its_fields_may_hold() -> None:
    """Each field's limits stand in it, in JSON Schema's words: a list's are those of its elements, null has none."""
    schema = avro_schema(RECORDS[LIMIT])
    identifier = {"minLength": 1, "maxLength": 200, "pattern": r"^[^\x00]*$"}
    assert field(schema, "outcome")["constraints"] == {"pattern": OUTCOMES}
    assert field(schema, "amount")["constraints"] == {"minimum": 0}
    assert field(schema, "reasons")["constraints"] == {"items": identifier}
    assert field(schema, "request_id")["constraints"] == field(schema, "header.source")["constraints"] == identifier
    assert field(schema, "expires_on")["constraints"] == {"formatMinimum": "1600-01-01", "formatMaximum": "2199-12-31"}
    assert field(schema, "header.occurred_at")["constraints"]["formatMaximum"] == "2199-12-31T23:59:59.999999Z"
    assert field(avro_schema(RECORDS[ALERT]), "header.commitment")["constraints"] == {"minimum": 1, "maximum": 35}


def test_no_limit_is_said_twice() -> None:
    """A field narrows no limit of its type's: the type's would hold, and the field's be forgotten."""
    fields = {f"{name}.{path}": said for name, part in PARTS.items() for path, said in part.model_fields.items()}
    assert [path for path, said in fields.items() if len(set(map(type, said.metadata))) < len(said.metadata)] == []


WIDER = {
    "a value more": limits("outcome", pattern=OUTCOMES.replace(")$", "|DEFERRED)$")),
    "any word": limits("outcome", pattern=r"^[A-Z_]+$"),
    "no pattern": limits("outcome"),
    "longer": limits("cover_id", minLength=0, maxLength=500, pattern=r"^[^\x00]*$"),
    "longer in a list": limits("reasons", items={"maxLength": 500}),
    "negative": limits("amount", minimum=-1),
    "deep inside": limits("header.source", maxLength=500, pattern=r"^[^\x00]*$"),
    "later days": limits("effective_on", formatMinimum="1600-01-01", formatMaximum="2299-12-31"),
}
NARROWER = {
    "a value less": (
        limits("outcome", pattern=OUTCOMES.replace("|REFUSED", "")),
        f"{LIMIT}.outcome: takes pattern '^(GRANTED|PARTLY_GRANTED|INCREASE_REFUSED)$' where '{OUTCOMES}' is written",
    ),
    "shorter": (limits("cover_id", maxLength=100), f"{LIMIT}.cover_id: takes maxLength 100 where 200 is written"),
    "not so short": (limits("cover_id", minLength=2), "takes minLength 2 where 1 is written"),
    "a limit where there was none": (limits("amount", maximum=9), "takes maximum 9 where any is written"),
    "larger": (limits("amount", minimum=1), "takes minimum 1 where 0.0 is written"),
    "shorter in a list": (limits("reasons", items={"maxLength": 9}), f"{LIMIT}.reasons: takes items.maxLength 9 where"),
    "deep inside": (limits("header.source", maxLength=9), "vigie.EventHeader.source: takes maxLength 9 where 200 is"),
    "earlier days": (
        limits("effective_on", formatMaximum="2099-12-31"),
        "takes formatMaximum '2099-12-31' where",
    ),
    "another pattern": (limits("currency", pattern=r"^[A-Z]{2,3}$"), "takes pattern '^[A-Z]{2,3}$' where"),
}


@pytest.mark.parametrize("change", WIDER.values(), ids=WIDER)
def test_an_input_may_be_widened(change: Callable[[Schema], Any]) -> None:
    """Old providers give what is still taken."""
    assert after(LIMIT, change) == []


@pytest.mark.parametrize(("change", "told"), NARROWER.values(), ids=NARROWER)
def test_an_input_may_not_be_narrowed(change: Callable[[Schema], Any], told: str) -> None:
    """What old providers may give is named, with what to do instead; a pattern that cannot be compared is no wider."""
    (reason,) = after(LIMIT, change)
    assert reason.startswith(f"old providers are no longer read: {LIMIT.partition('.')[0]}.")
    assert told in reason
    assert "Instead: " in reason


@pytest.mark.parametrize("name", [DELIVERY, ALERT])
def test_what_others_read_keeps_its_limits(name: str) -> None:
    """A value more is one that old consumers do not know; a value less refuses what lies on the topic already."""
    path, values = ("state", "accepted|delivered|deferred") if name == DELIVERY else ("header.urgency", "INFORMATION")
    pattern = field(avro_schema(RECORDS[name]), path)["constraints"]["pattern"]
    (wider,) = after(name, limits(path, pattern=pattern.replace(")$", "|other)$")))
    (narrower,) = after(name, limits(path, pattern=f"^({values})$"))
    assert wider.startswith("old consumers can no longer read: ")
    assert narrower.startswith("old providers are no longer read: ")


@pytest.mark.parametrize("name", [LIMIT, DELIVERY])
def test_what_providers_say_by_name_stays(name: str) -> None:
    """A field that is gone refuses the JSON and CSV that say it, though Avro passes over it; part by part."""
    *_, last = avro_schema(RECORDS[name])["fields"]
    for gone, path in ((lambda schema: schema["fields"].pop(), f"{name}.{last['name']}"), (_no_source, "vigie.EventH")):
        reason = after(name, gone)[0]
        assert reason.startswith(f"old providers are no longer read: {path}")
        assert "is gone, and JSON or CSV that says it is refused. Instead: keep the field, with a default" in reason


def _no_source(schema: Schema) -> None:
    header = field(schema, "header")["type"]
    header["fields"].remove(field(header, "source"))


def test_what_providers_say_by_silence_stays() -> None:
    """A default that goes refuses the JSON that leaves the field out, one that changes means something else by it."""
    (gone,) = after(LIMIT, lambda schema: field(schema, "reasons").pop("default"))
    (other,) = after(LIMIT, lambda schema: field(schema, "expires_on").update(default=20_000))
    assert f"{LIMIT}.reasons: what leaves it out means []" in gone
    assert f"{LIMIT}.expires_on: what leaves it out means null" in other
    assert "Instead: leave the default as it is" in gone
    assert after(LIMIT, lambda schema: field(schema, "currency").update(default="EUR")) == []


def test_a_notice_may_lose_what_has_a_default() -> None:
    """The hub alone writes notices, in Avro: old consumers have the default."""
    assert after(ALERT, lambda schema: schema["fields"].remove(field(schema, "corrects"))) == []
    assert "old consumers can no longer read: body: " in after(ALERT, lambda schema: schema["fields"].pop(1))[0]


def test_every_topic_is_either_written_or_read_by_others() -> None:
    """Inputs keep old providers, outputs keep old consumers too; dead letters hold bytes of any schema, and none."""
    assert {topic.name for topic in INPUTS} | READ_BY_OTHERS | {"dead-letters"} == set(TOPICS)
    assert READ_BY_OTHERS.isdisjoint(topic.name for topic in INPUTS)


@pytest.mark.parametrize("name", RECORDS)
def test_a_field_comes_with_a_default_and_stays(name: str) -> None:
    """Of whatever record: a field that must be given may neither come nor go, and it is said what to do instead."""
    required = {"name": "note", "type": "string"}
    (refused,) = after(name, lambda schema: schema["fields"].append(required))
    assert "note: is not written, and has no default. Instead: give a new field a default" in refused
    told = after(name, lambda schema: schema["fields"].pop(1))
    assert told
    assert all(re.search(r"Instead: keep the field(, with a default| and fill it)", reason) for reason in told)
