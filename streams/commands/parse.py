"""`vigie parse`: what a provider's file would publish, line by line, touching nothing."""

import datetime as dt
import json

import typer

from connectors import bodacc as bodacc_source
from connectors.refusal import Refusal
from schemas.catalog import key_of, topic_of
from schemas.events.court_judgments import JudgmentPublished
from streams.commands.sources import Files, opened, say_refused

app = typer.Typer(no_args_is_help=True, help="Print what files would publish: touches nothing, needs nothing.")


@app.callback()
def _parse() -> None:
    """Print what files would publish: touches nothing, needs nothing."""


@app.command()
def bodacc(files: Files) -> None:
    """Print each event of BODACC files (XML archive or Opendatasoft JSON) as a JSON line, refusals on standard error.

    Exits with 1 where something was refused.
    """
    refused = 0
    for path in files:
        with opened(path) as file:
            for outcome in bodacc_source.parse(file, dt.datetime.now(dt.UTC)):
                if isinstance(outcome, Refusal):
                    refused += 1
                    say_refused(path, outcome)
                else:
                    typer.echo(_line(outcome))
    raise typer.Exit(1 if refused else 0)


def _line(event: JudgmentPublished) -> bytes:
    """The event as JSON, which is UTF-8 whatever the terminal speaks."""
    line = json.dumps(
        {
            "topic": topic_of(type(event)).name,
            "key": key_of(event),
            "type": type(event).__name__,
            "value": event.model_dump(mode="json"),
        },
        ensure_ascii=False,
    )
    return line.encode()
