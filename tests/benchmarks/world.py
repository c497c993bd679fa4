"""The invented world that is measured: 400,000 buyers, 50,000 policies, a million covers, judgments."""

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal

from schemas.base import EventHeader
from schemas.codec import encode
from schemas.events.court_judgments import JudgmentPublished, Officer, Person, Publication
from schemas.events.policies import Contact, InsuredEntity, JudgmentEffect, PolicyTermsSet, Recipient
from streams.commitments.facts import CoverPeriod, Policy

BUYERS, POLICIES, STRANGERS = 400_000, 50_000, 4_000_000
FAN_BUYER, FAN_POLICIES = "FR:FAN", 10_000
START, ENDED, DAY = dt.date(2024, 1, 1), dt.date(2024, 6, 30), dt.date(2026, 3, 14)
NOW = dt.datetime(2026, 3, 14, 8, 0, 2, tzinfo=dt.UTC)
EFFECT = JudgmentEffect(
    text_fr="Elle ne couvre plus de nouvelles livraisons à compter du jugement",
    text_en="It covers no new deliveries from the judgment on",
    article="art. 7",
)
CLASSES = ("OPENING_LJ", "OPENING_RJ", "PLAN_ADOPTED", "CLOSURE")
TEXT = (
    "Jugement prononçant la liquidation judiciaire, date de cessation des paiements le 1 janvier 2026 désignant"
    " liquidateur Me Durand 12 rue des Arts 69003 Lyon. Les créances sont à déclarer, dans les deux mois de la présente"
    " publication, auprès du liquidateur ou sur le portail électronique prévu par l'article L. 814-2 C. com.."
)


def buyer(number: int) -> str:
    """A buyer that is covered."""
    return f"FR:B{number:07}"


def policy_id(number: int) -> str:
    """One of the policies."""
    return f"P{number % POLICIES:07}"


def covers_of(number: int) -> list[CoverPeriod]:
    """A buyer's two or three covers: one in force, the others over and out of run-off."""
    return [
        CoverPeriod(
            policy_id(number * 7 + place * 131),
            buyer(number),
            f"C{number * 3 + place:08}",
            START,
            None if place == 1 else ENDED,
            Decimal(80_000),
            "EUR",
        )
        for place in range(2 + number % 2)
    ]


def every_cover() -> Iterator[CoverPeriod]:
    """All of them, and the buyer on whom 10,000 policies have one each."""
    for number in range(BUYERS):
        yield from covers_of(number)
    for number in range(FAN_POLICIES):
        yield CoverPeriod(policy_id(number), FAN_BUYER, f"F{number:08}", START, None, Decimal(50_000), "EUR")


def policy(number: int) -> Policy:
    """A policy whose terms, two recipients and contact are known; every second is written to in English."""
    name = policy_id(number)
    terms = PolicyTermsSet(
        header=_header(f"terms-{name}", "policies"), policy_id=name, effective_on=START, policyholder=f"Assuré {name}",
        language="en" if number % 2 else "fr", currency="EUR", insured_percentage=Decimal(90), judgment_effect=EFFECT,
        insured_entities=[InsuredEntity(entity_id=f"{name}/1", name=f"Assuré {name}", territory="FR")],
    )  # fmt: skip
    desk = Recipient(
        recipient_id="credit", name="Service Crédit", email=f"credit@{name.lower()}.example", role="INSURED"
    )
    broker = Recipient(
        recipient_id="broker", name="Cabinet", email=f"alertes@broker{number % 997}.example", role="BROKER"
    )
    return Policy(name, (terms,), (desk, broker), contact(number))


def contact(number: int) -> Contact:
    """The insurer's person: a hundred of them share the policies."""
    return Contact(name=f"Jean Martin {number % 100}", phone="01 23 45 67 89", email="j.martin@assureur.example")


def judgment(number: int, percent: float, prefix: str = "") -> JudgmentPublished:
    """The `number`th judgment of a day on which `percent` of them concern somebody."""
    chance = random.Random(number)
    hit = chance.random() * 100 < percent
    debtor = buyer(chance.randrange(BUYERS)) if hit else f"FR:N{chance.randrange(STRANGERS):07}"
    return judgment_of(debtor, number, prefix)


def judgment_of(debtor: str, number: int, prefix: str = "") -> JudgmentPublished:
    """A judgment about `debtor`, as BODACC's reads."""
    officer = Officer(role="LIQUIDATOR", name="Me Durand", address="12 rue des Arts 69003 Lyon", postal_code="69003")
    reference = f"{prefix}A20260051{number}"
    return JudgmentPublished(
        header=_header(f"{reference}/1", "bodacc"), reference=reference, buyer_id=debtor, country="FR",
        person=Person(name=f"MENUISERIE {debtor}", kind="legal", legal_form="SARL", address="3 rue Neuve 69003 Lyon"),
        court="Tribunal des activités économiques de Lyon", court_department="69",
        nature="Jugement d'ouverture de liquidation judiciaire", nature_class=CLASSES[number & 3],
        judgment_date=dt.date(2026, 3, 10), officers=[officer], text=TEXT,
        publication=Publication(gazette="BODACC A", number="20260051", date=DAY),
    )  # fmt: skip


def written(percent: float, count: int, prefix: str = "") -> Iterator[tuple[bytes, bytes]]:
    """Key and bytes of each judgment of a day."""
    for number in range(count):
        event = judgment(number, percent, prefix)
        yield (event.buyer_id or "").encode(), encode(event)


def _header(event_id: str, source: str) -> EventHeader:
    return EventHeader(event_id=event_id, source=source, occurred_at=NOW, published_at=NOW)
