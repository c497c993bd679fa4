"""`vigie`: the map of the product. Each command is a module of `streams.commands`."""

import sys

import typer

from schemas.errors import RefusedError, UnavailableError
from streams.commands import demo, health, migrate, operate, parse, portal, publish, up, worker
from streams.ledger.errors import LogChangedError

app = typer.Typer(
    name="vigie",
    help="Every event becomes exactly the notices that are owed, once, on time, explained.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(rich_help_panel="Try it")(demo.demo)
app.command(rich_help_panel="Try it")(up.up)
app.command(rich_help_panel="Run")(worker.worker)
app.command(rich_help_panel="Run")(worker.sink)
app.command(rich_help_panel="Run")(portal.portal)
app.command(rich_help_panel="Run", hidden=True)(portal.catch_mail)
app.command(rich_help_panel="Run")(migrate.migrate)
app.command(rich_help_panel="Run")(health.health)
app.command(rich_help_panel="Look and act")(operate.reviews)
app.command(rich_help_panel="Look and act")(operate.refusals)
app.command(rich_help_panel="Look and act")(operate.holds)
app.command(rich_help_panel="Look and act")(operate.resume)
app.add_typer(operate.positions_app, name="positions", rich_help_panel="Look and act")
app.add_typer(parse.app, name="parse", rich_help_panel="Publish")
app.add_typer(publish.app, name="publish", rich_help_panel="Publish")


EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_STOPPED = 65, 69, 70
"""sysexits' EX_DATAERR, EX_UNAVAILABLE and EX_SOFTWARE: the input is wrong, something is away, we stopped ourselves."""


def main() -> None:
    """Entry point of the `vigie` command: errors of the two families end it with their message and an exit code."""
    try:
        app()
    except RefusedError as error:
        sys.exit(_say(error.detail, EXIT_REFUSED))
    except UnavailableError as error:
        sys.exit(_say(str(error), EXIT_UNAVAILABLE))
    except LogChangedError as error:
        sys.exit(_say(str(error), EXIT_STOPPED))


def _say(message: str, code: int) -> int:
    typer.echo(f"vigie: {message}", err=True)
    return code
