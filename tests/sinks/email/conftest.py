"""Builders of notices for the mails, and the e-mail sink's own schema in a real database."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from schemas.base import Record
from schemas.codec import encode
from schemas.events.court_judgments import Correction, Officer, Person, Publication
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
        defaults = {"recipient_id": "R-1", "name": "Madame Petit", "email": "a.petit@menuisier.example", "role": "INSURED"}
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
            "cause": Cause(topic="court-judgments", partition=3, offset=51207, source="bodacc", event_id="A20260051123"),
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
    def alert(cls, *, corrects: Correction | None = None, body: JudgmentBody | None = None, **header: Any) -> JudgmentAlert:
        return JudgmentAlert(header=cls.header(**header), body=body or cls.body(), corrects=corrects)

    @classmethod
    def rectified(cls, *, changed: tuple[str, ...] = ("judgment_date",), **header: Any) -> JudgmentAlertRectified:
        body = cls.body(judgment=cls.judgment(judgment_date=dt.date(2026, 3, 9)))
        return JudgmentAlertRectified(header=cls._revision(**header), body=body, corrects=CITED, changed=list(changed))

    @classmethod
    def annulled(cls, **header: Any) -> JudgmentAlertAnnulled:
        body = cls.body(declaration=None)
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
