"""A cluster that lets in who is on its lists alone: hub and provider come as themselves, by each of the ways in."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import certifi
import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from schemas import access
from schemas.base import Record
from schemas.errors import RefusedError
from streams.cluster import cluster_of
from streams.embedded import ports
from streams.embedded.kafka import EmbeddedKafka
from streams.settings import Settings
from tests.builders import BUYER, a_judgment, a_limit, a_recipient, some_recipients, some_terms
from tests.certificates import a_certificate
from tests.deployment import Deployment, wait_for

PASSWORD = "let them in, please"
_OPERATIONS = {
    "Create": AclOperation.CREATE,
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}
_RESOURCES = {"--topic": ResourceType.TOPIC, "--group": ResourceType.GROUP}
_LISTENERS = ("SASL_SSL", "SSL", "SASL_PLAINTEXT")
_KAFKA = "org.apache.kafka.common.security"
_PROPERTIES = {
    "listeners": "PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}",
    "advertised.listeners": "PLAINTEXT://127.0.0.1:${port}",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "false",
    "super.users": "User:ANONYMOUS",  # who comes by the listener that has no lock: this test, and the broker itself
    "listener.name.sasl_ssl.sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "PLAIN",
    "ssl.keystore.type": "PEM",
    "ssl.truststore.type": "PEM",
    "listener.name.ssl.ssl.client.auth": "required",
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{_KAFKA}.scram.ScramLoginModule required;",
    "listener.name.sasl_plaintext.plain.sasl.jaas.config": (
        f'{_KAFKA}.plain.PlainLoginModule required user_hub="{PASSWORD}" user_underwriting="{PASSWORD}";'
    ),
}


@dataclass(frozen=True)
class Guarded:
    """The broker: where it is entered, and the files that TLS needs."""

    open: str
    ports: dict[str, int]
    files: dict[str, Path]
    admin: AdminClient = field(repr=False)

    def let_in(self, commands: list[str]) -> None:
        """Do what the printed commands do."""
        asked = [answer for command in commands for answer in self.admin.create_acls(_bindings(command)).values()]
        for answer in asked:
            answer.result()


@pytest.fixture(scope="module")
def guarded(place_for_module: Path, kafka_jars: Path) -> Iterator[Guarded]:
    """A broker of its own, with a listener for each way in."""
    ways = {name: ports.free_port() for name in _LISTENERS}
    files = {name: a_certificate(place_for_module / f"{name}.pem", name) for name in ("broker", "hub", "underwriting")}
    entered = "".join(f",{name}://127.0.0.1:{port}" for name, port in ways.items())
    trusted = place_for_module / "trusted.pem"
    trusted.write_bytes(b"".join(_certificate_in(file) for file in files.values()))
    properties = {
        **_PROPERTIES,
        "listeners": _PROPERTIES["listeners"] + entered,
        "advertised.listeners": _PROPERTIES["advertised.listeners"] + entered,
        "listener.security.protocol.map": _PROPERTIES["listener.security.protocol.map"]
        + "".join(f",{name}:{name}" for name in ways),
        "ssl.keystore.location": str(files["broker"]),
        "ssl.truststore.location": str(trusted),
    }
    broker = EmbeddedKafka(place_for_module / "guarded", kafka_jars, properties=properties)
    try:
        bootstrap = broker.start()
        admin = AdminClient({"bootstrap.servers": bootstrap})
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        users = [UserScramCredentialUpsertion(name, info, PASSWORD.encode()) for name in ("hub", "underwriting")]
        for answer in admin.alter_user_scram_credentials(users).values():
            answer.result()
        yield Guarded(bootstrap, ways, files, admin)
    finally:
        broker.stop()


def by_scram(guarded: Guarded, user: str) -> dict[str, object]:
    return {"kafka": _at(guarded, "SASL_SSL"), "kafka_ca_file": guarded.files["broker"]} | _login(user)


def by_certificate(guarded: Guarded, user: str) -> dict[str, object]:
    files = {"kafka_ca_file": guarded.files["broker"], "kafka_cert_file": guarded.files[user]}
    return {"kafka": _at(guarded, "SSL"), **files}


def test_all_of_the_hub_works_with_the_lists_that_are_printed(guarded: Guarded, postgres: str, place: Path) -> None:
    """Topics made, events published by who may, a notice sent, shown and answered for: each client comes as itself."""
    prefix = "scram-"
    hub = Deployment(guarded.open, postgres, place, prefix, **by_scram(guarded, "hub"))
    provider = Deployment(guarded.open, postgres, place, f"{prefix}p", **by_scram(guarded, "underwriting"))
    provider.environment["VIGIE_TOPIC_PREFIX"] = prefix
    guarded.let_in(access.hub("hub", f"{prefix}hub", guarded.open, prefix))
    guarded.let_in(access.provider("underwriting", ["limits"], guarded.open, prefix))
    with hub, provider:
        hub.vigie("migrate", "--partitions", "1")
        hub.vigie("health")
        hub.start_worker()
        portal = hub.start("sink", "portal")
        published(hub, place, some_terms("P-1"), some_recipients(a_recipient(), policy_id="P-1"), a_judgment())
        published(provider, place, a_limit("P-1", BUYER))
        kept = "SELECT DISTINCT policy_id FROM ledger.promise WHERE kept_at IS NOT NULL"
        told = wait_for(lambda: hub.rows(kept), lambda: f"the portal's answer\n{portal.said}\n{hub.workers[0].said}")
        assert told == [("P-1",)]
        with pytest.raises(AssertionError, match=rf"AuthorizationFailed.*{prefix}policies.*`vigie schemas acls`"):
            published(provider, place, some_terms("P-2"))


def test_a_certificate_is_a_name_too(guarded: Guarded, postgres: str, place: Path) -> None:
    """Mutual TLS: the principal is the certificate's subject, and a worker reads what was published by it."""
    hub = Deployment(guarded.open, postgres, place, "tls-", **by_certificate(guarded, "hub"))
    guarded.let_in(access.hub("CN=hub", "tls-hub", guarded.open, "tls-"))
    with hub:
        hub.vigie("migrate", "--partitions", "1")
        worker = hub.start_worker()
        published(hub, place, some_terms("P-1"))
        wait_for(lambda: hub.count("policy"), lambda: f"the policy\n{worker.said}")


