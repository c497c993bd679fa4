"""Builders of notices for the mails, and the e-mail sink's own schema in a real database."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from schemas.base import Record
from schemas.codec import decode, encode
from schemas.events.court_judgments import Correction, Officer, Person, Publication
from schemas.events.deliveries import DeliveryChanged
from schemas.events.policies import Contact, Recipient
from schemas.notices.header import Cause, NoticeHeader
from schemas.notices.judgments import (
    ClaimDeclaration,
    CoverFacts,
    JudgmentAlert,
    JudgmentAlertAnnulled,
    JudgmentAlertRectified,
    JudgmentBody,
    JudgmentFacts,
)
from schemas.notices.recipients import RecipientsChanged
from sinks.deliveries import Connection
from sinks.email.sender import EmailSender, Pace
from sinks.email.sink import EmailSink
from streams.ledger.connection import connect
from streams.settings import Settings

DECIDED_AT = dt.datetime(2026, 3, 14, 8, 0, 2, tzinfo=dt.UTC)
DISCLAIMERS = {
    "fr": "Information donnée à titre indicatif ; les conditions de votre police prévalent.",
    "en": "For information only; the terms of your policy prevail.",
}
LIQUIDATOR = Officer(
    role="LIQUIDATOR", name="Me Durand", address="12 rue des Tilleuls, 69003 Lyon", postal_code="69003"
)
CITED = Correction(reference="A20260051123", cited="BODACC A n° 20260051 du 14 mars 2026, annonce n° 123")


@dataclass(frozen=True)
class Arrived:
    """A record as the consumer hands it over."""

    record: Record
    raw: bytes


class Builders:
    """Notices with defaults: the walk of a judgment, as the design tells it."""

    decided_at = DECIDED_AT
    cited = CITED
    liquidator = LIQUIDATOR

    @staticmethod
    def recipient(**values: Any) -> Recipient:
        defaults = {
            "recipient_id": "R-1",
            "name": "Madame Petit",
            "email": "a.petit@menuisier.example",
            "role": "INSURED",
        }
        return Recipient(**defaults | values)

    @classmethod
    def header(cls, **values: Any) -> NoticeHeader:
        language = values.get("language", "fr")
        defaults: dict[str, Any] = {
            "notice_id": uuid.UUID("5f0c0000-0000-5000-8000-000000000001"),
            "policy_id": "P-2041",
            "number": 1,
            "commitment": 1,
            "urgency": "IMMEDIATE",
            "language": language,
            "title": "Jugement concernant MENUISERIE DES MONTS",
            "case_id": uuid.UUID("ca5e0000-0000-5000-8000-000000000001"),
            "recipients": [cls.recipient()],
            "contact": Contact(name="Jean Martin", phone="01 23 45 67 89", email="jean.martin@assureur.example"),
            "disclaimer": DISCLAIMERS[language],
            "cause": Cause(
                topic="court-judgments", partition=3, offset=51207, source="bodacc", event_id="A20260051123"
            ),
            "decided_at": DECIDED_AT,
            "today": dt.date(2026, 3, 14),
        }
        return NoticeHeader(**defaults | values)

    @staticmethod
    def judgment(**values: Any) -> JudgmentFacts:
        defaults: dict[str, Any] = {
            "source": "bodacc",
            "reference": "A20260051123",
            "buyer_id": "FR:912345675",
            "person": Person(name="MENUISERIE DES MONTS", kind="legal"),
            "court": "Tribunal des activités économiques de Lyon",
            "nature": "Jugement d'ouverture de liquidation judiciaire",
            "nature_class": "OPENING_LJ",
            "judgment_date": dt.date(2026, 3, 10),
            "publication": Publication(gazette="BODACC A", number="20260051", date=dt.date(2026, 3, 14)),
            "officers": [LIQUIDATOR],
            "text": "Jugement prononçant la liquidation judiciaire.",
        }
        return JudgmentFacts(**defaults | values)

    @staticmethod
    def declaration(**values: Any) -> ClaimDeclaration:
        defaults: dict[str, Any] = {
            "declare_by": dt.date(2026, 5, 15),
            "ground": "TWO_MONTHS",
            "to_verify": False,
            "officer": LIQUIDATOR,
            "relief_by": dt.date(2026, 9, 14),
        }
        return ClaimDeclaration(**defaults | values)

    @classmethod
    def body(cls, **values: Any) -> JudgmentBody:
        defaults: dict[str, Any] = {
            "judgment": cls.judgment(),
            "cover": CoverFacts(
                basis="IN_FORCE", cover_id="C-88", amount=Decimal(80000), currency="EUR", since=dt.date(2025, 6, 1)
            ),
            "declaration": cls.declaration(),
            "claim_goods_by": None,
            "effect_on_cover": None,
        }
        return JudgmentBody(**defaults | values)

    @classmethod
    def alert(
        cls, *, corrects: Correction | None = None, body: JudgmentBody | None = None, **header: Any
    ) -> JudgmentAlert:
        return JudgmentAlert(header=cls.header(**header), body=body or cls.body(), corrects=corrects)

    @classmethod
    def rectified(
        cls, *, changed: tuple[str, ...] = ("judgment_date",), body: JudgmentBody | None = None, **header: Any
    ) -> JudgmentAlertRectified:
        body = body or cls.body(judgment=cls.judgment(judgment_date=dt.date(2026, 3, 9)))
        return JudgmentAlertRectified(header=cls._revision(**header), body=body, corrects=CITED, changed=list(changed))

    @classmethod
    def annulled(cls, *, body: JudgmentBody | None = None, **header: Any) -> JudgmentAlertAnnulled:
        body = body or cls.body(declaration=None)
        return JudgmentAlertAnnulled(header=cls._revision(**header), body=body, corrects=CITED)

    @classmethod
    def recipients_changed(
        cls, previous: list[Recipient], current: list[Recipient], **header: Any
    ) -> RecipientsChanged:
        defaults = {"notice_id": uuid.UUID(int=7), "number": 2, "commitment": 27, "recipients": current}
        return RecipientsChanged(header=cls.header(**defaults | header), previous=previous, current=current)

    @classmethod
    def _revision(cls, **values: Any) -> NoticeHeader:
        revision = {
            "notice_id": uuid.UUID("7d110000-0000-5000-8000-000000000002"),
            "number": 2,
            "revises": uuid.UUID("5f0c0000-0000-5000-8000-000000000001"),
        }
        return cls.header(**revision | values)

    @staticmethod
    def arrived(*notices: Record) -> list[Arrived]:
        return [Arrived(notice, encode(notice)) for notice in notices]


@pytest.fixture(scope="session")
def make() -> type[Builders]:
    """Builders of notices."""
    return Builders


class Postbox:
    """A real SMTP server that keeps what it takes and answers as it is told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[tuple[str, bytes]] = []
        """Address and content of each message that was handed over, whatever was answered."""
        self.answers: dict[str, list[str]] = {}
        """By address, what to answer to its next messages; then 250."""
        self.before_answer: Callable[[Any], None] = lambda _server: None
        """What happens between having a message and saying so."""

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        address = envelope.rcpt_tos[0]
        self.taken.append((address, envelope.content))
        self.before_answer(server)
        answers = self.answers.get(address)
        return answers.pop(0) if answers else "250 2.0.0 Ok"

    async def has_mail(self) -> bool:
        return bool(self.taken)

    def addresses(self) -> list[str]:
        return [address for address, _ in self.taken]


