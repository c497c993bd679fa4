"""Statements that travel together: one round trip, each with a snapshot of its own."""

from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection

from streams.ledger.queries import SQL


@dataclass(slots=True)
class Answer:
    """The rows of one statement, once the round trip is over."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)


class RoundTrip:
    """The statements, in the order in which they are asked."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._asked: list[tuple[str, Any, Answer]] = []

    def ask(self, name: str, parameters: Any, *, when: bool = True) -> Answer:
        """Add a statement; `when` false: it is left out and answers no row."""
        answer = Answer()
        if when:
            self._asked.append((SQL[name], parameters, answer))
        return answer

    async def run(self) -> None:
        """Send them all, and fill in the answers."""
        cursors = []
        async with self._connection.pipeline():
            for statement, parameters, answer in self._asked:
                cursor = self._connection.cursor(binary=True)
                await cursor.execute(statement, parameters)
                cursors.append((cursor, answer))
        for cursor, answer in cursors:
            answer.rows = await cursor.fetchall()
