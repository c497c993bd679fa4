"""Settings: whatever a variable is set to, one line says what is wrong with it, and nothing of a secret."""

from pathlib import Path

import pytest

from connectors.bodacc_fetch import BodaccSettings
from schemas.errors import RefusedError
from streams.cluster import cluster_of
from streams.settings import FromEnvironment, Settings


@pytest.mark.parametrize(
    ("settings", "variable", "value", "said"),
    [
        (Settings, "VIGIE_PORTAL_PORT", "", "VIGIE_PORTAL_PORT: Input should be a valid integer"),
        (Settings, "VIGIE_PORTAL_PORT", "eighty", "VIGIE_PORTAL_PORT: Input should be a valid integer"),
        (Settings, "VIGIE_SMTP_TLS", "secret", "VIGIE_SMTP_TLS: String should match pattern"),
        (Settings, "VIGIE_TIME_ZONE", "Mars/Olympus", "VIGIE_TIME_ZONE: expected a zone of the tz database"),
        (Settings, "VIGIE_TIME_ZONE", "../../etc/passwd", "VIGIE_TIME_ZONE: expected a zone of the tz database"),
        (
            Settings,
            "VIGIE_SOURCES",
            "secret",
            "VIGIE_SOURCES: expected JSON. Input topics that each source may write",
        ),
        (Settings, "VIGIE_SOURCES", '{"bodacc": "limits"}', "VIGIE_SOURCES.bodacc: Input should be a valid list"),
        (Settings, "VIGIE_SMTP_PORT", "99999", "VIGIE_SMTP_PORT: Input should be less than or equal to 65535"),
        (Settings, "VIGIE_DATABASE_URL", "mysql://secret@db/vigie", "VIGIE_DATABASE_URL: expected an address as"),
        (Settings, "VIGIE_PORTAL_DATABASE_URL", "secret", "VIGIE_PORTAL_DATABASE_URL: expected an address as"),
        (Settings, "VIGIE_MAIL_FROM", "Vigie", "VIGIE_MAIL_FROM: expected a sender as Vigie <notices@example.com>"),
        (Settings, "VIGIE_PORTAL_URL", "portail.example", "VIGIE_PORTAL_URL: String should match pattern"),
        (
            Settings,
            "VIGIE_REGISTRY_URL",
            "https://secret@registry",
            "VIGIE_REGISTRY_URL: String should match pattern",
        ),
        (Settings, "VIGIE_REGISTRY_URL", "secret", "VIGIE_REGISTRY_URL: String should match pattern"),
        (Settings, "VIGIE_HOME", "", "VIGIE_HOME: expected a directory"),
        (Settings, "VIGIE_GROUP", "", "VIGIE_GROUP: String should have at least 1 character"),
        (BodaccSettings, "VIGIE_BODACC_URL", "ftp://secret", "VIGIE_BODACC_URL: String should match pattern"),
    ],
)
def test_a_variable_that_is_set_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: type[FromEnvironment], variable: str, value: str, said: str
) -> None:
    """Which one, and what was expected; what it is set to is not repeated."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(RefusedError) as caught:
        settings()
    assert said in caught.value.detail
    assert not any(hidden in caught.value.detail for hidden in ("secret", "eighty", "Mars", "passwd"))


def test_a_home_is_said_in_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that it is the same for whoever stands elsewhere."""
    monkeypatch.chdir(tmp_path)
    assert Settings(home="hub").home == tmp_path / "hub"


@pytest.mark.parametrize("servers", ["kafka", "", "kafka:", "kafka:9092,", "SSL://kafka:9092"])
def test_brokers_without_a_port_are_named(servers: str) -> None:
    """What is no list of brokers is refused before any client is made, which would say less or nothing."""
    with pytest.raises(RefusedError, match="VIGIE_KAFKA, --kafka") as caught:
        cluster_of(Settings(kafka=servers))
    assert caught.value.detail.endswith(f"got {servers!r}")


@pytest.mark.parametrize("servers", ["kafka:9092", "10.0.0.1:9092,10.0.0.2:9092", "[::1]:9092"])
def test_brokers_are_taken_as_they_are(servers: str) -> None:
    """A name, addresses of both versions, several."""
    assert cluster_of(Settings(kafka=servers)).servers == servers
