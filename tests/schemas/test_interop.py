"""Others read our bytes and we read theirs: Apache avro, fastavro, and confluent-kafka through the registry."""

import io
import socket
import threading
from collections.abc import Iterator
from typing import Any

import avro.io
import avro.schema
import fastavro
import httpx
import pytest
import uvicorn
from confluent_kafka import Consumer, Message
from confluent_kafka.schema_registry import SchemaRegistryClient, record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from connectors.publisher import Publisher
from schemas import golden
from schemas.base import Record
from schemas.catalog import RECORDS, TOPICS, avro_name, key_of, topic_of
from schemas.codec import decode, encode
from schemas.versions import subjects, versions
from sinks.portal.registry import create_app
from streams.cluster import Cluster
from streams.embedded.topics import ensure_topics

PREFIX = "interop."
EXAMPLES = [golden.load(path) for path in golden.paths()]
IDS = [f"{path.parent.name}-{path.stem}" for path in golden.paths()]
each_example = pytest.mark.parametrize("record", EXAMPLES, ids=IDS)


def _apache_schema(record: Record) -> avro.schema.Schema:
    return avro.schema.parse(subjects()[avro_name(type(record))][-1].text())


def _values(record: Record) -> dict[str, Any]:
    """The record as Avro libraries know it: in Python types, identifiers as text."""
    values: dict[str, Any] = _with_text_ids(record.model_dump())
    return values


def _with_text_ids(value: Any) -> Any:
    """The value with every UUID as text: Apache avro reads it so."""
    if isinstance(value, dict):
        return {name: _with_text_ids(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_text_ids(each) for each in value]
    return str(value) if type(value).__name__ == "UUID" else value


@each_example
def test_apache_avro_reads_our_bytes(record: Record) -> None:
    """Apache avro reads every example, to its last byte and with every value."""
    raw = io.BytesIO(encode(record)[5:])
    read = avro.io.DatumReader(_apache_schema(record)).read(avro.io.BinaryDecoder(raw))
    assert _with_text_ids(read) == _values(record)
    assert not raw.read()


@each_example
def test_we_read_the_bytes_of_apache_avro(record: Record) -> None:
    """What Apache avro writes is the record. It wants amounts in the schema's own scale, as decoded ones are."""
    out = io.BytesIO()
    values = _values(decode(encode(record)))
    avro.io.DatumWriter(_apache_schema(record)).write(values, avro.io.BinaryEncoder(out))
    assert decode(encode(record)[:5] + out.getvalue()) == record


@each_example
def test_fastavro_writes_the_same_bytes(record: Record) -> None:
    """Byte for byte, our writer and fastavro's agree, and fastavro reads what both have written."""
    schema = fastavro.parse_schema(subjects()[avro_name(type(record))][-1].schema())
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, record.model_dump())
    assert out.getvalue() == encode(record)[5:]
    assert fastavro.schemaless_reader(io.BytesIO(out.getvalue()), schema, None) == record.model_dump()


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """The address of the registry, served by uvicorn on loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture(scope="module")
def client(registry: str) -> Iterator[SchemaRegistryClient]:
    """Confluent's own client of it."""
    with SchemaRegistryClient({"url": registry}) as client:
        yield client


def _context(record: Record) -> SerializationContext:
    return SerializationContext(topic_of(record).name, MessageField.VALUE)


@each_example
def test_confluent_decodes_our_topics(client: SchemaRegistryClient, record: Record) -> None:
    """AvroDeserializer, told nothing but the registry's address, decodes every record."""
    read = AvroDeserializer(client)(encode(record), _context(record))
    assert type(record).model_validate(read) == record


@each_example
def test_we_decode_what_confluent_writes(client: SchemaRegistryClient, record: Record) -> None:
    """AvroSerializer, told to use the newest version of the record's subject, writes our bytes."""
    version = client.get_latest_version(avro_name(type(record)))
    write = AvroSerializer(
        client,
        version.schema.schema_str,
        conf={
            "auto.register.schemas": False,
            "use.latest.version": True,
            "subject.name.strategy": record_subject_name_strategy,
        },
    )
    assert write(record.model_dump(), _context(record)) == encode(record)


