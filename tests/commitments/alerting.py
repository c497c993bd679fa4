"""Facts in which somebody was alerted already, and what is decided next."""

from typing import Any

from streams.commitments.decision import Decision, Owed
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from streams.commitments.limits import on_limit
from tests.builders import NOW, a_cover, a_judgment, a_limit, a_policy, some_facts

OTHER_BUYER = "FR:345086177"


def decide(facts: Facts, event: Any) -> Decision:
    decision = on_judgment(event, facts, NOW)
    facts.after(decision)
    return decision


def kinds(decision: Decision) -> list[tuple[str, str]]:
    return [(n.policy_id, n.kind.__name__) for n in decision.notices]


def late(facts: Facts) -> tuple[Owed, ...]:
    """What another policy is told, whose cover of the walk's buyer comes now."""
    facts.policies["P-9"] = a_policy("P-9")
    return on_limit(a_limit("P-9"), facts, NOW).notices


def alerted(*policy_ids: str) -> tuple[Facts, Decision]:
    """Facts in which these policies were alerted of the walk's judgment."""
    known = [fact for p in policy_ids for fact in (a_policy(p), a_cover(p))]
    facts = some_facts(*known)
    return facts, decide(facts, a_judgment())
