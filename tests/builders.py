"""Records and facts with defaults: a test states only what it is about."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from schemas.base import EventHeader
from schemas.events.court_judgments import (
    Correction,
    JudgmentAnnulled,
    JudgmentPublished,
    JudgmentRectified,
    Officer,
    Person,
    Publication,
)
from schemas.events.deliveries import DeliveryChanged
from schemas.events.limits import LimitDecided, LimitReduced, LimitReinstated, LimitWithdrawn
from schemas.events.policies import (
    BuyersDeclared,
    Contact,
    ContactSet,
    InsuredEntity,
    JudgmentEffect,
    PolicyTermsSet,
    Recipient,
    RecipientsSet,
)
from schemas.events.voided import EventVoided
from streams.commitments.decision import derive
from streams.commitments.facts import CoverPeriod, DeclaredBuyer, Facts, Policy

BUYER = "FR:912345675"
POLICY = "P-2041"
NOW = dt.datetime(2026, 3, 14, 8, 0, 2, tzinfo=dt.UTC)
LIQUIDATOR = Officer(role="LIQUIDATOR", name="Me Durand", address="12 rue des Arts 69003 Lyon", postal_code="69003")
EFFECT = JudgmentEffect(
    text_fr="Elle ne couvre plus de nouvelles livraisons à compter du jugement",
    text_en="It covers no new deliveries from the judgment on",
    article="art. 7",
)


def a_header(event_id: str = "E-1", source: str = "bodacc") -> EventHeader:
    """Who says it, and when."""
    return EventHeader(event_id=event_id, source=source, occurred_at=NOW, published_at=NOW)


def a_judgment(
    reference: str = "A20260051123",
    *,
    source: str = "bodacc",
    name: str = "MENUISERIE DES MONTS",
    published_on: dt.date = dt.date(2026, 3, 14),
    gazette: str = "BODACC A",
    **fields: Any,
) -> JudgmentPublished:
    """The judgment of the walk: a liquidation opened in Lyon."""
    return JudgmentPublished(**_judgment(reference, source, name, published_on, gazette, fields))


def a_rectification(
    of: str | None = "A20260051123",
    reference: str = "A2026006177",
    *,
    source: str = "bodacc",
    name: str = "MENUISERIE DES MONTS",
    published_on: dt.date = dt.date(2026, 3, 28),
    cited_on: dt.date | None = dt.date(2026, 3, 14),
    **fields: Any,
) -> JudgmentRectified:
    """A rectification of the walk's judgment: its date was the 9th."""
    fields = {"judgment_date": dt.date(2026, 3, 9), **fields}
    values = _judgment(reference, source, name, published_on, "BODACC A", fields)
    return JudgmentRectified(**values, corrects=a_citation(of, cited_on))


def an_annulment(
    of: str | None = "A20260051123",
    reference: str = "A2026006188",
    *,
    source: str = "bodacc",
    name: str = "MENUISERIE DES MONTS",
    published_on: dt.date = dt.date(2026, 3, 28),
    **fields: Any,
) -> JudgmentAnnulled:
    """An annulment of the walk's judgment."""
    values = _judgment(reference, source, name, published_on, "BODACC A", fields)
    return JudgmentAnnulled(**values, corrects=a_citation(of))


def a_citation(of: str | None = "A20260051123", cited_on: dt.date | None = dt.date(2026, 3, 14)) -> Correction:
    """What a correction says of its target."""
    return Correction(reference=of, cited=f"BODACC A, annonce {of}", published_on=cited_on)


def _judgment(
    reference: str, source: str, name: str, published_on: dt.date, gazette: str, fields: dict[str, Any]
) -> dict[str, Any]:
    return {
        "header": a_header(f"{reference}/{name[:50]}", source),
        "reference": reference,
        "buyer_id": BUYER,
        "person": Person(name=name, kind="legal"),
        "country": "FR",
        "court": "Tribunal des activités économiques de Lyon",
        "court_department": "69",
        "nature": "Jugement d'ouverture de liquidation judiciaire",
        "nature_class": "OPENING_LJ",
        "judgment_date": dt.date(2026, 3, 10),
        "publication": Publication(gazette=gazette, number=f"{published_on:%Y}0051", date=published_on),
        "officers": [LIQUIDATOR],
        "text": "Jugement prononçant la liquidation judiciaire, liquidateur Me Durand.",
        **fields,
    }


def a_cover(policy_id: str = POLICY, buyer_id: str = BUYER, **fields: Any) -> CoverPeriod:
    """A cover of 80,000 EUR in force since June 2025."""
    values = {
        "cover_id": f"C-{policy_id}",
        "since": dt.date(2025, 6, 1),
        "until": None,
        "amount": Decimal(80000),
        "currency": "EUR",
        **fields,
    }
    return CoverPeriod(policy_id=policy_id, buyer_id=buyer_id, **values)


def a_declared_buyer(
    policy_id: str = POLICY, buyer_id: str = BUYER, declared_on: dt.date = dt.date(2026, 1, 1)
) -> DeclaredBuyer:
    """A buyer declared below the threshold since the new year."""
    return DeclaredBuyer(policy_id, buyer_id, declared_on)


def some_terms(policy_id: str = POLICY, territories: Iterable[str | None] = ("FR",), **fields: Any) -> PolicyTermsSet:
    """Terms in force since 2025, of a policyholder in metropolitan France, in French."""
    values = {
        "header": a_header(f"T-{policy_id}", "policies"),
        "effective_on": dt.date(2025, 1, 1),
        "policyholder": f"Policyholder of {policy_id}",
        "language": "fr",
        "insured_entities": [
            InsuredEntity(entity_id=f"{policy_id}/{n}", name=f"Entity {n}", territory=territory)
            for n, territory in enumerate(territories)
        ],
        "currency": "EUR",
        "insured_percentage": Decimal(90),
        **fields,
    }
    return PolicyTermsSet(policy_id=policy_id, **values)


