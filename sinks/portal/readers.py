"""Who may read which policy: the recipients that its notices name, the newest word on each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from schemas.base import Record
from schemas.catalog import TOPICS
from schemas.events.policies import Recipient
from schemas.notices.recipients import RecipientsChanged
from sinks.deliveries import Connection
from sinks.repeats import header
from streams.ledger.queries import load

SQL = load("sinks.portal", "store.sql")


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient of a policy who may read its notices: those of `kinds`, and all of them where it names none."""

    policy_id: str
    recipient_id: str
    email: str
    kinds: list[str]


def readers_after(readers: Iterable[Reader], record: Record) -> list[Reader]:
    """The policy's readers once this notice is out.

    A notice names its own kind's recipients and says nothing of those who get other kinds only; RecipientsChanged
    names everybody.
    """
    policy_id = header(record).policy_id
    if isinstance(record, RecipientsChanged):
        return list({recipient.recipient_id: _reader(policy_id, recipient) for recipient in record.current}.values())
    named = {recipient.recipient_id: _reader(policy_id, recipient) for recipient in header(record).recipients}
    kind = type(record).__name__
    others = [one for one in readers if one.kinds and kind not in one.kinds and one.recipient_id not in named]
    return [*others, *named.values()]


async def keep_readers(connection: Connection, notices: Sequence[Record]) -> None:
    """Bring the readers of these notices' policies up to date; a notice older than what is known says nothing new."""
    policies = sorted({header(record).policy_id for record in notices})
    known: dict[str, int] = dict(
        await (await connection.execute(SQL["list_numbers"], {"policies": policies})).fetchall()
    )
    newer = [record for record in notices if header(record).number > known.get(header(record).policy_id, 0)]
    if not newer:
        return
    newer.sort(key=lambda record: header(record).number)
    numbers = {header(record).policy_id: header(record).number for record in newer}
    readers = await _readers(connection, list(numbers))
    for record in newer:
        policy_id = header(record).policy_id
        readers[policy_id] = readers_after(readers.get(policy_id, ()), record)
    await _replace(connection, numbers, readers)


async def _readers(connection: Connection, policies: list[str]) -> dict[str, list[Reader]]:
    found: dict[str, list[Reader]] = {}
    async with connection.cursor(row_factory=class_row(Reader)) as cursor:
        async for reader in await cursor.execute(SQL["readers"], {"policies": policies}):
            found.setdefault(reader.policy_id, []).append(reader)
    return found


async def _replace(connection: Connection, numbers: Mapping[str, int], readers: Mapping[str, Sequence[Reader]]) -> None:
    rows = [asdict(reader) for policy_id in numbers for reader in readers[policy_id]]
    await connection.execute(SQL["drop_readers"], {"policies": list(numbers)})
    await connection.execute(SQL["add_readers"], {"rows": Jsonb(rows)})
    lists = {"policies": list(numbers), "numbers": list(numbers.values())}
    await connection.execute(SQL["set_list_numbers"], lists)


def _reader(policy_id: str, recipient: Recipient) -> Reader:
    """Whoever named kinds gets some others too, as what corrects them: he reads what he is sent."""
    wanted = (record.__name__ for record in TOPICS["notices"].records if recipient.wants(record.__name__))
    kinds = list(dict.fromkeys((*recipient.kinds, *wanted))) if recipient.kinds else []
    return Reader(policy_id, recipient.recipient_id, recipient.email.lower(), kinds)
