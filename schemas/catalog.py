"""What travels on which topic: one table that says everything about each.

Several records share a topic; the schema id in the bytes tells which. Hence subjects are named after the record
(Confluent's RecordNameStrategy), not after the topic: a record's versions are its own, a record that travels on several
topics is one subject, and a topic prefix in a shared cluster changes no subject.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.base import Record
from schemas.events.accounts import BankDetailsConfirmed, BankDetailsProposed, InvoiceIssued
from schemas.events.buyer_updates import BuyerUpdated, RatingChanged
from schemas.events.claims import ClaimDeclared, DelayExplained, DocumentMissing, DocumentReceived, OverdueReported
from schemas.events.court_judgments import JudgmentAnnulled, JudgmentPublished, JudgmentRectified
from schemas.events.deliveries import DeliveryChanged
from schemas.events.indemnities import IndemnityDecided, IndemnityPaid
from schemas.events.limits import LimitDecided, LimitReduced, LimitReinstated, LimitWithdrawn
from schemas.events.payments import FundsReceived, PaymentReturned, PremiumPaid, RemittanceExecuted
from schemas.events.policies import BuyersDeclared, ContactSet, PolicyTermsSet, RecipientsSet
from schemas.events.recoveries import CollectionStepTaken, RecoveryClosed, StrategyAgreed, StrategyProposed
from schemas.events.renewals import DeclarationDue, DeclarationReceived, RenewalDocumentsReady, RenewalScheduled
from schemas.events.requests import InformationRequested, LimitRequested, ReviewDecided, ReviewRequested
from schemas.events.voices import FeedbackReceived, HoldDecided, InformationSubmitted, LoginFailing, UserOnboarded
from schemas.events.voided import EventVoided
from schemas.notices.judgments import JudgmentAlert, JudgmentAlertAnnulled, JudgmentAlertRectified
from schemas.notices.recipients import RecipientsChanged


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, as its readers and writers need to know it."""

    name: str
    key: str
    """What the Kafka key is, in words."""
    records: tuple[type[Record], ...]
    written_by: str
    description: str
    key_of: Callable[[Any], str]
    """The Kafka key of one of its records."""
    promise: str
    """What we promise about order and repeats, in words."""


_OF_INPUT = (
    "Records of one key are applied in the order of their offsets: put them on the partition that murmur2 of the key "
    "gives (`murmur2_random` in librdkafka). Between keys, and between topics, no order is needed. The same `source` "
    "and `event_id` again, by whichever route, changes nothing; with another content it is refused "
    "(`conflicting_repeat`). What is refused changes nothing and lies on `dead-letters` with its reason."
)
_OF_NOTICES = (
    "The notices of one policy come in the order of `header.number`, which has no gap. A notice may come twice after a "
    "failure of ours, with the same `notice_id` and the same bytes, and never with others: dedupe by it. "
    "Read committed records only."
)
_OF_DELIVERIES = (
    "Told in any order and as often as you like: the same `source` and `event_id` again changes nothing. A promise to "
    "tell is kept by the first `accepted` of its notice."
)
_OF_DEAD_LETTERS = (
    "What one record caused is there once, kept for 90 days; its place, topic, partition and offset, is its id. Put "
    "back by a redrive, it is applied where it now stands."
)


def _buyer_of_judgment(judgment: JudgmentPublished) -> str:
    if judgment.buyer_id is not None:
        return judgment.buyer_id
    told = f"{judgment.header.source}\x00{judgment.reference}\x00{judgment.person.name}"
    return f"unidentified:{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}"


def _no_record(record: Record) -> str:
    raise LookupError(f"{type(record).__name__} is no record of a topic: see schemas/catalog.py")


