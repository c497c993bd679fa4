"""Notices with defaults: the design's walk, to the policyholder of P-2041."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from schemas.base import Record, Text
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
from streams.settings import Settings

DECIDED_AT = dt.datetime(2026, 3, 14, 8, 0, 2, tzinfo=dt.UTC)
PETIT = "a.petit@menuisier.example"
ROUX = "b.roux@courtier.example"
LIQUIDATOR = Officer(role="LIQUIDATOR", name="Me Durand", address="12 rue des Tilleuls, 69003 Lyon")
CITED = Correction(reference="A20260051123", cited="BODACC A n° 20260051 du 14 mars 2026, annonce n° 123")


class BuyerRated(Record):
    """A kind of notice that this portal has never heard of."""

    header: NoticeHeader
    explanation: Text


def notice_id(number: int, policy_id: str = "P-2041") -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{policy_id}/{number}")


def a_recipient(email: str = PETIT, **fields: Any) -> Recipient:
    return Recipient(
        **{"recipient_id": f"R-{email}", "name": "Madame Petit", "email": email, "role": "INSURED", **fields}
    )


def a_header(number: int = 1, policy_id: str = "P-2041", **fields: Any) -> NoticeHeader:
    values = {
        "notice_id": notice_id(number, policy_id),
        "policy_id": policy_id,
        "number": number,
        "commitment": 1,
        "urgency": "IMMEDIATE",
        "language": "fr",
        "title": "Liquidation judiciaire de MENUISERIE DES MONTS",
        "case_id": uuid.uuid5(uuid.NAMESPACE_URL, f"case of {policy_id}/{number}"),
        "recipients": [a_recipient()],
        "contact": Contact(name="Jean Martin", phone="01 23 45 67 89", email="jean.martin@assureur.example"),
        "disclaimer": "Information donnée à titre indicatif ; les conditions de votre police prévalent.",
        "cause": Cause(topic="court-judgments", partition=3, offset=51207, source="bodacc", event_id="A20260051123"),
        "decided_at": DECIDED_AT + dt.timedelta(minutes=number),
        "today": dt.date(2026, 3, 14),
        **fields,
    }
    return NoticeHeader(**values)


def a_declaration(**fields: Any) -> ClaimDeclaration:
    """Open for thirty days from today, whenever that is."""
    today = dt.datetime.now(Settings().zone).date()  # which begins before that of UTC
    values = {
        "declare_by": today + dt.timedelta(days=30),
        "ground": "TWO_MONTHS",
        "to_verify": False,
        "officer": LIQUIDATOR,
        "relief_by": today + dt.timedelta(days=150),
        **fields,
    }
    return ClaimDeclaration(**values)


def a_body(name: str = "MENUISERIE DES MONTS", **fields: Any) -> JudgmentBody:
    judgment = JudgmentFacts(
        source="bodacc",
        reference="A20260051123",
        buyer_id="FR:912345675",
        person=Person(name=name, kind="legal", legal_form="Société à responsabilité limitée"),
        court="Tribunal des activités économiques de Lyon",
        nature="Jugement d'ouverture de liquidation judiciaire",
        nature_class="OPENING_LJ",
        judgment_date=dt.date(2026, 3, 10),
        publication=Publication(gazette="BODACC A", number="20260051", date=dt.date(2026, 3, 14)),
        officers=[LIQUIDATOR],
        text="Jugement prononçant la liquidation judiciaire, liquidateur Me Durand.",
    )
    cover = CoverFacts(
        basis="IN_FORCE", cover_id="C-88", amount=Decimal(80000), currency="EUR", since=dt.date(2025, 6, 1)
    )
    effect = "Elle ne couvre plus de nouvelles livraisons à compter du jugement (art. 7 de votre police)."
    values = {"judgment": judgment, "cover": cover, "declaration": a_declaration(), "claim_goods_by": None, **fields}
    return JudgmentBody(**{"effect_on_cover": effect, **values})


def an_alert(
    number: int = 1, policy_id: str = "P-2041", *, body: JudgmentBody | None = None, **fields: Any
) -> JudgmentAlert:
    return JudgmentAlert(header=a_header(number, policy_id, **fields), body=body or a_body())


def a_rectification(
    number: int = 2, of: int = 1, *, changed: tuple[str, ...] = ("judgment_date",), **fields: Any
) -> JudgmentAlertRectified:
    first = a_header(of)
    title = "Rectification : liquidation judiciaire de MENUISERIE DES MONTS"
    revision = {"revises": first.notice_id, "case_id": first.case_id, "title": title, **fields}
    return JudgmentAlertRectified(
        header=a_header(number, **revision), body=a_body(), corrects=CITED, changed=list(changed)
    )


def an_annulment(number: int = 3, of: int = 1, **fields: Any) -> JudgmentAlertAnnulled:
    first = a_header(of)
    title = "Annulation : liquidation judiciaire de MENUISERIE DES MONTS"
    revision = {"revises": first.notice_id, "case_id": first.case_id, "title": title, **fields}
    return JudgmentAlertAnnulled(header=a_header(number, **revision), body=a_body(), corrects=CITED)


def a_change_of_recipients(number: int, current: list[Recipient], **fields: Any) -> RecipientsChanged:
    header = a_header(number, title="Destinataires modifiés", urgency="INFORMATION", recipients=current, **fields)
    return RecipientsChanged(header=header, previous=[a_recipient()], current=current)


def a_rating(number: int = 9, **fields: Any) -> BuyerRated:
    header = a_header(number, title="Nouvelle note de votre acheteur", **fields)
    return BuyerRated(header=header, explanation="La note passe de 6 à 4 sur 10.")