def a_recipient(recipient_id: str = "R-1", **fields: Any) -> Recipient:
    """Mrs Petit, of the insured."""
    values = {"name": "Anne Petit", "email": "a.petit@assure.example.com", "role": "INSURED", **fields}
    return Recipient(recipient_id=recipient_id, **values)


def a_contact(name: str = "Jean Martin") -> Contact:
    """The insurer's person."""
    return Contact(name=name, phone="01 23 45 67 89", email="jean.martin@assureur.example.com")


def a_policy(policy_id: str = POLICY, *, was_told: bool = False, **terms: Any) -> Policy:
    """A policy whose terms, recipient and contact are known."""
    return Policy(policy_id, (some_terms(policy_id, **terms),), (a_recipient(),), a_contact(), was_told)


def some_facts(
    *known: Policy | CoverPeriod | DeclaredBuyer,
) -> Facts:
    """Facts with these in them. Without any: the policy of the walk, with its cover on the walk's buyer."""
    facts = Facts()
    for fact in known or (a_policy(), a_cover()):
        if isinstance(fact, Policy):
            facts.policies[fact.policy_id] = fact
        elif isinstance(fact, CoverPeriod):
            facts.covers.setdefault(fact.buyer_id, []).append(fact)
        else:
            facts.declared.setdefault(fact.buyer_id, []).append(fact)
    return facts


def a_limit(policy_id: str = POLICY, buyer_id: str = BUYER, **fields: Any) -> LimitDecided:
    """A limit of 80,000 EUR granted from June 2025."""
    values = {
        "header": a_header(f"L-{policy_id}-{buyer_id}", "underwriting"),
        "cover_id": f"C-{policy_id}",
        "outcome": "GRANTED",
        "amount": Decimal(80000),
        "currency": "EUR",
        "effective_on": dt.date(2025, 6, 1),
        **fields,
    }
    return LimitDecided(policy_id=policy_id, buyer_id=buyer_id, **values)


def a_withdrawal(
    effective_on: dt.date, policy_id: str = POLICY, buyer_id: str = BUYER, **fields: Any
) -> LimitWithdrawn:
    """The end of the cover that `a_limit` grants."""
    values = {
        "header": a_header(f"W-{policy_id}-{effective_on}", "underwriting"),
        "cover_id": f"C-{policy_id}",
        **fields,
    }
    return LimitWithdrawn(policy_id=policy_id, buyer_id=buyer_id, effective_on=effective_on, **values)


def a_reduction(
    effective_on: dt.date, amount: int = 30000, policy_id: str = POLICY, buyer_id: str = BUYER, **fields: Any
) -> LimitReduced:
    """The cover that `a_limit` grants goes on with 30,000 EUR."""
    values = {
        "header": a_header(f"R-{policy_id}-{effective_on}", "underwriting"),
        "cover_id": f"C-{policy_id}",
        "amount": Decimal(amount),
        "currency": "EUR",
        "announced_on": effective_on,
        "reasons": ["ACCOUNTS_WORSE"],
        **fields,
    }
    return LimitReduced(policy_id=policy_id, buyer_id=buyer_id, effective_on=effective_on, **values)


def a_reinstatement(
    effective_on: dt.date, policy_id: str = POLICY, buyer_id: str = BUYER, **fields: Any
) -> LimitReinstated:
    """The cover that `a_limit` grants stands again."""
    values = {
        "header": a_header(f"I-{policy_id}-{effective_on}", "underwriting"),
        "cover_id": f"C-{policy_id}",
        "amount": Decimal(80000),
        "currency": "EUR",
        **fields,
    }
    return LimitReinstated(policy_id=policy_id, buyer_id=buyer_id, effective_on=effective_on, **values)


def some_recipients(*recipients: Recipient, policy_id: str = POLICY, event_id: str = "RS-1") -> RecipientsSet:
    """The list of recipients, as set."""
    return RecipientsSet(header=a_header(event_id, "policies"), policy_id=policy_id, recipients=list(recipients))


def a_contact_set(contact: Contact, policy_id: str = POLICY) -> ContactSet:
    """The policy's contact, as set."""
    return ContactSet(header=a_header("CS-1", "policies"), policy_id=policy_id, contact=contact)


def buyers_declared(
    *buyer_ids: str, policy_id: str = POLICY, declared_on: dt.date = dt.date(2026, 1, 1)
) -> BuyersDeclared:
    """Buyers declared below the threshold."""
    header = a_header(f"BD-{policy_id}-{declared_on}", "policies")
    return BuyersDeclared(header=header, policy_id=policy_id, buyer_ids=list(buyer_ids), declared_on=declared_on)


def a_delivery(state: str = "accepted", **fields: Any) -> DeliveryChanged:
    """An e-mail accepted by the server of the recipient."""
    values = {
        "header": a_header(f"D-{state}", "email"),
        "notice_id": derive("1", "case", POLICY),
        "policy_id": POLICY,
        "channel": "email",
        "recipient_id": "R-1",
        "address": "a.petit@assure.example.com",
        "detail": "250 2.0.0 Ok",
        **fields,
    }
    return DeliveryChanged(state=state, **values)


def a_void(event: Any, topic: str, key: str, reason: str = "Publiée pour un autre débiteur") -> EventVoided:
    """The provider takes back what it said."""
    header = a_header(f"V-{event.header.event_id[:80]}", event.header.source)
    return EventVoided(header=header, topic=topic, key=key, event_id=event.header.event_id, reason=reason)
