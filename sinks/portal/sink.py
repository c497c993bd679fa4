"""The portal's sink: what `notices` brings is stored with the position, and its fate told on `deliveries`."""

from collections.abc import Awaitable, Callable, Sequence

from sinks.deliveries import TABLES, Connect, Connection, DeliveryPublisher
from sinks.portal import store
from sinks.portal.errands import Errands
from streams.ledger.connection import migrate
from streams.settings import Settings


class PortalSink:
    """Puts each notice into the portal; its pages are served by another process, under another role (`web.py`)."""

    name = "portal"

    def __init__(self, connect: Connect, settings: Settings) -> None:
        """`connect` opens connections to the schema `portal`, as the owner of its tables."""
        self._errands = Errands(connect, settings)
        self._publisher = DeliveryPublisher(connect, settings)

    async def migrate(self, connection: Connection) -> None:
        """Bring the schema `portal` and the role `vigie_portal` up to date."""
        await migrate(connection, "sinks.portal", self.name)
        await connection.execute(TABLES)

    async def store(self, connection: Connection, received: Sequence[store.Stored]) -> None:
        """Take in these notices, in the transaction that also moves the position."""
        await store.store(connection, received)

    def tasks(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What runs beside the consumer until it is cancelled."""
        return (self._errands.run, self._publisher.run)
