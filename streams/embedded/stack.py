"""Kafka and PostgreSQL together, under one home."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster, cluster_of
from streams.embedded.claim import Claim
from streams.embedded.jars import Progress, fetch, locked_jars
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.postgres import SUPERUSER, EmbeddedPostgres
from streams.embedded.topics import ensure_topics, wait_for_groups
from streams.settings import Settings


class EmbeddedStack:
    """Both servers for as long as its ``with`` block, their data in ``settings.home``.

    A server that the settings name (VIGIE_KAFKA, VIGIE_DATABASE_URL) is used as it is; nothing is started in its place.
    """

    def __init__(
        self,
        settings: Settings,
        partitions: Mapping[str, int],
        progress: Progress | None = None,
        jars: Path | None = None,
    ) -> None:
        """Take the settings, the topics with their partitions, and who is told about jars being fetched.

        ``jars`` is their directory where it is shared with others; otherwise they are kept in the home.
        """
        self._settings = settings
        self._partitions = partitions
        self._progress = progress
        self._jars = jars or settings.home / "jars"
        named = settings.model_fields_set
        home = settings.home
        self.broker = None if "kafka" in named else EmbeddedKafka(home / "kafka", self._jars, java=settings.java)
        self.server = None if "database_url" in named else EmbeddedPostgres(home / "postgres")
        self._open = ExitStack()

    @property
    def cluster(self) -> Cluster:
        """Where the topics are."""
        return Cluster(self.broker.bootstrap) if self.broker else cluster_of(self._settings)

    @property
    def database_url(self) -> str:
        """The URI of the database; an embedded one's is for its superuser, ``server.uri_for`` has other roles."""
        return self.server.uri_for(SUPERUSER) if self.server else self._settings.database_url.get_secret_value()

    def look(self, say: Callable[[str], None]) -> None:
        """Start a server again that has ended by itself, and say so; its clients wait for it.

        Raises:
            UnavailableError: it does not start again.
        """
        servers = {"Kafka": self.broker, "PostgreSQL": self.server}
        for name, server in servers.items():
            if server is not None and server.pid is None:
                say(f"{name} has ended, and is started again")
                server.start()

    def __enter__(self) -> Self:
        """Fetch the jars that are not there yet, start both servers at the same time, and make the topics.

        Raises:
            RefusedError: the home is used by another vigie or unusable, a jar was altered, a topic's settings differ.
            UnavailableError: Maven Central cannot be reached, or a server does not start.
        """
        with ExitStack() as started:
            self._start(started)
            self._open = started.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop both cleanly."""
        self._open.close()

    def _start(self, started: ExitStack) -> None:
        if self.broker or self.server:
            _refuse_separators(self._settings.home.absolute())
        started.callback(Claim(self._settings.home).release)
        if self.broker:
            fetch(self._jars, locked_jars(), self._settings.maven_url, self._progress)
            started.callback(self.broker.stop)
            self.broker.launch()
        if self.server:  # while the broker gets ready
            started.callback(self.server.stop)
            self.server.start()
        if self.broker:
            self.broker.wait_ready()
        try:
            ensure_topics(self.cluster, self._partitions)
        except UnavailableError as error:
            if self.broker:
                raise
            way_out = "or unset VIGIE_KAFKA and VIGIE_DATABASE_URL: servers of its own are started then"
            raise UnavailableError(f"{error}; {way_out}") from error
        if self.broker:
            wait_for_groups(self.cluster)


def _refuse_separators(home: Path) -> None:
    # A comma ends a path in both servers' settings, a colon in Java's class path; neither can be escaped there.
    for character in ",:":
        if character in str(home):
            raise RefusedError(
                "directory_unusable",
                f"{home} has a {character!r} in it, which Kafka or PostgreSQL would take for the end of a path: "
                "set VIGIE_HOME to a path without",
            )
