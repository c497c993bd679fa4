"""docker-compose.yml, read as compose reads it: there is no engine here to run it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.settings import Settings

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docker-compose.yml"
SECRETS = ("POSTGRES_PASSWORD", "PORTAL_PASSWORD")
ENDS_BY_ITSELF = {"certificate", "migrate"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services, anchors and merge keys resolved."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]


def _of_the_hub(services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those that run a vigie command."""
    ours = {name: service for name, service in services.items() if service["image"] == "vigie:local"}
    return {name: service for name, service in ours.items() if "entrypoint" not in service}


def test_every_part_of_the_stack_is_a_service_of_a_fixed_version(services: dict[str, dict[str, Any]]) -> None:
    """Broker, database and mail catcher are those that Vigie is built for, and every role of the hub is there."""
    assert services["kafka"]["image"] == "apache/kafka:4.3.1"
    assert services["postgres"]["image"] == "postgres:18"
    assert re.fullmatch(r"axllent/mailpit:v\d+\.\d+", services["mailpit"]["image"])
    assert {tuple(role["command"]) for role in _of_the_hub(services).values()} == {
        ("migrate",),
        ("worker",),
        ("sink", "email"),
        ("sink", "portal"),
        ("portal",),
    }


def test_ports_are_published_on_loopback_only(services: dict[str, dict[str, Any]]) -> None:
    """No service can be reached from another machine, and none shares the host's network."""
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []
    assert {service.get("network_mode") for service in services.values()} <= {None, "none"}


def test_whatever_stays_up_is_watched(services: dict[str, dict[str, Any]]) -> None:
    """Each service that stays up is restarted when it ends and says whether it is well."""
    for name, service in services.items():
        if name not in ENDS_BY_ITSELF:
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"][0] == "CMD", name


def test_roles_wait_for_what_they_need(services: dict[str, dict[str, Any]]) -> None:
    """A role starts once broker and database are well and the migrations have ended well."""
    for name, role in _of_the_hub(services).items():
        waits = {needed: how["condition"] for needed, how in role["depends_on"].items()}
        assert waits["kafka"] == waits["postgres"] == "service_healthy", name
        if name not in ENDS_BY_ITSELF:
            assert waits["migrate"] == "service_completed_successfully", name


def test_no_secret_has_a_value_or_a_default() -> None:
    """Each secret is asked for by name, with no value in any file, and the example leaves it empty."""
    text = FILE.read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{([^}]*)\}", text))
    assert used == {f"{secret}:?see .env.example" for secret in SECRETS}
    without = re.sub(r"\$\{[^}]*\}", "", text)
    assert re.findall(r"(?i)(?:password|secret|token)[ \t]*[:='][ \t]*[^\s'].*|://\w+:[^@\s]+@", without) == []
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE) == [(secret, "") for secret in SECRETS]


def test_only_the_portal_is_held_by_row_level_security(services: dict[str, dict[str, Any]]) -> None:
    """The web process of the portal does not have the password that would let it read past its role."""
    given = {name: role["environment"].keys() for name, role in _of_the_hub(services).items()}
    assert {name for name, names in given.items() if "VIGIE_DATABASE_URL" not in names} == {"portal"}
    assert {name for name, names in given.items() if "VIGIE_PORTAL_DATABASE_URL" in names} == {"portal"}


def test_mail_is_encrypted_on_its_way(services: dict[str, dict[str, Any]]) -> None:
    """Whoever mails does so over TLS, to a server whose certificate it knows, as the e-mail sink demands."""
    for name in ("email-sink", "portal-sink"):
        sender = services[name]
        assert sender["environment"]["VIGIE_SMTP_TLS"] == "starttls", name
        assert sender["environment"]["SSL_CERT_FILE"] == services["mailpit"]["environment"]["MP_SMTP_TLS_CERT"], name
        assert "certificate:/certificate:ro" in sender["volumes"], name


def test_every_setting_named_is_one(services: dict[str, dict[str, Any]]) -> None:
    """Each VIGIE_ variable is a field of Settings: a misspelt one would be ignored without a word."""
    named = {name for role in _of_the_hub(services).values() for name in role["environment"]}
    assert {name for name in named if name.startswith("VIGIE_")} <= {
        f"VIGIE_{f.upper()}" for f in Settings.model_fields
    }


def test_every_command_named_exists(services: dict[str, dict[str, Any]]) -> None:
    """Each command of a role or of its healthcheck is one that vigie knows."""
    roles = _of_the_hub(services).values()
    checks = [role["healthcheck"]["test"][1:] for role in roles if "test" in role["healthcheck"]]
    ours = {
        tuple(words) for words in [*(["vigie", *role["command"]] for role in roles), *checks] if words[0] == "vigie"
    }
    for _, *command in ours:
        asked = [sys.executable, "-c", "from streams.cli import main; main()", *command, "--help"]
        said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr


def _compose() -> list[str] | None:
    """The client that can read a compose file here, if any."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return [docker, "compose"]
    return None


def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    """Docker's own reader takes the file when the secrets are given, and refuses it, naming one, when they are not."""
    compose = _compose()
    if compose is None:
        pytest.skip("no docker compose on this machine")
    secrets = tmp_path / "env"
    asked = [*compose, "--file", str(FILE), "--env-file", str(secrets), "config", "--quiet"]
    secrets.write_text("".join(f"{secret}=made-for-this-test\n" for secret in SECRETS), encoding="utf-8")
    assert subprocess.run(asked, capture_output=True, check=False).returncode == 0
    secrets.write_text("", encoding="utf-8")
    refused = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "PASSWORD" in refused.stderr
