"""A Kafka cluster as its clients reach it: where it is, as whom they come, and by what they know it again."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kafka.errors import AuthorizationError

from schemas.errors import RefusedError
from streams.embedded.ports import is_loopback, places
from streams.settings import Settings

_SERVERS = re.compile(r"[^\s,/]+:\d{1,5}(,[^\s,/]+:\d{1,5})*", re.ASCII)
"""`host:port`, separated by commas; a listener's name, as `SASL_SSL://`, is none of it."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What every client is told; the same to all of them, and to both libraries."""

    servers: str
    """Bootstrap servers, `host:port` separated by commas."""
    access: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """How they are entered, as options of kafka-python and aiokafka; none where anybody may come, unencrypted."""

    def options(self) -> dict[str, Any]:
        """The options of a client that connects to it."""
        return {"bootstrap_servers": self.servers.split(","), **self.access}

    @property
    def protocol(self) -> str:
        """Kafka's name of it, as `PLAINTEXT`."""
        return str(self.access.get("security_protocol", "PLAINTEXT"))

    def remedy(self, error: Exception | None = None) -> str:
        """What to do where a client got no answer, or this one."""
        if isinstance(error, AuthorizationError):
            return "let us in: `vigie schemas acls` prints the commands"
        if self.access:
            return "start it, or see whether VIGIE_KAFKA_USER, _PASSWORD and _CA_FILE are what it asks for"
        return "start it (`vigie up`), or set VIGIE_KAFKA to the one to use; VIGIE_KAFKA_USER where it asks for a name"

    def __str__(self) -> str:
        """The servers, as messages name the cluster."""
        return self.servers


def cluster_of(settings: Settings, servers: str | None = None) -> Cluster:
    """The cluster that the settings name, or another one's `servers`, entered in the same way.

    Raises:
        RefusedError: ``bad_setting``: the servers are none, or what the way needs is missing or cannot be read;
            ``plaintext_kafka``: a password would leave this machine unencrypted.
    """
    servers = (servers or settings.kafka).replace(" ", "")
    if not _SERVERS.fullmatch(servers):
        expected = "expected brokers (VIGIE_KAFKA, --kafka) as host:port, separated by commas"
        raise RefusedError("bad_setting", f"{expected}, got {servers!r}")
    protocol = settings.kafka_security_protocol or _protocol_that_fits(settings)
    access: dict[str, Any] = {}
    if protocol != "PLAINTEXT":
        access["security_protocol"] = protocol
    if protocol.endswith("SSL"):
        access["ssl_context"] = _context(settings)
    if protocol.startswith("SASL"):
        access |= _login(settings)
    if protocol == "SASL_PLAINTEXT":
        _refuse_plaintext(servers, settings)
    return Cluster(servers, access)


def _protocol_that_fits(settings: Settings) -> str:
    if settings.kafka_user is not None:
        return "SASL_SSL"
    return "SSL" if settings.kafka_ca_file or settings.kafka_cert_file else "PLAINTEXT"


def _login(settings: Settings) -> dict[str, str]:
    if settings.kafka_user is None or settings.kafka_password is None:
        raise RefusedError("bad_setting", "SASL needs a name and a password: set VIGIE_KAFKA_USER and _PASSWORD")
    return {
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_user,
        "sasl_plain_password": settings.kafka_password.get_secret_value(),
    }


def _context(settings: Settings) -> ssl.SSLContext:
    """Whom the machine trusts, or the named authority alone; our own certificate where one is named."""
    try:
        context = ssl.create_default_context(cafile=settings.kafka_ca_file)
        if settings.kafka_cert_file is not None:
            context.load_cert_chain(settings.kafka_cert_file, settings.kafka_key_file)
    except OSError as error:  # of which SSLError is one
        named = "VIGIE_KAFKA_CA_FILE, _CERT_FILE and _KEY_FILE"
        raise RefusedError("bad_setting", f"{named}: expected PEM files that can be read ({error})") from error
    return context


def _refuse_plaintext(servers: str, settings: Settings) -> None:
    away = [f"{host}:{port}" for host, port in places(servers) if not is_loopback(host)]
    if away and settings.kafka_sasl_mechanism == "PLAIN":
        raise RefusedError(
            "plaintext_kafka",
            f"the password would travel unencrypted to {away[0]}; only to a loopback address may it: "
            "set VIGIE_KAFKA_SECURITY_PROTOCOL to SASL_SSL, or VIGIE_KAFKA_SASL_MECHANISM to SCRAM-SHA-512",
        )
