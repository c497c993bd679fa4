"""The e-mail sink: what `notices` brings is stored with the position, then sent, and its fate told on `deliveries`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from sinks.deliveries import TABLES, Connect, Connection, DeliveryPublisher
from sinks.email import store
from sinks.email.sender import EmailSender
from streams.ledger.connection import migrate
from streams.settings import Settings

if TYPE_CHECKING:
    from sinks.consumer import Notice


class EmailSink:
    """Tells each notice to each of its recipients by e-mail."""

    name = "email"

    def __init__(self, connect: Connect, settings: Settings) -> None:
        """`connect` opens connections to the schema `email`; RefusedError where mail would travel unencrypted."""
        self._sender = EmailSender(connect, settings)
        self._publisher = DeliveryPublisher(connect, settings)

    async def migrate(self, connection: Connection) -> None:
        """Bring the schema `email` up to date."""
        await migrate(connection, "sinks.email", self.name)
        await connection.execute(TABLES)

    async def store(self, connection: Connection, received: "Sequence[Notice]") -> None:
        """Make the messages of these notices, in the transaction that also moves the position."""
        await store.store(connection, received)

    def tasks(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What runs beside the consumer until it is cancelled."""
        return (self._sender.run, self._publisher.run)