def test_a_password_stays_on_this_machine_or_travels_encrypted(guarded: Guarded, postgres: str, place: Path) -> None:
    """`PLAIN` without TLS is for loopback alone: nothing is sent to another host."""
    way = {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_sasl_mechanism": "PLAIN"} | _login("hub")
    here = Deployment(guarded.open, postgres, place, "here-", kafka=_at(guarded, "SASL_PLAINTEXT"), **way)
    guarded.let_in(access.hub("hub", "here-hub", guarded.open, "here-"))
    here.vigie("migrate", "--partitions", "1")
    with pytest.raises(RefusedError, match=r"plaintext_kafka: .* unencrypted to kafka\.example\.com:9092"):
        cluster_of(Settings(kafka="127.0.0.1:9092,kafka.example.com:9092", **way))


@pytest.mark.parametrize(
    ("set_to", "protocol"),
    [
        ({}, "PLAINTEXT"),
        ({"kafka_user": "hub", "kafka_password": "x"}, "SASL_SSL"),
        ({"kafka_ca_file": certifi.where()}, "SSL"),
        ({"kafka_user": "hub", "kafka_password": "x", "kafka_security_protocol": "SASL_PLAINTEXT"}, "SASL_PLAINTEXT"),
    ],
)
def test_the_protocol_follows_from_what_is_set(set_to: dict[str, Any], protocol: str) -> None:
    """Whoever has a password sends it encrypted without having to ask for it; no repr shows it."""
    cluster = cluster_of(Settings(kafka="kafka.example.com:9092", **set_to))
    assert cluster.protocol == protocol
    assert "password" not in repr(cluster)


@pytest.mark.parametrize(
    ("set_to", "said"),
    [
        ({"kafka_user": "hub"}, "VIGIE_KAFKA_USER and _PASSWORD"),
        ({"kafka_security_protocol": "SASL_SSL"}, "VIGIE_KAFKA_USER and _PASSWORD"),
        ({"kafka_ca_file": "/nowhere.pem"}, "VIGIE_KAFKA_CA_FILE"),
        ({"kafka_cert_file": __file__}, "_CERT_FILE"),
    ],
)
def test_what_is_missing_is_named(set_to: dict[str, Any], said: str) -> None:
    """Before anything is connected to."""
    with pytest.raises(RefusedError, match=f"bad_setting: .*{said}"):
        cluster_of(Settings(**set_to))


def test_a_wrong_password_is_said(guarded: Guarded) -> None:
    """In a line, and without the password."""
    environment = {f"VIGIE_{name.upper()}": str(value) for name, value in by_scram(guarded, "hub").items()}
    environment["VIGIE_KAFKA_PASSWORD"] = "not this one"
    argv = [sys.executable, "-m", "streams", "health"]
    done = subprocess.run(argv, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert "VIGIE_KAFKA_USER, _PASSWORD" in done.stderr
    assert "not this one" not in done.stderr


def published(deployment: Deployment, place: Path, *records: Record) -> None:
    """By `vigie publish`, topic by topic."""
    for record in records:
        topic = {"PolicyTermsSet": "policies", "RecipientsSet": "policies"}.get(type(record).__name__)
        topic = topic or {"JudgmentPublished": "court-judgments"}.get(type(record).__name__, "limits")
        line = {"type": type(record).__name__, "value": json.loads(record.model_dump_json())}
        (place / "events.jsonl").write_text(json.dumps(line) + "\n")
        deployment.vigie("publish", topic, str(place / "events.jsonl"))


def _at(guarded: Guarded, listener: str) -> str:
    return f"127.0.0.1:{guarded.ports[listener]}"


def _login(user: str) -> dict[str, object]:
    return {"kafka_user": user, "kafka_password": PASSWORD}


def _certificate_in(file: Path) -> bytes:
    begins = b"-----BEGIN CERTIFICATE-----"
    return begins + file.read_bytes().partition(begins)[2]


def _bindings(command: str) -> list[AclBinding]:
    """The entries that a `kafka-acls.sh` command adds."""
    words = shlex.split(command)
    said = dict(pairwise(words))
    pattern = ResourcePatternType.PREFIXED if "prefixed" in words else ResourcePatternType.LITERAL
    operations = [_OPERATIONS[after] for word, after in pairwise(words) if word == "--operation"]
    return [
        AclBinding(kind, said[word], pattern, said["--allow-principal"], "*", operation, AclPermissionType.ALLOW)
        for word, kind in _RESOURCES.items()
        if word in said
        for operation in operations
    ]
