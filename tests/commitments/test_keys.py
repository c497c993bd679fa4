"""What records join on, by the keys that they and the facts name; and the list of the commitments."""

import pytest

from schemas.base import Record
from schemas.catalog import TOPICS
from streams.commitments.cases import void_reference
from streams.commitments.catalog import COMMITMENTS
from streams.commitments.facts import Facts
from streams.commitments.judgments import on_judgment
from streams.commitments.keys import KEYS, Keys, keys_in, keys_of
from streams.commitments.payments import on_payment
from streams.commitments.rules import RULES
from tests.builders import (
    BUYER,
    NOW,
    POLICY,
    a_delivery,
    a_judgment,
    a_limit,
    a_rectification,
    a_void,
    a_withdrawal,
    buyers_declared,
    some_facts,
    some_terms,
)
from tests.money import a_claim, a_payment, a_return, an_overdue


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        (a_judgment(), Keys(buyers={BUYER}, references={("bodacc", "A20260051123")})),
        (a_judgment(buyer_id=None), Keys(references={("bodacc", "A20260051123")})),
        (
            a_rectification(),
            Keys(
                buyers={BUYER},
                references={("bodacc", "A20260051123"), ("bodacc", "A2026006177")},
            ),
        ),
        (a_limit(), Keys(buyers={BUYER}, policies={POLICY})),
        (some_terms(), Keys(policies={POLICY})),
        (buyers_declared(BUYER), Keys(buyers={BUYER}, policies={POLICY})),
        (
            a_void(a_judgment(), "court-judgments", BUYER),
            Keys(
                buyers={BUYER},
                references={("bodacc", void_reference(a_void(a_judgment(), "court-judgments", BUYER).header))},
            ),
        ),
        (a_void(some_terms(), "policies", POLICY), Keys(policies={POLICY})),
        (a_void(a_claim(), "claims", POLICY), Keys()),
        (a_claim("CLM-1", "F-2"), Keys(names={"CLM1", "F2"}, named={"CLM1", "F2"})),
        (an_overdue("OVD-1"), Keys(names={"OVD1"}, named={"OVD1"})),
        (a_payment("F-2026", end_to_end_id="E-1"), Keys(names={"F2026", "E1"}, payments={"E-1"})),
        (a_return(a_payment(end_to_end_id="E-1")), Keys(payments={"E-1"}, returned={"E-1"})),
        (a_delivery(), Keys(notices={str(a_delivery().notice_id)})),
    ],
)
def test_a_record_names_what_it_joins_on(event: Record, keys: Keys) -> None:
    """Buyer, policy, notice, a judgment's own reference beside the one that it corrects; what payments cite."""
    assert keys_of([event]) == keys


def test_facts_name_the_keys_that_were_not_known_before() -> None:
    """A rectification that moves a judgment joins on the buyer that it leaves, and on those who were told of it."""
    facts = some_facts()
    facts.after(on_judgment(a_judgment(), facts, NOW))
    assert keys_in(facts) == Keys(buyers={BUYER}, policies={POLICY}, references={("bodacc", "A20260051123")})
    assert BUYER not in keys_of([a_rectification(buyer_id="FR:345086177")]).buyers
    assert keys_in(Facts()) == Keys()


def test_a_claim_joins_on_everything_that_its_payments_cite() -> None:
    """Whether a payment is for it may hang on another claim, by another name: that is locked and read too."""
    facts = Facts()
    facts.after(on_payment(a_payment("F-2026 F-2027"), facts, NOW))
    assert keys_in(facts).names == {"F2026", "F2027"}


def test_every_record_of_an_input_topic_has_its_keys() -> None:
    """No record type of a topic that the hub reads reaches a rule without being locked."""
    inputs = {record for name in RULES for record in TOPICS[name].records}
    assert set(KEYS) == inputs


def test_keys_of_several_records_are_joined() -> None:
    """A run locks all of its records' keys at once."""
    both = keys_of([a_limit(), a_withdrawal(NOW.date(), policy_id="P-2")])
    assert both.policies == {POLICY, "P-2"}


def test_the_catalog_lists_the_35_commitments() -> None:
    """Each with a title, the charter's words and which charter."""
    assert list(COMMITMENTS) == list(range(1, 36))
    assert all(c.title and c.words and set(c.source.split(", ")) <= {"S0", "S1", "S4"} for c in COMMITMENTS.values())
    assert len({c.title for c in COMMITMENTS.values()}) == 35
