"""Terms, recipients, contacts and declared buyers of a policy."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from schemas.notices.recipients import RecipientsChanged
from streams.commitments.decision import NOTHING, Decision, derive
from streams.commitments.facts import CoverPeriod, DeclaredBuyer, Facts, Policy
from streams.commitments.judgments import on_judgment
from streams.commitments.limits import on_limit
from streams.commitments.policies import on_policy
from tests.builders import (
    BUYER,
    NOW,
    POLICY,
    a_contact,
    a_contact_set,
    a_cover,
    a_declared_buyer,
    a_judgment,
    a_limit,
    a_policy,
    a_recipient,
    buyers_declared,
    some_facts,
    some_recipients,
    some_terms,
)

BROKER = a_recipient("R-2", name="Luc Roy", email="l.roy@courtier.example.com", role="BROKER")


def decide(facts: Facts, event: Any) -> Decision:
    decision = on_policy(event, facts, NOW)
    facts.after(decision)
    return decision


def test_terms_count_from_their_day() -> None:
    """Terms set in any order count by their dates; before the first, the first counts."""
    facts = Facts()
    for effective_on in (dt.date(2026, 1, 1), dt.date(2025, 1, 1)):
        decide(facts, some_terms(effective_on=effective_on))
    policy = facts.policies[POLICY]
    days = (dt.date(2024, 1, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 1))
    assert [policy.terms_on(day).effective_on.year for day in days] == [2025, 2025, 2026]


def test_terms_of_the_same_day_replace_those_before() -> None:
    """Set again with another run-off, the last counts alone."""
    facts = Facts()
    for run_off_days in (30, 60):
        decide(facts, some_terms(run_off_days=run_off_days))
    assert [terms.run_off_days for terms in facts.policies[POLICY].terms] == [60]


def test_the_first_recipients_of_a_policy_are_no_change() -> None:
    """Nobody holds an older list: nobody is told."""
    decision = decide(Facts(), some_recipients(a_recipient()))
    assert decision.notices == ()
    assert decision.policies[0].recipients == (a_recipient(),)


def test_a_list_that_replaces_one_is_told() -> None:
    """With both lists, for information, under an id of policy and event."""
    facts = some_facts(a_policy())
    (notice,) = decide(facts, some_recipients(BROKER)).notices
    assert (notice.kind, notice.commitment, notice.urgency) == (RecipientsChanged, 27, "INFORMATION")
    assert notice.fields == {"previous": [a_recipient()], "current": [BROKER]}
    assert notice.notice_id == derive("27", POLICY, "policies", "RS-1")


def test_a_first_list_is_told_where_a_notice_went_out_before_it() -> None:
    """Whoever sends that notice late would know nobody."""
    facts = some_facts(Policy(POLICY, (some_terms(),), was_told=True))
    assert len(decide(facts, some_recipients(a_recipient())).notices) == 1


def test_a_first_list_is_told_after_an_alert_of_the_same_run() -> None:
    """A declaration that owes an alert, then the first recipients: the alert went out without them."""
    facts = some_facts(Policy(POLICY, (some_terms(unnamed_buyer_threshold=5000),)))
    facts.after(on_judgment(a_judgment(), facts, NOW))
    assert len(decide(facts, buyers_declared(BUYER)).notices) == 1
    assert len(decide(facts, some_recipients(a_recipient())).notices) == 1


def test_the_same_list_again_changes_nothing() -> None:
    """Set again as it was: nothing is stored, nobody told."""
    assert decide(some_facts(a_policy()), some_recipients(a_recipient())) is NOTHING


def test_a_contact_replaces_the_one_before() -> None:
    """The next notice carries the new one."""
    facts = some_facts(a_policy())
    decide(facts, a_contact_set(a_contact("Claire Blanc")))
    assert facts.policies[POLICY].contact == a_contact("Claire Blanc")


def test_declared_buyers_of_an_unknown_policy_wait() -> None:
    """They are parked until the policy's terms are known."""
    assert on_policy(buyers_declared(BUYER), Facts(), NOW) == Decision(waits_for="policy:P-2041")


def test_a_buyer_declared_after_its_judgment_is_alerted_as_if_before() -> None:
    """The same notice, whichever came first."""
    first, second = (some_facts(a_policy(unnamed_buyer_threshold=5000)) for _ in range(2))
    decide(first, buyers_declared(BUYER))
    expected = on_judgment(a_judgment(), first, NOW).notices
    second.after(on_judgment(a_judgment(), second, NOW))
    assert decide(second, buyers_declared(BUYER)).notices == expected
    assert len(expected) == 1


