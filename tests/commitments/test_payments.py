"""Money received and the claim that it is for, whichever came first; money that goes back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.base import Record
from schemas.events.payments import Concerned, FundsReceived
from streams.commitments.decision import Decision
from streams.commitments.facts import Facts, Match
from streams.commitments.matching import MOST_WORDS, citations_of, normalised
from streams.commitments.payments import on_claim, on_payment
from tests.builders import NOW, POLICY, a_header
from tests.money import a_claim, a_payment, an_overdue

CLAIM = "CLM-2026-0042"
Known = tuple[Match | None, set[str]]


def decide(facts: Facts, *events: Record) -> list[Decision]:
    """Each event over what the ones before left."""
    decisions = []
    for event in events:
        rule = on_claim if type(event).__module__.endswith("claims") else on_payment
        decisions.append(rule(event, facts, NOW))
        facts.after(decisions[-1])
    return decisions


def outcome(*events: Record) -> dict[str, Known]:
    """By payment: what it is matched to at the end, and the details of its reviews that are still open."""
    matches: dict[str, Match | None] = {}
    opened: dict[Any, tuple[str, str]] = {}
    for decision in decide(Facts(), *events):
        matches |= {m.payment.event_id: m.match for m in decision.payments}
        named = {r.review_id(): (r.about[1], r.detail) for r in decision.reviews if r.reason == "unmatched_payment"}
        assert not named.keys() & set(decision.settled)
        opened |= named
        for settled in decision.settled:
            opened.pop(settled, None)
    return {p: (match, {d for of, d in opened.values() if of == p}) for p, match in matches.items()}


def matched(*events: Record) -> tuple[Match | None, int]:
    """What the only payment is matched to, and how many of its reviews are open."""
    [(match, reviews)] = outcome(*events).values()
    return match, len(reviews)


def instructed(reference: str) -> FundsReceived:
    payment = a_payment()
    return payment.model_copy(
        update={"references": payment.references.model_copy(update={"instruction_id": reference})}
    )


CITED = {
    "a creditor reference": (a_payment(creditor_reference="RF83CLM20260042"), "creditor_reference"),
    "the whole of a creditor reference": (a_payment(creditor_reference="F2026118"), "creditor_reference"),
    "an end-to-end id": (a_payment(end_to_end_id="clm 2026/0042"), "end_to_end_id"),
    "a word of the free text": (a_payment("Sinistre CLM-2026-0042,", "merci"), "free_text"),
    "a part of a word": (a_payment("/REF/CLM.2026.0042/DATE/20260320"), "free_text"),
    "words of the free text": (a_payment("reglement clm 2026/0042 merci"), "free_text"),
    "words that a bank took apart": (a_payment("SINISTRE CLM 2026 0042"), "free_text"),
    "words among signs": (a_payment("/REF/CLM/2026-0042:DOSSIER"), "free_text"),
    "an invoice": (a_payment("FACTURE F-2026/118 DU 31.01.2026"), "free_text"),
    "the reference of a line": (instructed("SINISTRE CLM-2026-0042"), "free_text"),
    "the provider": (a_payment(concerned=Concerned(claim_id=CLAIM)), "concerned"),
    "the provider, an invoice": (a_payment(concerned=Concerned(invoice_id="F-2026/118")), "concerned"),
}


@pytest.mark.parametrize(("payment", "how"), CITED.values(), ids=CITED)
@pytest.mark.parametrize("claim_first", [True, False])
def test_a_payment_that_cites_one_claim_is_matched(payment: FundsReceived, how: str, *, claim_first: bool) -> None:
    """However it is written and whichever comes first; a review that was open until then is settled."""
    claim = a_claim(CLAIM, "F-2026/118")
    events = (claim, payment) if claim_first else (payment, claim)
    assert matched(*events) == (Match(how, POLICY, CLAIM, None), 0)


def test_the_surest_reference_decides() -> None:
    """What the end-to-end id names wins over what the free text names, also where its claim comes later."""
    payment = a_payment("CLM-2026-0001", end_to_end_id=CLAIM)
    for events in ((a_claim("CLM-2026-0001"), a_claim(CLAIM), payment), (a_claim("CLM-2026-0001"), payment, a_claim())):
        assert matched(*events) == (Match("end_to_end_id", POLICY, CLAIM, None), 0)


def test_where_the_provider_knows_nothing_else_is_looked_at() -> None:
    """A claim that it names and that nobody knows yet is waited for, whatever the payer wrote."""
    payment = a_payment("CLM-2026-0001", concerned=Concerned(claim_id=CLAIM))
    assert matched(a_claim("CLM-2026-0001"), payment) == (None, 1)
    assert matched(a_claim("CLM-2026-0001"), payment, a_claim()) == (Match("concerned", POLICY, CLAIM, None), 0)


def test_the_policy_that_the_provider_names_is_the_only_one() -> None:
    """Of two policyholders who use the same number of an invoice, the one it names has the payment."""
    claims = a_claim("CLM-1", "2026118"), a_claim("CLM-2", "2026118", policy_id="P-9")
    assert matched(*claims, a_payment("2026118")) == (None, 1)
    payment = a_payment("2026118", concerned=Concerned(policy_id="P-9"))
    assert matched(*claims, payment) == (Match("free_text", "P-9", "CLM-2", None), 0)


def test_a_payment_that_may_be_for_several_claims_is_for_a_person() -> None:
    """The review names each claim, what was looked for, and no word of the payer's own."""
    payment = a_payment("M DUPONT 0612345678 CLM-1-2026 CLM-2-2026", end_to_end_id="VIR-77")
    *_, decision = decide(Facts(), a_claim("CLM-1-2026"), a_claim("CLM-2-2026", policy_id="P-9"), payment)
    [review] = decision.reviews
    assert review.detail == (
        "bank B-1, VIR-77\n250.00 EUR booked on 2026-03-20\n"
        "looked for the end-to-end id: VIR77; words of the free text: 4\n"
        "may be claim CLM-1-2026 of P-2041 (by words of the free text), "
        "claim CLM-2-2026 of P-9 (by words of the free text)"
    )
    assert [m.match for m in decision.payments] == [None]