def _from_topics(bootstrap: str, count: int) -> Iterator[Message]:
    """So many messages of the topics with our prefix, as a foreign client reads them."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "interop", "auto.offset.reset": "earliest"}
    consumer = Consumer({**settings, "enable.auto.commit": False, "topic.metadata.refresh.interval.ms": 1000})
    consumer.subscribe([PREFIX + name for name in TOPICS])
    try:
        found = consumer.consume(count, timeout=30)
        assert [message.error() for message in found] == [None] * count
        yield from found
    finally:
        consumer.close()


def test_every_example_comes_back_through_kafka(kafka: str, client: SchemaRegistryClient) -> None:
    """From our publisher through a real broker: our codec, Confluent's deserializer and Apache avro read the record."""
    ensure_topics(Cluster(kafka), {PREFIX + name: 2 for name in TOPICS})
    with Publisher(Cluster(kafka), PREFIX) as publisher:
        for record in EXAMPLES:
            publisher.publish(record)
    left = {(PREFIX + topic_of(record).name, key_of(record).encode(), encode(record)): record for record in EXAMPLES}
    deserialize = AvroDeserializer(client)
    for message in _from_topics(kafka, len(EXAMPLES)):
        record = left.pop((message.topic(), message.key(), message.value()))
        assert decode(message.value()) == record
        read = deserialize(message.value(), SerializationContext(message.topic(), MessageField.VALUE))
        assert type(record).model_validate(read) == record
        apache = avro.io.DatumReader(_apache_schema(record))
        assert _with_text_ids(apache.read(avro.io.BinaryDecoder(io.BytesIO(message.value()[5:])))) == _values(record)
    assert left == {}


def test_the_registry_lists_every_version(client: SchemaRegistryClient) -> None:
    """Subjects, their versions and ids are those of ids.lock."""
    assert client.get_subjects() == sorted(RECORDS)
    for version in versions().values():
        served = client.get_version(version.name, version.number)
        assert (served.schema_id, served.subject, served.version) == (version.id, version.name, version.number)
        assert avro.schema.parse(served.schema.schema_str) == avro.schema.parse(version.text())
        assert version.number in client.get_versions(version.name)


NOT_THERE = {
    "/schemas/ids/7": (40403, "Schema 7 not found"),
    "/schemas/ids/7/versions": (40403, "Schema 7 not found"),
    "/subjects/nobody/versions": (40401, "Subject 'nobody' not found."),
    "/subjects/nobody/versions/latest": (40401, "Subject 'nobody' not found."),
    "/subjects/vigie.limits.LimitDecided/versions/99": (40402, "Version 99 not found."),
    "/subjects/vigie.limits.LimitDecided/versions/x": (40402, "Version x not found."),
}


@pytest.mark.parametrize("path", NOT_THERE)
def test_what_is_not_there_is_said_in_the_convention(registry: str, path: str) -> None:
    """404 with the error code by which clients tell a schema from a subject from a version."""
    answer = httpx.get(registry + path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"
    assert (answer.json()["error_code"], answer.json()["message"]) == NOT_THERE[path]


def test_ids_tell_their_subject_and_version(registry: str) -> None:
    """A console asks which subject an id belongs to, and which kinds of schema there are."""
    version = subjects()["vigie.limits.LimitDecided"][0]
    told = httpx.get(f"{registry}/schemas/ids/{version.id}/versions").json()
    assert told == [{"subject": version.name, "version": version.number}]
    assert httpx.get(f"{registry}/schemas/types").json() == ["AVRO"]


def test_the_registry_changes_nothing(registry: str) -> None:
    """Nobody can register, change or delete a schema through it."""
    for method in ("POST", "PUT", "DELETE"):
        assert httpx.request(method, f"{registry}/subjects/vigie.limits.LimitDecided/versions").status_code == 405
