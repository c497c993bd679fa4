"""`vigie schemas`: the contract, to be read, registered elsewhere, and guarded."""

import json
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from schemas import access
from schemas.asyncapi import document
from schemas.catalog import RECORDS
from schemas.describe import RecordSaid, by_name, said, topics_said
from schemas.errors import RefusedError
from schemas.versions import versions
from sinks.portal.contract import page
from streams.commands import showing
from streams.commands.options import Topics
from streams.registry import Registry
from streams.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The contract: what travels on the topics, and who may write it.")

Bootstrap = Annotated[str | None, typer.Option("--kafka", help="Brokers, `host:port`.", show_default="VIGIE_KAFKA")]


@app.command("list")
def list_records(*, as_json: showing.AsJson = False) -> None:
    """List every version of every record: its id, whether it is released, and the topics on which it travels."""
    rows = (
        (each.id, each.name, each.number, "released" if each.released else "draft", topics_said(RECORDS[each.name]))
        for each in versions().values()
    )
    showing.show("No record is known.", ("id", "record", "version", "state", "topics"), rows, as_json=as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A record or a part of one, as `LimitDecided`.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the Avro schema.")] = False,
) -> None:
    """Show the fields of a record, with what each means; `--json`: its Avro schema."""
    try:
        record = by_name(name)
    except LookupError as error:
        raise RefusedError("no_record", str(error)) from None
    told = said(record)
    if not as_json:
        _show(told, topics_said(record))
    elif told.version is None:
        raise RefusedError("no_schema", f"{told.name} travels only inside other records: it has no schema of its own")
    else:
        typer.echo(told.version.text(), nl=False)


def _show(told: RecordSaid, topics: str) -> None:
    typer.echo(f"{told.name}: {told.doc}\n")
    if told.version is not None:
        typer.echo(f"On {topics}. Schema {told.version.id}, version {told.version.number}.\n")
    table = Table("field", "type", "default", "what it is", box=None, header_style="bold")
    for field in told.fields:
        doc = f"{field.doc} (personal)" if field.personal else field.doc
        table.add_row(field.name, field.type, field.default or "", doc)
    Console(highlight=False, markup=False).print(table)


@app.command()
def docs(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write; it is made where it is missing.")
    ] = Path("contract"),
) -> None:
    """Write the contract: `asyncapi.json` (AsyncAPI 3.0.0) and `index.html`, a page that needs nothing else.

    The portal serves both under `/docs`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    contract = json.dumps(document(version_of("vigie")), indent=2, ensure_ascii=False)
    (directory / "asyncapi.json").write_text(contract + "\n", encoding="utf-8")
    (directory / "index.html").write_text(page(alone=True), encoding="utf-8")
    typer.echo(f"{directory / 'asyncapi.json'}\n{directory / 'index.html'}")


@app.command()
def push(
    url: Annotated[
        str | None,
        typer.Argument(metavar="URL", help="A registry of Confluent's convention.", show_default="VIGIE_REGISTRY_URL"),
    ] = None,
) -> None:
    """Register every schema in the site's own registry under our ids, or refuse and say why.

    The user is VIGIE_REGISTRY_USER, with VIGIE_REGISTRY_PASSWORD. Doing it again changes nothing.
    """
    settings = Settings() if url is None else Settings(registry_url=url)
    place = settings.registry_url
    if place is None:
        raise RefusedError("no_registry", "expected the registry's URL, or VIGIE_REGISTRY_URL, got neither")
    password = settings.registry_password.get_secret_value() if settings.registry_password else None
    known = tuple(versions().values())
    new = Registry(place, settings.registry_user, password).push(known)
    drafts = sum(not each.released for each in known)
    typer.echo(f"{len(new)} registered, {len(known) - len(new)} were there")
    if drafts:
        typer.echo(f"{drafts} are drafts: they may change under the same id until they are released", err=True)


@app.command()
def acls(
    provider: Annotated[str | None, typer.Option(help="Principal that writes the topics.")] = None,
    consumer: Annotated[str | None, typer.Option(help="Principal that reads the topics.")] = None,
    topics: Topics = [],  # noqa: B006  # typer's way to say that it may be left out
    group: Annotated[str | None, typer.Option(help="The consumer's group.", show_default="its principal")] = None,
    hub: Annotated[str | None, typer.Option(help="Principal of the hub itself.")] = None,
    kafka: Bootstrap = None,
) -> None:
    """Print the `kafka-acls.sh` commands that let a provider, a consumer or the hub do what it must, and no more."""
    if sum(each is not None for each in (provider, consumer, hub)) != 1:
        raise RefusedError("nobody", "expected one of --provider NAME, --consumer NAME and --hub NAME")
    settings = Settings()
    place = (kafka or settings.kafka, settings.topic_prefix)
    if provider is not None:
        lines = access.provider(provider, topics, *place)
    elif consumer is not None:
        lines = access.consumer(consumer, topics or ["notices"], group or consumer, *place)
    else:
        lines = access.hub(str(hub), settings.group, *place)
    typer.echo("\n".join(lines))