_TOPICS = (
    Topic(
        name="court-judgments",
        key="`buyer_id`; without one `unidentified:<hash of source, reference and the person's name>`",
        records=(JudgmentPublished, JudgmentRectified, JudgmentAnnulled, EventVoided),
        written_by="connectors to gazettes, registers and courts",
        description="What courts decided about buyers, as published.",
        key_of=_buyer_of_judgment,
        promise=_OF_INPUT,
    ),
    Topic(
        name="buyer-updates",
        key="`buyer_id`",
        records=(BuyerUpdated, RatingChanged, EventVoided),
        written_by="connectors to company registers, the rating desk",
        description="What registers and the rating desk say about buyers.",
        key_of=lambda record: str(record.buyer_id),
        promise=_OF_INPUT,
    ),
    Topic(
        name="limits",
        key="`buyer_id`",
        records=(
            LimitRequested,
            LimitDecided,
            LimitReduced,
            LimitWithdrawn,
            LimitReinstated,
            InformationRequested,
            ReviewRequested,
            ReviewDecided,
            EventVoided,
        ),
        written_by="underwriting, the portal",
        description="Decisions about the cover of a policy on a buyer, and what is asked before and after.",
        key_of=lambda record: str(record.buyer_id),
        promise=_OF_INPUT,
    ),
    Topic(
        name="payments",
        key="`payment_reference`: the end-to-end id, else `<account>/<the bank's own reference>`",
        records=(FundsReceived, PaymentReturned, RemittanceExecuted, PremiumPaid, EventVoided),
        written_by="connectors to banks, collections, treasury",
        description="Money that came, came back, or was paid out.",
        key_of=lambda record: str(record.payment_reference),
        promise=_OF_INPUT,
    ),
    Topic(
        name="claims",
        key="`policy_id`",
        records=(
            OverdueReported,
            ClaimDeclared,
            DocumentReceived,
            DocumentMissing,
            StrategyProposed,
            StrategyAgreed,
            CollectionStepTaken,
            IndemnityDecided,
            IndemnityPaid,
            RecoveryClosed,
            DelayExplained,
            EventVoided,
        ),
        written_by="claims and collections systems, the portal",
        description="What is overdue, what was claimed, what is done to recover it, and what is paid.",
        key_of=lambda record: str(record.policy_id),
        promise=_OF_INPUT,
    ),
    Topic(
        name="policies",
        key="`policy_id`",
        records=(
            PolicyTermsSet,
            RecipientsSet,
            ContactSet,
            BuyersDeclared,
            BankDetailsProposed,
            BankDetailsConfirmed,
            InvoiceIssued,
            RenewalScheduled,
            RenewalDocumentsReady,
            DeclarationDue,
            DeclarationReceived,
            InformationSubmitted,
            FeedbackReceived,
            UserOnboarded,
            LoginFailing,
            HoldDecided,
            EventVoided,
        ),
        written_by="policy administration, the portal, the hub's staff",
        description="The terms of policies, who is told, who answers for them, their money and their calendar.",
        key_of=lambda record: str(record.policy_id),
        promise=_OF_INPUT,
    ),
    Topic(
        name="notices",
        key="`header.policy_id`",
        records=(JudgmentAlert, JudgmentAlertRectified, JudgmentAlertAnnulled, RecipientsChanged),
        written_by="the hub",
        description="What policyholders are owed: each notice whole, numbered by policy without gaps.",
        key_of=lambda record: str(record.header.policy_id),
        promise=_OF_NOTICES,
    ),
    Topic(
        name="deliveries",
        key="`policy_id`",
        records=(DeliveryChanged,),
        written_by="sinks and downstream services",
        description="What became of each notice on each channel.",
        key_of=lambda record: str(record.policy_id),
        promise=_OF_DELIVERIES,
    ),
    Topic(
        name="dead-letters",
        key="the original key",
        records=(),
        written_by="the hub",
        description="What was refused: the original bytes; topic, partition, offset, reason and detail in headers.",
        key_of=_no_record,
        promise=_OF_DEAD_LETTERS,
    ),
)

TOPICS: dict[str, Topic] = {topic.name: topic for topic in _TOPICS}


_FAMILIES = {"base": "vigie", "notices": "vigie.notices"}
_TOPIC_OF_MODULE = {
    "accounts": "policies",
    "bookings": "payments",
    "indemnities": "claims",
    "recoveries": "claims",
    "renewals": "policies",
    "requests": "limits",
    "terms": "policies",
    "voices": "policies",
}
"""Modules of events that a topic has beside the one that is called after it."""


def avro_namespace(record: type[Record]) -> str:
    """``vigie.<topic>`` for events, ``vigie.notices`` for notices and their parts, ``vigie`` for what all share."""
    _, _, inside = record.__module__.partition("schemas.")
    family, _, module = inside.partition(".")
    return _FAMILIES.get(family) or f"vigie.{_TOPIC_OF_MODULE.get(module, module)}"


def avro_name(record: type[Record]) -> str:
    """The record's full name in Avro, which is also its subject: ``vigie.court_judgments.JudgmentPublished``."""
    return f"{avro_namespace(record)}.{record.__name__}"


RECORDS: dict[str, type[Record]] = {avro_name(record): record for topic in _TOPICS for record in topic.records}
"""Every record that travels on its own, by its full Avro name."""


def _parts(base: type[Record] = Record) -> dict[str, type[Record]]:
    found: dict[str, type[Record]] = {}
    for record in base.__subclasses__():
        found |= {avro_name(record): record, **_parts(record)}
    return found


PARTS: dict[str, type[Record]] = _parts()
"""Every record there is, also those that travel only inside another, by its full Avro name."""

INPUTS = tuple(topic for topic in _TOPICS if EventVoided in topic.records)
"""The topics that providers write."""

_TOPIC_OF = {record: topic for topic in _TOPICS for record in topic.records if record is not EventVoided}


def topic_of(record: Record) -> Topic:
    """The topic on which the record travels; LookupError for a part of a record."""
    try:
        return TOPICS[record.topic] if type(record) is EventVoided else _TOPIC_OF[type(record)]
    except KeyError:
        raise LookupError(f"{type(record).__name__} is no record of a topic: see schemas/catalog.py") from None


def topics_of(record: type[Record]) -> tuple[Topic, ...]:
    """Every topic on which records of this type may travel: several for EventVoided, none for a part of a record."""
    return tuple(topic for topic in _TOPICS if record in topic.records)


def key_of(record: Record) -> str:
    """The record's Kafka key: the same for ever, and on which its order is kept."""
    return record.key if type(record) is EventVoided else topic_of(record).key_of(record)
