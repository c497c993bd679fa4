"""`vigie up`: the whole hub on this machine, without the demo's data."""

import shlex
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from schemas.catalog import TOPICS
from streams.embedded.stack import EmbeddedStack
from streams.embedded.supervisor import Supervisor, until_told_to_stop
from streams.embedded.topics import PARTITIONS
from streams.roles import deployment_of, migrated, roles
from streams.settings import Settings


def up(
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of the topics that are made now.")] = PARTITIONS,
) -> None:
    """Start Kafka, PostgreSQL, a mail catcher, the worker, both sinks and the portal, until Ctrl-C.

    Data is kept under VIGIE_HOME (/var/lib/vigie for root, ~/.local/share/vigie for others), ports are free ones on
    loopback. Other terminals reach it with the variables printed. Where VIGIE_KAFKA or VIGIE_DATABASE_URL is set, what
    it names is used, and none is started.
    """
    settings = Settings()
    console = Console(stderr=True, highlight=False)
    say = partial(console.print, markup=False, soft_wrap=True)
    topics = {settings.topic_prefix + name: partitions for name in TOPICS}
    with until_told_to_stop(), EmbeddedStack(settings, topics) as stack:
        deployment = migrated(deployment_of(stack, settings, settings.home / "mail"))
        with Supervisor(roles(deployment), say) as supervisor:
            for name, value in deployment.environment.items():
                typer.echo(f"export {name}={shlex.quote(value)}")
            typer.echo(f"# portal: {deployment.settings.portal_url}   Ctrl-C stops everything")
            supervisor.watch(meanwhile=lambda: stack.look(say))
    typer.echo("# stopped")
