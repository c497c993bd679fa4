"""`vigie`: the map of the product. Each command is in a module of `streams.commands`."""

import gc
import io
import signal
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pkgutil import resolve_name
from typing import Annotated

import psycopg
import typer

from schemas.errors import RefusedError, UnavailableError
from streams import garbage
from streams.ledger.errors import StoppedError, remedy

COMMANDS = {
    "Try it": {
        "demo": "demo:demo",
        "up": "up:up",
    },
    "Run": {
        "worker": "worker:worker",
        "sink": "worker:sink",
        "portal": "portal:portal",
        "intake": "intake:intake",
        "catch-mail": "mail:catch_mail",
        "migrate": "migrate:migrate",
        "health": "health:health",
    },
    "Look and act": {
        "reviews": "operate:reviews",
        "refusals": "operate:refusals",
        "holds": "operate:holds",
        "resume": "operate:resume",
        "positions": "operate:positions_app",
        "events": "feedback:events_app",
        "scorecard": "feedback:scorecard",
    },
    "Publish": {
        "parse": "parse:app",
        "publish": "publish:app",
        "fetch": "fetch:app",
        "watch": "watch:watch",
        "validate": "validate:validate",
        "keys": "keys:app",
    },
    "Contract": {
        "schemas": "schemas:app",
    },
}
"""By panel of the help: each command, and where it is below `streams.commands`."""


def build(names: Iterable[str] | None = None) -> typer.Typer:
    """The command line with these commands, or with all: a process loads what its own command needs, and no more."""
    wanted = None if names is None else set(names)
    app = typer.Typer(
        name="vigie",
        help="Every event becomes exactly the notices that are owed, once, on time, explained.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)  # it also makes that a single command stays a command of its own name
    for panel, commands in COMMANDS.items():
        for name, where in commands.items():
            if wanted is None or name in wanted:
                _add(app, panel, name, resolve_name(f"streams.commands.{where}"))
    return app


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"vigie {version('vigie')}")
        raise typer.Exit


_Version = Annotated[
    bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
]


def _options(*, _version: _Version = False) -> None:
    # All is loaded (see __main__.py).
    if not gc.isenabled():
        garbage.collect_seldom()
    # From here on Ctrl-C is an exception, which a command may clean up after.
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _add(app: typer.Typer, panel: str, name: str, command: object) -> None:
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name, rich_help_panel=panel)
    else:
        app.command(name, rich_help_panel=panel)(command)  # type: ignore[type-var]


EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_STOPPED, EXIT_INPUT_OUTPUT = 65, 69, 70, 74
"""sysexits' EX_DATAERR, EX_UNAVAILABLE, EX_SOFTWARE and EX_IOERR: the input is wrong, something is away, we stopped
ourselves, a file cannot be read or written."""


def main() -> None:
    """Entry point of the `vigie` command: errors of the two families end it with their message and an exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as standard error does: printing a name never fails
    known = {name for commands in COMMANDS.values() for name in commands}
    asked = known.intersection(sys.argv[1:2])
    try:
        build(asked or None)()
    except RefusedError as error:
        sys.exit(_say(error.detail, EXIT_REFUSED))
    except UnavailableError as error:
        sys.exit(_say(str(error), EXIT_UNAVAILABLE))
    except psycopg.Error as error:
        if (said := remedy(error)) is None:
            raise
        sys.exit(_say(said, EXIT_UNAVAILABLE))
    except StoppedError as error:
        sys.exit(_say(str(error), EXIT_STOPPED))
    except OSError as error:  # of a disk or a directory: what is away in a network is one of the families by now
        where = f" {error.filename}" if error.filename else ""
        sys.exit(_say(f"cannot read or write{where}: {error.strerror or error}", EXIT_INPUT_OUTPUT))


def _say(message: str, code: int) -> int:
    typer.echo(f"vigie: {message}", err=True)
    return code