def test_what_one_payment_of_a_batch_cites_is_not_what_all_are_for() -> None:
    """A batch that stays whole is for a person, but for what all of its payments say."""
    cites = a_payment(CLAIM)
    whole = cites.model_copy(update={"booking": cites.booking.model_copy(update={"batch_size": 2, "transactions": 2})})
    assert matched(a_claim(), whole) == (None, 1)
    shared = whole.references.model_copy(update={"end_to_end_id": CLAIM})
    match, reviews = matched(a_claim(), whole.model_copy(update={"references": shared}))
    assert (match and match.how, reviews) == ("end_to_end_id", 0)


def test_a_match_that_becomes_doubtful_is_taken_back() -> None:
    """A second claim that goes by the same name leaves it to a person, as if it had come first."""
    one, other, payment = a_claim("CLM-1", "2026118"), a_claim("CLM-2", "2026118"), a_payment("2026118")
    assert outcome(one, payment, other) == outcome(one, other, payment)
    assert matched(one, payment, other) == (None, 1)


def test_a_report_is_matched_until_its_claim_comes() -> None:
    """Both are one file: the payment is the claim's from then on, and never in doubt between them."""
    report, claim = an_overdue("OVD-2026-0007", "F-2026/118"), a_claim(CLAIM, "F-2026/118", overdue_id="OVD-2026-0007")
    payment = a_payment("F-2026/118")
    assert matched(report, payment) == (Match("free_text", POLICY, None, "OVD-2026-0007"), 0)
    for events in ((report, payment, claim), (claim, report, payment), (payment, claim, report)):
        assert matched(*events) == (Match("free_text", POLICY, CLAIM, None), 0)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("FACTURE VIREMENT ECHEANCE", []),
        ("F118 n°12 2026", []),
        ("CLM 2026", ["CLM2026"]),
        ("CLM 2026 0042 0007", ["CLM2026", "CLM20260042"]),
        ("TEL 06 12, LE 31 01 2026", ["TEL06", "TEL0612", "LE3101"]),
        ("31 01 2026 0042", []),
        ("REF\nCLM 2026", ["CLM2026"]),
        ("CLM / 2026", ["CLM2026"]),
        ("F-118/A", ["F118A"]),
        ("REF:CLM-2026-0042", ["REFCLM20260042", "CLM20260042"]),
        ("clm-2026-0042 CLM20260042", ["CLM20260042"]),
        ("CLM-12345-2", ["CLM123452"]),
    ],
)
def test_a_word_may_be_a_name(line: str, names: list[str]) -> None:
    """From five letters and digits on, with a digit among them, whole, in its parts, and with the numbers behind."""
    assert [citation.name for citation in citations_of(a_payment(*line.split("\n")))] == names


