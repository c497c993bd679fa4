"""The envelope: whom a notice goes to, in which language, from whom."""

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from annotated_types import MaxLen
from pydantic import ValidationError

from schemas.base import Record
from schemas.codec import encode
from schemas.events.court_judgments import Person
from schemas.events.policies import Contact, JudgmentEffect, Recipient
from schemas.notices.header import Cause, NoticeHeader
from schemas.notices.judgments import JudgmentAlert
from schemas.notices.recipients import RecipientsChanged
from streams.commitments.decision import Owed
from streams.commitments.envelope import recipients_of, seal
from streams.commitments.facts import Policy
from streams.commitments.judgments import on_judgment
from streams.commitments.policies import on_policy
from streams.ledger.telling import LARGEST_NOTICE
from tests.builders import (
    NOW,
    POLICY,
    a_contact,
    a_cover,
    a_judgment,
    a_policy,
    a_recipient,
    a_rectification,
    an_annulment,
    some_facts,
    some_recipients,
)

PARIS = ZoneInfo("Europe/Paris")
CAUSE = Cause(topic="court-judgments", partition=3, offset=51207, source="bodacc", event_id="A20260051123")


def sealed(owed: Owed, policy: Policy, now: dt.datetime = NOW) -> Any:
    return seal(owed, policy, 7, CAUSE, now=now, zone=PARIS)


def an_alert() -> Owed:
    return on_judgment(a_judgment(), some_facts(), NOW).notices[0]


def test_a_sealed_notice_is_a_valid_record() -> None:
    """Every kind of notice, as the rules draft it, passes every check of its record."""
    facts = some_facts()
    owed: list[Owed] = []
    for event in (a_judgment(), a_rectification(), an_annulment()):
        decision = on_judgment(event, facts, NOW)
        facts.after(decision)
        owed += decision.notices
    owed += on_policy(some_recipients(), facts, NOW).notices
    notices = [sealed(each, facts.policies[POLICY]) for each in owed]
    assert len(notices) == 4
    for notice in notices:
        assert type(notice).model_validate(notice.model_dump()) == notice


def test_the_header_says_everything_about_the_notice() -> None:
    """Number, commitment, cause, contact and disclaimer stand in it."""
    owed = an_alert()
    header: NoticeHeader = sealed(owed, a_policy()).header
    assert (header.notice_id, header.policy_id, header.number, header.commitment) == (owed.notice_id, POLICY, 7, 1)
    assert (header.cause, header.decided_at, header.contact) == (CAUSE, NOW, a_contact())
    assert header.disclaimer == "Information donnée à titre indicatif ; les conditions de votre police prévalent."


def test_a_notice_goes_to_the_recipients_of_its_kind() -> None:
    """No kinds named means every kind."""
    alerts = a_recipient("R-2", kinds=[JudgmentAlert.__name__])
    changes = a_recipient("R-3", kinds=[RecipientsChanged.__name__])
    policy = replace(a_policy(), recipients=(a_recipient(), alerts, changes))
    assert [r.recipient_id for r in recipients_of("JudgmentAlert", policy)] == ["R-1", "R-2"]


def test_today_is_the_date_where_people_read() -> None:
    """Half past eleven at night in London is tomorrow in Paris."""
    late = dt.datetime(2026, 5, 15, 22, 30, tzinfo=dt.UTC)
    header = sealed(an_alert(), a_policy(), late).header
    assert header.today == dt.date(2026, 5, 16)
    assert header.title.endswith(", délai de déclaration passé")


def test_a_policy_without_terms_is_written_to_in_french() -> None:
    """A change of recipients may be owed before the terms are known."""
    policy = Policy(POLICY, recipients=(a_recipient(),))
    (owed,) = on_policy(some_recipients(), some_facts(policy), NOW).notices
    header = sealed(owed, policy).header
    assert (header.language, header.title) == ("fr", "Les destinataires de vos avis ont changé")


def test_the_language_is_the_last_that_was_asked_for() -> None:
    """An English policyholder gets English."""
    header = sealed(an_alert(), a_policy(language="en")).header
    assert header.disclaimer == "For information only; the terms of your policy prevail."


def longest(record: type[Record], field: str) -> str:
    """The longest text that a field takes, of characters of three bytes."""
    return "€" * next(limit.max_length for limit in record.model_fields[field].metadata if isinstance(limit, MaxLen))


def test_what_a_policy_says_of_itself_fits_into_its_notices() -> None:
    """As long as each may be: else one policy's words would keep a judgment from everybody else's."""
    effect = JudgmentEffect(**{name: longest(JudgmentEffect, name) for name in JudgmentEffect.model_fields})
    contact = a_contact(longest(Contact, "name"))
    named = some_recipients(*(a_recipient(f"R-{n}", name=longest(Recipient, "name")) for n in range(30)))
    policy = replace(a_policy(judgment_effect=effect), contact=contact, recipients=tuple(named.recipients))
    judgment = a_judgment(text="€" * 100_000, person=Person(name="€" * 100_000, kind="legal"))
    (owed,) = on_judgment(judgment, some_facts(policy, a_cover()), NOW).notices
    assert len(encode(sealed(owed, policy))) < LARGEST_NOTICE


def test_a_list_of_recipients_is_of_a_size_that_fits() -> None:
    """It stands in each notice of its policy: one that is too large is refused by itself."""
    with pytest.raises(ValidationError, match="expected recipients of at most 100,000 bytes in all, got 2"):
        some_recipients(*(a_recipient(f"R-{n}", kinds=["JudgmentAlert"] * 20) for n in range(500)))