@pytest.fixture
def postbox(free_port: int) -> Iterator[Postbox]:
    """A mail server that is up."""
    box = Postbox(free_port)
    controller = Controller(box, hostname="127.0.0.1", port=free_port)
    controller.start()
    yield box
    controller.stop()


class Desk:
    """The e-mail sink's schema in a real database, and a sender that does not dawdle."""

    pace = Pace(answer_s=1, message_s=2, lease_s=15, fresh_s=5, retry_first_s=0.1, retry_longest_s=0.2, poll_s=0.05)

    def __init__(self, uri: str, settings: Settings) -> None:
        self.uri = uri
        self.settings = settings

    async def connect(self) -> Connection:
        return await connect(self.uri, schema="email")

    async def set_up(self) -> None:
        async with await self.connect() as connection:
            await EmailSink(self.connect, self.settings).migrate(connection)

    async def store(self, *notices: Record) -> None:
        """As the consumer does: one transaction."""
        async with await self.connect() as connection, connection.transaction():
            await EmailSink(self.connect, self.settings).store(connection, Builders.arrived(*notices))

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        async with await self.connect() as connection:
            return await (await connection.execute(query, values)).fetchall()

    async def states(self) -> dict[str, int]:
        return dict(await self.rows("SELECT state, count(*)::int FROM message GROUP BY state"))

    async def deliveries(self) -> list[DeliveryChanged]:
        rows = await self.rows("SELECT record FROM delivery_outbox ORDER BY id")
        changes = [decode(bytes(record)) for (record,) in rows]
        return [change for change in changes if isinstance(change, DeliveryChanged)]

    async def send_until(self, *states: str, pace: Pace | None = None, **values: Any) -> None:
        """Run a sender until no message is in another state than these."""
        sender = asyncio.create_task(EmailSender(self.connect, self.settings, pace or self.pace, **values).run())
        try:
            async with asyncio.timeout(20):
                while not set(await self.states()) <= set(states):
                    assert not sender.done(), sender.exception()
                    await asyncio.sleep(0.03)
        finally:
            await stop(sender)

    @staticmethod
    async def until(happened: Callable[[], Awaitable[Any]], at_most_s: float = 20.0) -> None:
        async with asyncio.timeout(at_most_s):
            while not await happened():  # noqa: ASYNC110 (it happens in another process or thread)
                await asyncio.sleep(0.02)


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def desk(postgres: str, free_port: int) -> Desk:
    """The sink's tables, and settings that point at `postbox`'s port."""
    settings = Settings(
        smtp_port=free_port,
        mail_from="Avis <avis@assureur.example>",
        portal_url="https://portail.example",
        insurer="Vigie Assurance-crédit",
    )
    desk = Desk(postgres, settings)
    asyncio.run(desk.set_up())
    return desk
