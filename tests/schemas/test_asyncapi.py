"""The contract as AsyncAPI 3.0.0. No validator is well kept on PyPI: the specification's rules are checked by hand."""

import json
import re
from collections.abc import Iterator
from typing import Any

import fastavro
import pytest

from schemas.asyncapi import AVRO, document
from schemas.catalog import PARTS, RECORDS, TOPICS, avro_name
from schemas.describe import by_name, examples_of, parts, said
from schemas.events.claims import Words
from schemas.events.limits import LimitDecided

CONTRACT = document("1.2.3")
KEY = re.compile(r"^[\w\d.\-_]+$")
ALLOWED = {
    "": {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"},
    "info": {"title", "version", "description", "termsOfService", "contact", "license", "tags", "externalDocs"},
    "channel": {
        "address", "messages", "title", "summary", "description", "servers", "parameters", "tags", "externalDocs",
        "bindings",
    },
    "operation": {
        "action", "channel", "title", "summary", "description", "security", "tags", "externalDocs", "bindings",
        "traits", "messages", "reply",
    },
    "message": {
        "headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description", "tags",
        "externalDocs", "bindings", "examples", "traits",
    },
    "kafka of a channel": {"topic", "partitions", "replicas", "topicConfiguration", "bindingVersion"},
    "kafka of a message": {
        "key", "schemaIdLocation", "schemaIdPayloadEncoding", "schemaLookupStrategy", "bindingVersion",
    },
    "topicConfiguration": {
        "cleanup.policy", "retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes",
        "confluent.key.schema.validation", "confluent.key.subject.name.strategy", "confluent.value.schema.validation",
        "confluent.value.subject.name.strategy",
    },
}  # fmt: skip
"""The fixed fields of each object of the specification, and of the Kafka bindings 0.5.0."""


def references(value: Any) -> Iterator[str]:
    """Every `$ref`, wherever it stands, but for those inside payloads of examples and schemas."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for name, each in value.items():
            if name not in {"payload", "examples"}:
                yield from references(each)
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def at(pointer: str) -> Any:
    """What a reference points at."""
    value: Any = CONTRACT
    for step in pointer.removeprefix("#/").split("/"):
        value = value[step]
    return value


def test_the_document_has_what_the_specification_asks_for() -> None:
    """Version, title, and no field that the specification does not know; it is JSON."""
    assert (CONTRACT["asyncapi"], CONTRACT["info"]["version"]) == ("3.0.0", "1.2.3")
    assert CONTRACT["info"]["title"]
    assert CONTRACT.keys() <= ALLOWED[""]
    assert CONTRACT["info"].keys() <= ALLOWED["info"]
    assert json.loads(json.dumps(CONTRACT)) == CONTRACT


def test_each_topic_is_a_channel_with_one_operation() -> None:
    """Channels have the topics' addresses; the hub sends two of them, and receives the others."""
    channels, operations = CONTRACT["channels"], CONTRACT["operations"]
    assert [channel["address"] for channel in channels.values()] == list(TOPICS)
    for channel in channels.values():
        assert channel.keys() <= ALLOWED["channel"]
        assert channel["bindings"]["kafka"].keys() <= ALLOWED["kafka of a channel"]
        assert channel["bindings"]["kafka"]["topicConfiguration"].keys() <= ALLOWED["topicConfiguration"]
    for name, operation in operations.items():
        assert KEY.match(name)
        assert operation.keys() <= ALLOWED["operation"]
        assert operation["action"] in {"send", "receive"}
    sent = {o["channel"]["$ref"] for o in operations.values() if o["action"] == "send"}
    assert sent == {"#/channels/notices", "#/channels/dead-letters"}
    assert {o["channel"]["$ref"] for o in operations.values()} == {f"#/channels/{name}" for name in TOPICS}


def test_every_reference_leads_somewhere() -> None:
    """No reference is broken, and an operation's messages are its channel's own, as the specification wants."""
    for reference in references(CONTRACT):
        assert at(reference)
    for operation in CONTRACT["operations"].values():
        assert all(m["$ref"].startswith(operation["channel"]["$ref"] + "/messages/") for m in operation["messages"])


@pytest.mark.parametrize("name", CONTRACT["components"]["messages"])
def test_a_message_has_its_schema_its_key_and_its_examples(name: str) -> None:
    """Avro of the record, which fastavro parses, and at least three examples of it."""
    message = CONTRACT["components"]["messages"][name]
    assert KEY.match(name)
    assert message.keys() <= ALLOWED["message"]
    assert message["bindings"]["kafka"].keys() <= ALLOWED["kafka of a message"]
    assert message["bindings"]["kafka"]["key"]["type"] == "string"
    if name == "DeadLetter":
        return
    assert message["payload"].keys() == {"schemaFormat", "schema"}
    assert message["payload"]["schemaFormat"] == AVRO
    assert fastavro.schema.fullname(message["payload"]["schema"]) == message["name"] == avro_name(by_name(name))
    fastavro.parse_schema(message["payload"]["schema"])
    assert len(message["examples"]) >= 3
    assert all(example.keys() <= {"headers", "payload", "name", "summary"} for example in message["examples"])


def named(schema: Any) -> Iterator[dict[str, Any]]:
    """Every record that a schema defines, wherever it stands in it."""
    if isinstance(schema, list):
        for each in schema:
            yield from named(each)
    elif isinstance(schema, dict):
        if schema.get("type") == "record":
            yield schema
        yield from named([schema.get("items"), schema.get("type")])
        yield from named([field["type"] for field in schema.get("fields", ())])


def test_names_in_payloads_have_no_dots() -> None:
    """AsyncAPI's own schema of Avro takes `name` without dots, its namespace beside it, in nested records too."""
    for record in RECORDS.values():
        definitions = list(named(CONTRACT["components"]["messages"][record.__name__]["payload"]["schema"]))
        assert len(definitions) > 1
        assert all(re.fullmatch(r"\w+", each["name"]) for each in definitions)
        assert {f"{each['namespace']}.{each['name']}" for each in definitions} <= set(PARTS)


def test_a_record_is_described_field_by_field() -> None:
    """Type, default, part and mark of each field, as the models have them."""
    fields = {field.name: field for field in said(LimitDecided).fields}
    assert (fields["header"].part, fields["header"].default) == ("EventHeader", None)
    assert (fields["amount"].type, fields["expires_on"].type) == ("decimal(18, 3)", "date or null")
    assert (fields["partial_amounts"].type, fields["partial_amounts"].part) == (
        "list of PartialAmount",
        "PartialAmount",
    )
    assert (fields["reasons"].type, fields["reasons"].default) == ("list of string", "[]")
    assert [field.personal for field in said(Words).fields] == [False, True]


def test_every_record_is_found_by_both_names() -> None:
    """Short and full; a part is no record of a topic, and what does not exist is named."""
    assert all(by_name(record.__name__) is by_name(name) is record for name, record in RECORDS.items())
    assert Words in parts()
    assert LimitDecided not in parts()
    assert next(examples_of("vigie.limits.LimitDecided")).stem == "plain"
    with pytest.raises(LookupError, match="no record is called Nothing: see `vigie schemas list`"):
        by_name("Nothing")
