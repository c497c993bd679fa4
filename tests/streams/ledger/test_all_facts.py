"""What is read by keys is all that the rules ask: decided over every fact that there is, the same comes of it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.commitments.facts import CoverPeriod, Facts, Match
from streams.ledger.batch import EVERYBODY, Decider, Draft, Known
from streams.ledger.identity import event_key
from streams.runs import Received
from tests.builders import (
    a_header,
    a_judgment,
    a_limit,
    a_rectification,
    a_reduction,
    a_withdrawal,
    an_annulment,
)
from tests.money import a_claim, a_payment, a_return, an_overdue
from tests.streams.ledger.bench import SITE, Ledger
from tests.streams.ledger.steps import (
    BUYER,
    BUYERS,
    CUTS,
    DAY,
    EXAMPLES,
    NUMBER,
    POLICIES,
    POLICY,
    SOURCE,
    STEP,
    Cuts,
    Step,
    apply,
    limited,
    terms,
    versions,
)

NAMES = ("CLM-0001", "CLM-0002", "F-2111", "F-2112", "OVD-0001", "OVD-0002")
NATURE = st.sampled_from(("OPENING_LJ", "OPENING_LJ", "OTHER_READ_COMPLEMENT", "DEPOSIT_NOTICE", None))
EVENT = st.integers(0, 999)
"""Of which there are so many that few events come twice."""


def about(event: int, kind: Any, references: tuple[int, int], source: str, **said: Any) -> Step:
    """Published or corrected, under references that both share: corrections of corrections, cycles, moves."""
    own, other = (f"A{number}" for number in references)
    cited = (own,) if kind is a_judgment else (other, own)
    return "judgments", kind(*cited, source=source, header=a_header(f"J-{event}", source), **said)


def decided(event: int, kind: Any, policy_id: str, buyer_id: str, since: dt.date, cover: str) -> Step:
    """Of several covers of one policy on one buyer."""
    said = {"policy_id": policy_id, "buyer_id": buyer_id, "effective_on": since, "cover_id": cover}
    return "limits", kind(**said, header=a_header(f"LC-{event}", "underwriting"))


def claimed(event: int, kind: Any, policy_id: str, number: int, invoice: int, overdue: int | None) -> Step:
    header = a_header(f"CL-{event}", "claims")
    if kind is an_overdue:
        return "claims", an_overdue(f"OVD-000{number}", f"F-211{invoice}", policy_id=policy_id, header=header)
    of = None if overdue is None else f"OVD-000{overdue}"
    return "claims", a_claim(f"CLM-000{number}", f"F-211{invoice}", policy_id=policy_id, overdue_id=of, header=header)


def paid(event: int, said: list[str], end_to_end_id: str | None, back: str | None) -> Step:
    payment = a_payment(" ".join(said), end_to_end_id=end_to_end_id, header=a_header(f"PB-{event}", "bank"))
    return "payments", payment if back is None else a_return(payment, back)


JUDGED = st.builds(
    about,
    EVENT,
    st.sampled_from((a_judgment, a_judgment, a_rectification, an_annulment)),
    st.tuples(NUMBER, NUMBER),
    SOURCE,
    buyer_id=st.sampled_from((*BUYERS, None)),
    nature_class=NATURE,
    name=st.sampled_from(("MENUISERIE DES MONTS", "MENUISERIE DES MONTS", "DUPONT")),
    published_on=DAY,
)
LIMITED = st.builds(
    decided,
    EVENT,
    st.sampled_from((a_limit, a_reduction, a_withdrawal)),
    POLICY,
    BUYER,
    DAY,
    st.sampled_from(("C-1", "C-2")),
)
TERMS = st.builds(
    versions,
    EVENT,
    POLICY,
    st.sampled_from((dt.date(2025, 1, 1), dt.date(2026, 3, 10))),
    st.sampled_from((0, 30)),
    st.sampled_from((None, Decimal(7))),
    st.sampled_from((None, dt.date(2025, 12, 31), dt.date(2026, 3, 12))),
)
CLAIMED = st.builds(
    claimed, EVENT, st.sampled_from((a_claim, an_overdue)), POLICY, NUMBER, NUMBER, st.none() | st.integers(1, 2)
)
PAID = st.builds(
    paid,
    EVENT,
    st.lists(st.sampled_from(NAMES), max_size=3),
    st.none() | st.sampled_from(NAMES),
    st.sampled_from((None, None, "-250.00", "-9.99")),
)
COVERED = zip(POLICIES, BUYERS * 2, strict=True)
INSURED = [
    *(terms(policy_id, "fr") for policy_id in POLICIES),
    *(limited(policy_id, buyer_id, dt.date(2026, 3, 1), 5) for policy_id, buyer_id in COVERED),
]
"""Each policy has a cover on one of the buyers, so that whoever is told of a judgment tells what was read."""
STEPS = st.one_of(
    st.lists(st.one_of(JUDGED, JUDGED, LIMITED), min_size=4, max_size=20).map(lambda judged: [*INSURED, *judged]),
    st.lists(st.one_of(STEP, JUDGED, JUDGED, LIMITED, TERMS, CLAIMED, PAID), min_size=4, max_size=30),
    st.lists(st.one_of(CLAIMED, PAID), min_size=4, max_size=30),
)


class AllFacts:
    """Decides each record over all that came before it, and remembers what came of it. Nothing is locked or read."""

    def __init__(self) -> None:
        self.facts, self.known = Facts(), Known({}, frozenset(), {})
        self.drafts: dict[Any, Draft] = {}
        self.cases: dict[bytes, Any] = {}
        self.matches: dict[str, Any] = {}
        self.open: dict[Any, bool] = {}

    def take(self, record: Received) -> None:
        batch = Decider(SITE, self.facts, self.known, None, {}).decide([record], EVERYBODY, record.broker_at)
        for notice_id, draft in batch.drafts.items():
            self.drafts.setdefault(notice_id, draft)
        for by, decision in batch.decided:
            self.cases |= {event_key(j.record.header): j.case_id for j in decision.judgments}
            self.matches |= {m.payment.event_id: m.match for m in decision.payments}
            for review in decision.reviews:
                self.open.setdefault(review.review_id(*map(str, by.place)), True)
            self.open |= {review_id: False for review_id in decision.settled if review_id in self.open}


def in_order(ledger: Ledger, steps: list[Step]) -> Iterator[Received]:
    """The records of the ledger's logs, as they were applied."""
    ends: Counter[str] = Counter()
    for topic, _ in steps:
        yield getattr(ledger, topic).run(ends[topic], ends[topic] + 1).records[0]
        ends[topic] += 1