def test_terms_that_came_after_the_judgment_alert_as_if_before() -> None:
    """A threshold for unnamed buyers, or a longer run-off: the same notice, whichever came first, and once."""
    ended = a_cover(since=dt.date(2025, 1, 1), until=dt.date(2026, 3, 1))
    held: list[tuple[CoverPeriod | DeclaredBuyer, dict[str, Any]]] = [
        (a_declared_buyer(), {"unnamed_buyer_threshold": Decimal(5000)}),
        (ended, {"run_off_days": 30}),
    ]
    for stake, wider in held:
        first, second = (some_facts(a_policy(run_off_days=0), stake) for _ in range(2))
        terms = some_terms(effective_on=dt.date(2026, 1, 1), **wider)
        assert decide(first, terms).notices == ()
        expected = on_judgment(a_judgment(), first, NOW).notices
        assert len(expected) == 1
        second.after(on_judgment(a_judgment(), second, NOW))
        assert decide(second, terms).notices == expected
        assert decide(second, terms).notices == ()


def test_terms_that_begin_after_the_judgment_alert_nobody() -> None:
    """They count from their day."""
    facts = some_facts(a_policy(), a_declared_buyer())
    facts.after(on_judgment(a_judgment(), facts, NOW))
    assert (
        decide(facts, some_terms(effective_on=dt.date(2026, 4, 1), unnamed_buyer_threshold=Decimal(5000))).notices == ()
    )


class Asked(dict[str, Any]):
    """Remembers what it was asked for."""

    def __init__(self, known: dict[str, Any]) -> None:
        super().__init__(known)
        self.keys_asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_asked.add(key)
        return super().get(key, default)


def test_terms_ask_about_the_policy_s_own_buyers_alone() -> None:
    """A run renews hundreds of policies whose buyers are judged by the thousand: each asks after its own."""
    others = [f"FR:{n:09}" for n in range(50)]
    facts = some_facts(a_policy(), a_cover(), *(a_cover(f"P-{buyer}", buyer) for buyer in others))
    for buyer in (BUYER, *others):
        facts.after(on_judgment(a_judgment(f"A-{buyer}", buyer_id=buyer), facts, NOW))
    facts.judgments = Asked(facts.judgments)
    decide(facts, some_terms(effective_on=dt.date(2027, 1, 1)))
    assert facts.judgments.keys_asked == {BUYER}


class Looked(list[Any]):
    """Counts how often it was looked through."""

    times = 0

    def __iter__(self) -> Iterator[Any]:
        self.times += 1
        return super().__iter__()


def test_terms_do_not_look_through_what_others_hold() -> None:
    """A run renews hundreds of policies of the same buyers: each finds its own among what all of them hold."""
    policies = [f"P-{n}" for n in range(20)]
    facts = some_facts(*map(a_policy, policies), *map(a_cover, policies))
    facts.after(on_judgment(a_judgment(), facts, NOW))
    facts.covers[BUYER] = covers = Looked(facts.covers[BUYER])
    for policy_id in policies:
        decide(facts, some_terms(policy_id, effective_on=dt.date(2027, 1, 1)))
    assert covers.times == 1


def test_terms_know_what_the_records_before_them_brought() -> None:
    """Covers and declarations that came since the first terms of the run count for the second."""
    other = "FR:552100554"
    facts = some_facts(a_policy(run_off_days=0))
    for buyer in (BUYER, other):
        facts.after(on_judgment(a_judgment(f"A-{buyer}", buyer_id=buyer), facts, NOW))
    decide(facts, some_terms(effective_on=dt.date(2025, 2, 1), run_off_days=0))
    ended = a_limit(effective_on=dt.date(2025, 1, 1), expires_on=dt.date(2026, 3, 1))
    facts.after(on_limit(ended, facts, NOW))
    decide(facts, buyers_declared(other))
    wider = some_terms(effective_on=dt.date(2026, 1, 1), run_off_days=30, unnamed_buyer_threshold=Decimal(5000))
    told = decide(facts, wider).notices
    assert [owed.fields["body"].judgment.buyer_id for owed in told] == [other, BUYER]


def test_buyers_declared_twice_are_stored_once() -> None:
    """Within one declaration and over two."""
    facts = some_facts(a_policy())
    assert decide(facts, buyers_declared(BUYER, BUYER)).declared == (a_declared_buyer(),)
    assert decide(facts, buyers_declared(BUYER)) == NOTHING
