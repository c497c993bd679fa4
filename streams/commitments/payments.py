"""Money that came, or came back, and the claims that it is for. Nothing is shared or remitted yet (commitment 17)."""

import datetime as dt
from collections import ChainMap
from collections.abc import Iterable, Sequence
from decimal import Decimal

from babel.numbers import get_currency_precision

from schemas.base import Record
from schemas.events.claims import ClaimDeclared, OverdueReported
from schemas.events.payments import FundsReceived, PaymentReturned
from schemas.events.voided import EventVoided
from streams.commitments.decision import NOTHING, Decision, Matched, PaidBack, Review
from streams.commitments.facts import ClaimName, Facts, Match, Payment
from streams.commitments.matching import candidates, citations_of, names_of
from streams.commitments.voided import reviewed

_IN_WORDS = {
    "concerned": "what the provider says it is for",
    "creditor_reference": "the creditor reference",
    "end_to_end_id": "the end-to-end id",
    "free_text": "words of the free text",
}


def on_payment(event: Record, facts: Facts, now: dt.datetime) -> Decision:  # noqa: ARG001 -- every rule's form
    """Money received is matched to one claim, or reviewed; what comes back stands beside what had come.

    The promises of a remittance that was executed (17), and of a premium that was paid (26), come later.
    """
    match event:
        case EventVoided():
            return reviewed(event)
        case FundsReceived():
            return _on_received(event, facts)
        case PaymentReturned():
            return _on_returned(event, facts)
        case _:
            return NOTHING


def on_claim(event: Record, facts: Facts, now: dt.datetime) -> Decision:  # noqa: ARG001 -- every rule's form
    """Payments that cite the claim are matched to it, also those that came before it.

    The promises of claims (13 to 21) come later: every other record of theirs asks for nothing yet.
    """
    match event:
        case EventVoided():
            return reviewed(event)
        case ClaimDeclared() | OverdueReported():
            return _on_named(names_of(event), facts)
        case _:
            return NOTHING


def _on_received(event: FundsReceived, facts: Facts) -> Decision:
    payment = _payment(event)
    found = candidates(payment, facts.claims)
    doubt = () if len(found) == 1 else (_unmatched(payment, found),)
    return Decision(payments=(_matched(payment, found),), reviews=(*_unreconciled(event), *doubt))


def _on_named(names: Iterable[ClaimName], facts: Facts) -> Decision:
    """The names are known from now on; each payment that cites one of them is looked at again."""
    new = tuple(n for n in names if n not in facts.claims.get(n.name, ()))
    with_new = ChainMap({n.name: [*facts.claims.get(n.name, ()), n] for n in new}, facts.claims)
    citing = {(p.source, p.event_id): p for n in new for p in facts.citing.get(n.name, ())}
    looked_at = [(p, candidates(p, facts.claims), candidates(p, with_new)) for p in citing.values()]
    changed = [(payment, before, after) for payment, before, after in looked_at if before != after]
    return Decision(
        names=new,
        payments=tuple(_matched(payment, after) for payment, _, after in changed),
        reviews=tuple(_unmatched(payment, after) for payment, _, after in changed if len(after) != 1),
        settled=tuple(_unmatched(payment, before).review_id() for payment, before, _ in changed if len(before) != 1),
    )


def _on_returned(event: PaymentReturned, facts: Facts) -> Decision:
    """The return stands beside the one payment that it can mean; payers use a reference twice, amounts tell which."""
    amount, currency = _came(event)
    known = facts.received.get(event.payment_reference, ()) if event.booking.amount < 0 else ()
    alike = [p for p in known if p.currency == currency and p.amount >= amount]
    meant = alike if len(alike) == 1 else [p for p in alike if p.amount == amount]
    doubts = _unreconciled(event)
    if len(meant) != 1:
        return Decision(reviews=(*doubts, _unknown(event, len(meant))))
    return Decision(returned=(PaidBack(meant[0], event),), reviews=doubts)


def _came(event: PaymentReturned) -> tuple[Decimal, str]:
    """Amount and currency of what comes back, as it had come."""
    if event.original_amount is not None and event.original_currency is not None:
        return event.original_amount, event.original_currency
    return -event.booking.amount, event.booking.currency


def _payment(event: FundsReceived) -> Payment:
    statement = event.statement
    return Payment(
        source=event.header.source,
        event_id=event.header.event_id,
        reference=event.payment_reference,
        amount=event.booking.amount,
        currency=event.booking.currency,
        booked_on=event.booking.booked_on,
        policy_id=event.concerned.policy_id if event.concerned else None,
        statement_id=statement.statement_id if statement else None,
        reconciled=statement.reconciled if statement else None,
        citations=citations_of(event),
    )


def _matched(payment: Payment, found: Sequence[Match]) -> Matched:
    return Matched(payment, found[0] if len(found) == 1 else None)


def _unmatched(payment: Payment, found: Sequence[Match]) -> Review:
    """One review for what a payment may be for: another once that changes. The payer's own words are not repeated."""
    cited: dict[str, list[str]] = {}
    for citation in payment.citations:
        cited.setdefault(citation.how, []).append(citation.name)
    looked = [f"{_IN_WORDS[how]}: {len(n) if how == 'free_text' else ', '.join(n)}" for how, n in cited.items()]
    lines = [
        f"{payment.source} {payment.event_id}, {payment.reference}",
        f"{_money(payment.amount, payment.currency)} booked on {payment.booked_on}",
        f"looked for {'; '.join(looked) or 'nothing: it cites nothing by itself'}",
        f"may be {', '.join(map(_claim, found)) or 'no claim that is known'}",
    ]
    may_be = [part or "" for m in found for part in (m.how, m.policy_id, m.claim_id, m.overdue_id)]
    about = (payment.source, payment.event_id, *may_be)
    return Review("unmatched_payment", "\n".join(lines), policy_id=payment.policy_id, about=about)


def _claim(match: Match) -> str:
    what = f"claim {match.claim_id}" if match.claim_id else f"overdue {match.overdue_id}"
    return f"{what} of {match.policy_id} (by {_IN_WORDS[match.how]})"


def _unreconciled(event: FundsReceived | PaymentReturned) -> tuple[Review, ...]:
    """One review for a statement whose sums are wrong, however many of its payments there are."""
    statement = event.statement
    if statement is None or statement.reconciled is not False:
        return ()
    account, currency = event.booking.account, event.booking.currency
    opening, closing, difference = (
        "not told" if amount is None else _money(amount, currency)
        for amount in (statement.opening_balance, statement.closing_balance, statement.difference)
    )
    about = (event.header.source, account, statement.statement_id)
    wrong = (
        "opening balance and entries do not give the closing balance"
        if statement.difference
        else "it contradicts itself, as `vigie parse bank FILE --statements` shows"
    )
    detail = (
        f"{event.header.source} {statement.statement_id}, account {account}: {wrong}\n"
        f"{opening} before, {closing} after, difference {difference}"
    )
    return (Review("statement_not_reconciled", detail, about=about),)


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:.{get_currency_precision(currency)}f} {currency}"


def _unknown(event: PaymentReturned, meant: int) -> Review:
    booking = event.booking
    known = f"{meant} payments of this reference and amount were received" if meant else "no such payment was received"
    detail = (
        f"{event.header.source} {event.header.event_id}, {event.payment_reference}\n"
        f"{_money(booking.amount, booking.currency)} booked on {booking.booked_on}\n"
        f"reason {event.reason_code or 'not told'}; {known}"
    )
    return Review("returned_payment_unknown", detail)