@given(steps=STEPS, cuts=CUTS)
@EXAMPLES
def test_all_facts(ledger: Ledger, steps: list[Step], cuts: Cuts) -> None:
    """Notices with every field, cases, covers, matches and reviews; and no record fails."""
    fresh, every = Ledger(ledger.uri, ledger.isolation), AllFacts()
    apply(fresh, steps, cuts)
    for record in in_order(fresh, steps):
        every.take(record)
    assert fresh.rows("SELECT waits_for FROM hold") == []
    notices = {n.header.notice_id: n for n in fresh.notices()}
    owed = {notice_id: draft.owed for notice_id, draft in every.drafts.items()}
    assert {i: (n.header.policy_id, n.header.case_id, n.header.revises) for i, n in notices.items()} == {
        i: (o.policy_id, o.case_id, o.revises) for i, o in owed.items()
    }
    for notice_id, notice in notices.items():
        assert notice == owed[notice_id].kind(header=notice.header, **owed[notice_id].fields)
    assert dict(fresh.rows("SELECT event_key, case_id FROM judgment")) == every.cases
    covers = fresh.rows("SELECT policy_id, buyer_id, cover_id, since, until, amount, currency FROM cover")
    assert {CoverPeriod(*row) for row in covers} == {c for found in every.facts.covers.values() for c in found}
    matches = fresh.rows("SELECT event_id, matched_by, policy_id, claim_id, overdue_id FROM payment")
    assert {event_id: Match(*found) if found[0] else None for event_id, *found in matches} == every.matches
    assert dict(fresh.rows("SELECT review_id, closed_at IS NULL FROM review")) == every.open
