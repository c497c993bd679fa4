"""An invented portfolio: twenty policyholders, their people, and covers spread over the buyers that a file names."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from schemas.base import EventHeader, Record
from schemas.events.court_judgments import JudgmentPublished
from schemas.events.limits import LimitDecided
from schemas.events.policies import (
    Contact,
    ContactSet,
    InsuredEntity,
    JudgmentEffect,
    PolicyTermsSet,
    Recipient,
    RecipientsSet,
)

POLICIES = 20
EVERY = 3
SOURCE = "demo"
EFFECT = JudgmentEffect(
    text_fr="Votre garantie sur cet acheteur ne couvre plus de nouvelles livraisons à compter du jugement.",
    text_en="Your cover on this buyer no longer covers new deliveries from the date of the judgment.",
    article="art. 7",
)
ABROAD = {7: "DE", 13: "RE", 18: None}
"""Territories of the policyholders who do not live in metropolitan France; None: not known."""
NAMES = (
    "Ateliers Morel", "Brasserie du Canal", "Cuirs Delmas", "Diffusion Papier", "Ébénisterie Roux", "Fonderie Lacaze",
    "Granulats Hauts", "Huiles Perrin", "Import Textile", "Jardins Colin", "Kaolin Ouest", "Laiterie Vidal",
    "Meunerie Bessou", "Négoce Atlantique", "Outillage Faure", "Plasturgie Nord", "Quincaillerie Sud", "Robinets",
    "Soudure Express", "Tissages Imbert",
)  # fmt: skip


def covered(judgments: Iterable[JudgmentPublished], every: int = EVERY) -> list[str]:
    """Every third buyer: the 1st, 4th, 7th… distinct buyer_id in order of appearance."""
    buyers = dict.fromkeys(j.buyer_id for j in judgments if j.buyer_id is not None)
    return list(buyers)[::every]


def portfolio(buyers: Sequence[str], since: dt.date, now: dt.datetime) -> Iterator[Record]:
    """The policies, then a cover on each buyer from `since` on: on D-01, D-02, …, the twenty-first on D-01 again."""
    for number in range(1, POLICIES + 1):
        yield from _policy(number, since, now)
    for index, buyer_id in enumerate(buyers):
        yield _cover(buyer_id, index % POLICIES + 1, since, now)


def policy_id(number: int) -> str:
    """`D-01` to `D-20`."""
    return f"D-{number:02}"


def _policy(number: int, since: dt.date, now: dt.datetime) -> Iterator[Record]:
    policy, name = policy_id(number), NAMES[number - 1]
    entity = InsuredEntity(entity_id=f"{policy}-1", name=name, territory=ABROAD.get(number, "FR"))
    yield PolicyTermsSet(
        header=_header(f"terms-{policy}", now), policy_id=policy, effective_on=since, policyholder=name,
        language="en" if number in ABROAD else "fr", insured_entities=[entity], currency="EUR",
        insured_percentage=Decimal(90), retention_of_title=number % 5 == 0,
        judgment_effect=EFFECT if number % 2 else None,
    )  # fmt: skip
    yield RecipientsSet(header=_header(f"recipients-{policy}", now), policy_id=policy, recipients=_recipients(number))
    contact = Contact(name="Jean Martin", phone="01 23 45 67 89", email="jean.martin@assureur.example")
    yield ContactSet(header=_header(f"contact-{policy}", now), policy_id=policy, contact=contact)


def _recipients(number: int) -> list[Recipient]:
    """The policyholder's credit desk; every fourth policy also has a broker."""
    desk = Recipient(
        recipient_id="credit", name="Service Crédit", email=f"credit@d{number:02}.example", role="INSURED", kinds=[]
    )
    broker = Recipient(
        recipient_id="broker", name="Cabinet Courtier", email="alertes@courtier.example", role="BROKER", kinds=[]
    )
    return [desk, broker] if number % 4 == 0 else [desk]


def _cover(buyer_id: str, number: int, since: dt.date, now: dt.datetime) -> LimitDecided:
    policy = policy_id(number)
    return LimitDecided(
        header=_header(f"cover-{policy}-{buyer_id}", now), buyer_id=buyer_id, policy_id=policy,
        cover_id=f"C-{policy}-{buyer_id}", outcome="GRANTED", amount=Decimal(20_000 + 5_000 * number), currency="EUR",
        effective_on=since,
    )  # fmt: skip


def _header(event_id: str, now: dt.datetime) -> EventHeader:
    return EventHeader(event_id=event_id, source=SOURCE, occurred_at=now, published_at=now)
