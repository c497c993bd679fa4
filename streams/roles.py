"""The hub's roles as processes on this machine: what `vigie up` and `vigie demo` start."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import RefusedError, UnavailableError
from streams.embedded.ports import answers, free_port
from streams.embedded.stack import EmbeddedStack
from streams.embedded.supervisor import Role
from streams.settings import Settings

PORTAL_ROLE = "vigie_portal"
VIGIE = (sys.executable, "-m", "streams")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment on this machine: where each part is found."""

    settings: Settings
    environment: Mapping[str, str]
    """The same as `VIGIE_…` variables, for the processes and for whoever wants to call `vigie` on it."""


def deployment_of(stack: EmbeddedStack, settings: Settings, maildir: Path) -> Deployment:
    """Put the parts on free loopback ports, and say so to every process in its environment."""
    portal, smtp = free_port(), free_port()
    environment = {
        "VIGIE_HOME": str(settings.home),
        "VIGIE_KAFKA": stack.cluster.servers,
        "VIGIE_KAFKA_SECURITY_PROTOCOL": stack.cluster.protocol,
        "VIGIE_DATABASE_URL": stack.database_url,
        "VIGIE_PORTAL_DATABASE_URL": _portal_database(stack, settings),
        "VIGIE_TOPIC_PREFIX": settings.topic_prefix,
        "VIGIE_SMTP_HOST": "127.0.0.1",
        "VIGIE_SMTP_PORT": str(smtp),
        "VIGIE_PORTAL_PORT": str(portal),
        "VIGIE_PORTAL_URL": f"http://127.0.0.1:{portal}",
        "VIGIE_MAILDIR": str(maildir),
    }
    here = {name.removeprefix("VIGIE_").lower(): value for name, value in environment.items()}
    return Deployment(Settings(**{**settings.model_dump(exclude_unset=True), **here}), environment)


def migrated(deployment: Deployment) -> Deployment:
    """The deployment, with its tables up to date; done by a process of its own, so that this one stays small."""
    environment = {**os.environ, **deployment.environment}
    done = subprocess.run([*VIGIE, "migrate"], env=environment, capture_output=True, check=False)  # noqa: S603 - ourselves
    if done.returncode:
        raise UnavailableError(f"vigie migrate failed: {done.stderr.decode(errors='replace').strip()}")
    return deployment


def _portal_database(stack: EmbeddedStack, settings: Settings) -> str:
    """Where the portal reads under its own role."""
    if stack.server is not None:
        return stack.server.uri_for(PORTAL_ROLE)
    if settings.portal_database_url is None:
        raise RefusedError(
            "no_portal_database", f"expected VIGIE_PORTAL_DATABASE_URL: the same database, for the role {PORTAL_ROLE}"
        )
    return settings.portal_database_url.get_secret_value()


def roles(deployment: Deployment) -> list[Role]:
    """Every role, in the order of their start; the portal is ready when it answers."""
    portal = _answers(deployment.settings.portal_port)
    mail = _answers(deployment.settings.smtp_port)
    return [
        _role("mail", deployment, "catch-mail", ready=mail),
        _role("worker", deployment, "worker"),
        _role("email", deployment, "sink", "email"),
        _role("portal", deployment, "sink", "portal"),
        _role("web", deployment, "portal", ready=portal),
    ]


def _role(name: str, deployment: Deployment, *command: str, ready: Callable[[], bool] | None = None) -> Role:
    return Role(name, [*VIGIE, *command], deployment.environment, ready)


def _answers(port: int) -> Callable[[], bool]:
    return lambda: answers(port)
