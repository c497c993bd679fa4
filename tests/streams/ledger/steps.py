"""Records of every kind on few buyers and policies, and every way that they may come to be applied."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from schemas.base import Record
from schemas.events.limits import PartialAmount
from streams.runs import Run
from tests.builders import (
    NOW,
    a_header,
    a_judgment,
    a_limit,
    a_recipient,
    a_rectification,
    a_reduction,
    a_reinstatement,
    a_void,
    a_withdrawal,
    an_annulment,
    buyers_declared,
    some_recipients,
    some_terms,
)
from tests.long import LONG
from tests.money import a_claim, a_payment
from tests.streams.ledger.bench import DiesAfter, Killed, Ledger

BUYERS = ("FR:912345675", "FR:552100554")
POLICIES = ("P-1", "P-10", "P-2", "P-3")

POLICY, BUYER, NUMBER = st.sampled_from(POLICIES), st.sampled_from(BUYERS), st.integers(1, 3)
DAY = st.integers(1, 20).map(lambda day: dt.date(2026, 3, day))


SOURCE = st.sampled_from(("bodacc", "infogreffe"))
CITED = st.one_of(
    st.none(),
    NUMBER.map(lambda number: f"A{number}"),
    st.builds(lambda number, of: f"{number}-A{of}", NUMBER, NUMBER),
)
"""A judgment, or what corrects one."""
GAZETTE = st.sampled_from(("BODACC A", "Gazette du Palais"))
Step = tuple[str, Record]
"""A log of the ledger, and what is appended to it."""


def judged(number: int, buyer_id: str, source: str, court: str, **said: Any) -> Step:
    """One event_id may come with two courts, or otherwise published: a conflicting repeat."""
    name = f"A{number}-{buyer_id}"
    return "judgments", a_judgment(
        f"A{number}", buyer_id=buyer_id, source=source, court=court, header=a_header(name, source), **said
    )


def corrected(kind: Any, of: str | None, buyer_id: str, source: str, number: int) -> Step:
    """Of a judgment on this buyer or on the other one or of another correction, known or not, or of none it names."""
    name = f"{number}-{of}"
    return "judgments", kind(of, name, buyer_id=buyer_id, source=source, header=a_header(f"{name}-{buyer_id}", source))


def voided(number: int, buyer_id: str) -> Step:
    return "judgments", a_void(judged(number, buyer_id, "bodacc", "")[1], "court-judgments", buyer_id)


def limited(policy_id: str, buyer_id: str, since: dt.date, amount: int, part_until: dt.date | None = None) -> Step:
    """All of it without end, or a part until a day."""
    header = a_header(f"L-{policy_id}-{buyer_id}-{since}-{amount}-{part_until}", "underwriting")
    parts = [PartialAmount(amount=Decimal(2), expires_on=part_until)] if part_until else []
    said = {"effective_on": since, "amount": Decimal(amount), "partial_amounts": parts}
    return "limits", a_limit(policy_id, buyer_id, **said, header=header)


def ended(kind: Any, policy_id: str, buyer_id: str, since: dt.date) -> Step:
    header = a_header(f"{kind.__name__}-{policy_id}-{buyer_id}-{since}", "underwriting")
    return "limits", kind(since, policy_id=policy_id, buyer_id=buyer_id, header=header)


def terms(policy_id: str, language: str) -> Step:
    header = a_header(f"T-{policy_id}-{language}", "policies")
    return "policies", some_terms(policy_id, language=language, unnamed_buyer_threshold=Decimal(7), header=header)


def versions(
    event: int,
    policy_id: str,
    since: dt.date,
    run_off_days: int,
    threshold: Decimal | None,
    expires_on: dt.date | None = None,
) -> Step:
    """Terms that take effect later than others, or before them."""
    said = {"effective_on": since, "expires_on": expires_on, "run_off_days": run_off_days}
    return "policies", some_terms(
        policy_id, **said, unnamed_buyer_threshold=threshold, header=a_header(f"TV-{event}", "policies")
    )


def declared(policy_id: str, buyer_id: str) -> Step:
    header = a_header(f"BD-{policy_id}-{buyer_id}", "policies")
    return "policies", buyers_declared(buyer_id, policy_id=policy_id).model_copy(update={"header": header})


def addressed(policy_id: str, number: int) -> Step:
    to = a_recipient(f"R-{number}")
    return "policies", some_recipients(to, policy_id=policy_id, event_id=f"RS-{policy_id}-{number}")


def claimed(policy_id: str, number: int) -> Step:
    header = a_header(f"C-{policy_id}-{number}", "claims")
    return "claims", a_claim(f"CLM-000{number}", f"F-211{number}", policy_id=policy_id, header=header)


def paid(number: int, said: str) -> Step:
    return "payments", a_payment(said, header=a_header(f"B-{number}", "bank"))


STEP = st.one_of(
    st.builds(
        judged,
        NUMBER,
        BUYER,
        SOURCE,
        st.sampled_from(("Tribunal de commerce de Lyon", "Greffe de Paris")),
        gazette=GAZETTE,
        published_on=DAY,
    ),
    st.builds(corrected, st.sampled_from((a_rectification, an_annulment)), CITED, BUYER, SOURCE, NUMBER),
    st.builds(voided, NUMBER, BUYER),
    st.builds(limited, POLICY, BUYER, DAY, st.sampled_from((0, 5, 9)), DAY | st.none()),
    st.builds(ended, st.sampled_from((a_withdrawal, a_reduction, a_reinstatement)), POLICY, BUYER, DAY),
    st.builds(terms, POLICY, st.sampled_from(("fr", "en"))),
    st.builds(declared, POLICY, BUYER),
    st.builds(addressed, POLICY, NUMBER),
    st.builds(claimed, POLICY, NUMBER),
    st.builds(paid, NUMBER, st.sampled_from(("CLM-0001 F-2112", "FACTURE F-2111", "RIEN"))),
)
STEPS = st.lists(STEP, min_size=4, max_size=30)


@dataclass(frozen=True)
class Cuts:
    """How the records come to be applied."""

    lengths: list[int]
    """Of runs, in turn."""
    slice_notices: int
    deaths: list[int]
    """Of workers, each after so many commits."""


CUTS = st.builds(
    Cuts, st.lists(st.integers(1, 6), min_size=1), st.integers(1, 3), st.lists(st.integers(1, 3), max_size=4)
)
EXAMPLES = settings(max_examples=500 if LONG else 8, suppress_health_check=[HealthCheck.function_scoped_fixture])


def apply(ledger: Ledger, steps: list[Step], cuts: Cuts) -> None:
    """Records that follow each other on one topic, in runs of so many, each applied until it is."""
    runs: list[Run] = []
    for topic, group in groupby(enumerate(steps), lambda step: step[1][0]):
        log = getattr(ledger, topic)
        for minute, (_, event) in group:
            run = log.append(event, at=NOW + dt.timedelta(minutes=minute))
            room = cuts.lengths[len(runs) % len(cuts.lengths)]
            joins = runs and runs[-1].topic == run.topic and len(runs[-1].records) < room
            runs.append(log.run(runs.pop().first_offset if joins else run.first_offset))
    deaths = iter(cuts.deaths)
    for run in runs:
        while not applied(ledger, run, cuts.slice_notices, next(deaths, None)):
            pass


def applied(ledger: Ledger, run: Run, slice_notices: int, death: int | None) -> bool:
    dies = {} if death is None else {"committed": DiesAfter(death)}
    try:
        return ledger.apply(run, slice_notices=slice_notices, **dies) == [True]
    except Killed:
        return False


@st.composite
def topics(draw: st.DrawFn) -> list[list[Step]]:
    """Judgments, covers and policies: no corrections, no recipients, no terms that take away what others gave.

    That recipients changed is told to those who were told something before: it depends on when.
    """
    judgments = draw(
        st.lists(st.builds(judged, NUMBER, BUYER, SOURCE, st.just("Greffe de Paris")), min_size=1, max_size=5)
    )
    pairs = draw(st.lists(st.tuples(POLICY, BUYER), unique=True, max_size=6))
    limits = [limited(policy_id, buyer_id, draw(DAY), 5, draw(DAY | st.none())) for policy_id, buyer_id in pairs]
    first = [terms(policy_id, draw(st.sampled_from(("fr", "en")))) for policy_id in POLICIES]
    end = draw(st.none() | st.just(dt.date(2025, 12, 31)) | DAY)
    strict = [versions(n, policy_id, dt.date(2025, 1, 1), 0, None, end) for n, policy_id in enumerate(POLICIES)]
    wider = [versions(10 + n, policy_id, draw(DAY), 30, Decimal(7)) for n, policy_id in enumerate(POLICIES)]
    said = draw(st.lists(st.builds(declared, POLICY, BUYER), max_size=5))
    before, among = ([], first) if draw(st.booleans()) else (strict, wider)
    return [judgments, limits, [*before, *draw(st.permutations([*among, *said]))]]


def interleaved(draw: st.DrawFn, logs: list[list[Step]]) -> list[Step]:
    """All in one order, each topic in its own."""
    turns = draw(st.permutations([n for n, log in enumerate(logs) for _ in log]))
    heads = [iter(log) for log in logs]
    return [next(heads[turn]) for turn in turns]


ORDERLESS = {
    "event": "event_key, digest, topic, record_offset",
    "judgment": "event_key, record_offset, case_id, buyer_id",
    "cover": "buyer_id, policy_id, since, until, cover_id, amount",
    "declared_buyer": "buyer_id, policy_id, declared_on",
    "policy": "policy_id, terms, recipients",
    "policy_number": "policy_id, last_number",
    "notice": "notice_id, policy_id, case_id, kind",
    "parked": "topic, record_offset",
}
"""What does not depend on which topic came first; the order of numbers and the envelopes do."""


def orderless(ledger: Ledger) -> dict[str, Any]:
    return {t: ledger.rows(f"SELECT {columns} FROM {t} ORDER BY {columns}") for t, columns in ORDERLESS.items()}
