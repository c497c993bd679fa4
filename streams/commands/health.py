"""`vigie health`: whether what a role leans on answers, for whoever watches it, as a container's healthcheck."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import typer
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from schemas.errors import UnavailableError
from streams.cluster import cluster_of
from streams.embedded.ports import any_answers
from streams.settings import Settings

ANSWER_S = 3


def health() -> None:
    """Ask the broker and the ledger for an answer; say which gives none, and exit with 1 then."""
    ill = list(failures(Settings()))
    for failure in ill:
        typer.echo(failure, err=True)
    raise typer.Exit(1 if ill else 0)


def failures(settings: Settings) -> Iterator[UnavailableError]:
    """What gives no answer within a few seconds, each with the reason; nothing when all is well."""
    for ask in (_ask_kafka, _ask_ledger):
        try:
            ask(settings)
        except UnavailableError as error:
            yield error


def _ask_kafka(settings: Settings) -> None:
    cluster = cluster_of(settings)
    patience = {"request_timeout_ms": ANSWER_S * 1000, "bootstrap_timeout_ms": ANSWER_S * 1000}
    if not any_answers(cluster.servers):
        raise UnavailableError(f"no broker listens at {cluster}: {cluster.remedy()}")
    try:
        with closing(KafkaAdminClient(**cluster.options(), **patience)) as admin:
            admin.list_topics()
    except KafkaError as error:
        raise UnavailableError(f"the broker at {cluster} does not answer ({error}): {cluster.remedy(error)}") from error


def _ask_ledger(settings: Settings) -> None:
    try:
        with psycopg.connect(settings.database_url.get_secret_value(), connect_timeout=ANSWER_S) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        said = str(error).partition("\n")[0]
        raise UnavailableError(f"the ledger does not answer ({said}): start it, or set VIGIE_DATABASE_URL") from error