@pytest.mark.parametrize(
    ("reference", "names"),
    [("RF18 5390-0754", ["53900754", "RF1853900754"]), ("RF18", ["RF18"]), ("ABRF18X9", ["ABRF18X9"])],
)
def test_a_creditor_reference_is_looked_up_without_its_check_digits_too(reference: str, names: list[str]) -> None:
    """Of ISO 11649, what follows `RF` and two digits; of any other, all of it."""
    assert [citation.name for citation in citations_of(a_payment(creditor_reference=reference))] == names


def test_a_long_text_is_read_from_its_start() -> None:
    """At most fifty words are looked up, and what says that there is no reference is none."""
    long = a_payment(*(f"W{n:05} W{n + 1:05}" for n in range(999)), end_to_end_id="NOTPROVIDED")
    assert [c.name for c in citations_of(long)] == [f"W{n:05}" for n in range(MOST_WORDS)]
    apart = [c.name for c in citations_of(a_payment(*(f"CLM {n:05}" for n in range(999))))]
    assert apart == [form.format(n) for form in ("{:05}", "CLM{:05}") for n in range(MOST_WORDS)]


@given(st.text(max_size=40))
def test_a_name_is_the_same_however_often_it_is_normalised(name: str) -> None:
    """Upper case letters and digits only, and case makes no difference."""
    found = normalised(name)
    assert normalised(found) == found == normalised(f" {name}. ")
    assert found.isascii()
    assert found == "" or (found.isalnum() and found == found.upper())


@given(st.data())
def test_any_order_ends_in_the_same_matches_and_reviews(data: st.DataObject) -> None:
    """Claims, reports and payments that cite each other in any order: what is matched and what is open is the same."""
    invoices = st.lists(st.sampled_from(["INV-001", "INV-002", "INV-003"]), max_size=2, unique=True)
    claims: list[Record] = [
        a_claim(
            f"CLAIM-{n}",
            *data.draw(invoices),
            policy_id=data.draw(st.sampled_from(["P-1", "P-2"])),
            overdue_id=data.draw(st.sampled_from([None, "OVER-1", "OVER-2"])),
        )
        for n in range(data.draw(st.integers(0, 3)))
    ]
    reports: list[Record] = [
        an_overdue(f"OVER-{n}", *data.draw(invoices), policy_id=data.draw(st.sampled_from(["P-1", "P-2"])))
        for n in (1, 2)
    ]
    cited = st.sampled_from(["INV-001", "INV-002", "CLAIM-0", "CLAIM-1", "OVER-1", "NOBODY-1"])
    payments: list[Record] = [
        a_payment(
            *data.draw(st.lists(cited, max_size=3)),
            end_to_end_id=data.draw(cited | st.none()),
            header=a_header(f"B-{n}", "bank"),
            concerned=data.draw(st.sampled_from([None, Concerned(policy_id="P-1"), Concerned(claim_id="CLAIM-0")])),
        )
        for n in range(2)
    ]
    one = data.draw(st.permutations([*claims, *reports, *payments]))
    other = data.draw(st.permutations(one))
    assert outcome(*one) == outcome(*other)
    assert all((match is None) == (len(reviews) == 1) for match, reviews in outcome(*one).values())
