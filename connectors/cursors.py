"""How far each public feed has been fetched, in the database: moved only once all before it is on its topic."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from psycopg.types.json import Jsonb

from connectors.overlap import Ends
from schemas.errors import UnavailableError
from streams.ledger.queries import load

SQL = load("connectors", "cursors.sql")


class Cursor:
    """Where one feed stands, for as long as nobody else fetches it."""

    def __init__(self, connection: psycopg.Connection, feed: str) -> None:
        self._connection = connection
        self._feed = feed

    def read(self) -> str | None:
        """Where the last fetch ended, None where there was none."""
        row = self._connection.execute(SQL["read_cursor"], [self._feed]).fetchone()
        return None if row is None else str(row[0])

    def move(self, cursor: str) -> None:
        """Remember that everything before this is on its topic."""
        self._connection.execute(SQL["move_cursor"], [self._feed, cursor])

    def begun(self) -> Ends:
        """Where the topics ended before anything that the feed may give again was published there, if anything was."""
        row = self._connection.execute(SQL["read_begun"], [self._feed]).fetchone()
        return {} if row is None else row[0]

    def begin(self, ends: Ends) -> None:
        """Remember where the topics end before a piece is published; what was begun before and not ended stays."""
        self._connection.execute(SQL["begin"], [self._feed, Jsonb(ends)])

    def end(self) -> None:
        """Remember that the feed gives nothing again of what was begun."""
        self._connection.execute(SQL["end"], [self._feed])


@contextmanager
def claimed(database_url: str, feed: str) -> Iterator[Cursor]:
    """The feed's cursor, ours alone within the block.

    Raises:
        UnavailableError: another process fetches this feed, or the database was not made.
        psycopg.OperationalError: the database is away.
    """
    try:
        # Closed, not committed: Ctrl-C may have come in the middle of a statement.
        with closing(psycopg.connect(database_url, autocommit=True, application_name="vigie fetch")) as connection:
            if connection.execute(SQL["claim"], [feed]).fetchone() != (True,):
                raise UnavailableError(f"another process is fetching {feed}: it goes on, this one ends")
            yield Cursor(connection, feed)
    except psycopg.errors.UndefinedTable as error:
        raise UnavailableError("the database has no table of cursors yet: make it with `vigie migrate`") from error
