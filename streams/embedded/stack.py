"""Kafka and PostgreSQL together, under one home."""

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from streams.embedded.claim import Claim
from streams.embedded.jars import Progress, fetch, locked_jars
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.postgres import SUPERUSER, EmbeddedPostgres
from streams.embedded.topics import ensure_topics
from streams.settings import Settings


class EmbeddedStack:
    """Both servers for as long as its ``with`` block, their data in ``settings.home``."""

    def __init__(self, settings: Settings, partitions: Mapping[str, int], progress: Progress | None = None) -> None:
        """Take the settings, the topics with their partitions, and who is told about jars being fetched."""
        self._settings = settings
        self._partitions = partitions
        self._progress = progress
        self._jars = settings.home / "jars"
        self.broker = EmbeddedKafka(settings.home / "kafka", self._jars, java=settings.java)
        self.server = EmbeddedPostgres(settings.home / "postgres")
        self._open = ExitStack()

    @property
    def kafka(self) -> str:
        """The broker's ``host:port``."""
        return self.broker.bootstrap

    @property
    def database_url(self) -> str:
        """The URI of the database, for its superuser; ``server.uri_for`` has those of other roles."""
        return self.server.uri_for(SUPERUSER)

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
        started.callback(Claim(self._settings.home).release)
        fetch(self._jars, locked_jars(), self._settings.maven_url, self._progress)
        started.callback(self.broker.stop)
        self.broker.launch()
        started.callback(self.server.stop)
        self.server.start()  # while the broker gets ready
        self.broker.wait_ready()
        ensure_topics(self.kafka, self._partitions)
