"""The contract as an AsyncAPI 3.0.0 document, made from the catalog, the models and the examples.

Made on the fly wherever it is asked for, so that it can never be out of date. Actions are the hub's own: it receives
what providers send, and sends `notices` and `dead-letters`.
"""

from typing import Any

from schemas.base import Record
from schemas.catalog import RECORDS, Topic, avro_name
from schemas.describe import all_topics, example, examples_of
from schemas.versions import subjects

AVRO = "application/vnd.apache.avro;version=1.9.0"
"""AsyncAPI's name for an Avro schema."""
BINDING = "0.5.0"
"""Version of AsyncAPI's Kafka bindings."""
DEAD_LETTER = "DeadLetter"
_DAYS_90_MS = 90 * 86_400_000
_SENT_BY_US = frozenset({"notices", "dead-letters"})

Document = dict[str, Any]


def document(version: str) -> Document:
    """The whole contract; ``version`` is the product's."""
    topics = all_topics()
    messages = {record.__name__: _message(record) for record in RECORDS.values()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Vigie",
            "version": version,
            "description": "What providers publish to the hub, and what policyholders are owed because of it.",
        },
        "defaultContentType": "application/vnd.confluent.avro",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {_operation_id(topic): _operation(topic) for topic in topics},
        "components": {"messages": {**messages, DEAD_LETTER: _dead_letter()}},
    }


def _names(topic: Topic) -> list[str]:
    return [record.__name__ for record in topic.records] or [DEAD_LETTER]


def _channel(topic: Topic) -> Document:
    retention = _DAYS_90_MS if topic.name == "dead-letters" else -1
    return {
        "address": topic.name,
        "title": topic.name,
        "summary": topic.description,
        "description": f"Written by {topic.written_by}. Key: {topic.key}.\n\n{topic.promise}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _names(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": retention,
                    "max.message.bytes": 1_048_576,
                },
                "bindingVersion": BINDING,
            }
        },
    }


def _operation_id(topic: Topic) -> str:
    return f"{_action(topic)}-{topic.name}"


def _action(topic: Topic) -> str:
    return "send" if topic.name in _SENT_BY_US else "receive"


def _operation(topic: Topic) -> Document:
    channel = f"#/channels/{topic.name}"
    return {
        "action": _action(topic),
        "channel": {"$ref": channel},
        "summary": topic.description,
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in _names(topic)],
    }


def _message(record: type[Record]) -> Document:
    name = avro_name(record)
    current = subjects()[name][-1]
    return {
        "name": name,
        "title": record.__name__,
        "summary": current.schema()["doc"],
        "payload": {"schemaFormat": AVRO, "schema": _split(current.schema())},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": _key(record)},
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "confluent",
                "schemaLookupStrategy": "RecordNameStrategy",
                "bindingVersion": BINDING,
            }
        },
        "examples": [{"name": path.stem, "payload": example(path)} for path in examples_of(name)],
    }


def _split(schema: Any) -> Any:
    """The schema with each record's namespace beside its name: AsyncAPI takes no name with dots, as Avro does."""
    if isinstance(schema, list):
        return [_split(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    split = {name: _split(value) if name in {"type", "items", "fields"} else value for name, value in schema.items()}
    if schema["type"] == "record":
        split["namespace"], _, split["name"] = schema["name"].rpartition(".")
    return split


def _key(record: type[Record]) -> str:
    keys = {topic.key for topic in all_topics() if record in topic.records}
    return keys.pop() if len(keys) == 1 else "the key of the voided event"


def _dead_letter() -> Document:
    headers = ("topic", "partition", "offset", "reason", "detail", "broker_at")
    return {
        "name": DEAD_LETTER,
        "title": DEAD_LETTER,
        "summary": "What was refused: the original bytes under the original key, with place and reason in the headers.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in headers},
            "required": list(headers),
        },
        "bindings": {
            "kafka": {"key": {"type": "string", "description": "the original key"}, "bindingVersion": BINDING}
        },
    }
