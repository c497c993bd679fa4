"""Which claim a payment is for: by what it cites, the surest first, over the names that claims go by.

The answer depends on what is known, not on what came first: a claim that comes later is matched like any other.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, takewhile

from schemas.events.claims import ClaimDeclared, OverdueReported
from schemas.events.payments import NOT_PROVIDED, FundsReceived
from streams.commitments.facts import Citation, ClaimName, Match, Payment

MOST_WORDS = 50
"""Words of a free text that are looked up, and as many names of several words."""
SHORTEST_WORD = 5
"""Letters and digits of a word that may be a name: shorter ones are everywhere."""

_NOT_IN_A_NAME = re.compile(r"[^A-Z0-9]")
_BETWEEN_PARTS = re.compile(r"[/:;,#+=()?*]")
_BETWEEN_WORDS = re.compile(rf"\s|{_BETWEEN_PARTS.pattern}")
_ISO_11649 = re.compile(r"RF\d\d(.+)")


def normalised(name: str) -> str:
    """The name as it is compared: upper case, letters A to Z and digits only; empty where none is left."""
    return _NOT_IN_A_NAME.sub("", name.upper())


def names_of(event: ClaimDeclared | OverdueReported) -> tuple[ClaimName, ...]:
    """Every name by which a payment may cite the claim, or the report: its own id, the report's, its invoices'."""
    claim_id = event.claim_id if isinstance(event, ClaimDeclared) else None
    told = (claim_id, event.overdue_id, *(invoice.invoice_id for invoice in event.invoices))
    names = dict.fromkeys(normalised(name) for name in told if name is not None)
    return tuple(ClaimName(n, event.policy_id, claim_id, event.overdue_id, event.buyer_id) for n in names if n)


def citations_of(event: FundsReceived) -> tuple[Citation, ...]:
    """What the payment cites, the surest first, each name once; where the provider knows what it is for, that alone."""
    known = event.concerned and (event.concerned.claim_id or event.concerned.invoice_id)
    cited: dict[str, Citation] = {}
    for how, names in (("concerned", (known,)),) if known else _written(event):
        for name in filter(None, map(normalised, names)):
            cited.setdefault(name, Citation(how, name))
    return tuple(cited.values())


def candidates(payment: Payment, known: Mapping[str, Iterable[ClaimName]]) -> tuple[Match, ...]:
    """What the payment may be for, by the surest of its references that any claim goes by. One: it is matched."""
    for how in dict.fromkeys(citation.how for citation in payment.citations):
        cited = (c.name for c in payment.citations if c.how == how)
        named = [n for name in cited for n in known.get(name, ()) if payment.policy_id in (None, n.policy_id)]
        if named:
            return _claims(how, named)
    return ()


def _claims(how: str, named: Sequence[ClaimName]) -> tuple[Match, ...]:
    """The claims that these names mean, each once; a report counts for itself until a claim has come of it."""
    come = {(n.policy_id, n.overdue_id) for n in named if n.claim_id is not None}
    claims = {(n.policy_id, n.claim_id or "", "") for n in named if n.claim_id is not None}
    reports = {(n.policy_id, "", n.overdue_id or "") for n in named if n.claim_id is None}
    reports -= {(policy_id, "", overdue_id or "") for policy_id, overdue_id in come}
    return tuple(
        Match(how, policy, claim or None, overdue or None) for policy, claim, overdue in sorted(claims | reports)
    )


def _written(event: FundsReceived) -> Iterator[tuple[str, Iterable[str]]]:
    """What the payer and the banks wrote, by where they wrote it."""
    references = event.references
    structured = normalised(references.creditor_reference or "")
    iso_11649 = _ISO_11649.fullmatch(structured)
    yield "creditor_reference", (iso_11649[1], structured) if iso_11649 else (structured,)
    end_to_end = (references.end_to_end_id or "").strip()
    yield "end_to_end_id", () if end_to_end.upper() in NOT_PROVIDED else (end_to_end,)
    if event.booking.transactions > 1:
        return  # what one of several payments cites is not what all of them are for
    # MT940 and CFONB120 have a payer's own reference in the line itself, often with no text beside it
    texts = [*filter(None, [references.instruction_id]), *references.free_text]
    yield "free_text", [*_names(_words(texts)), *_names(_joined(texts))]


def _names(words: Iterable[str]) -> list[str]:
    """The words that may be a name, those first that come first. One without a digit is a word of a language."""
    found: dict[str, None] = {}
    for word in words:
        if len(word) >= SHORTEST_WORD and any(map(str.isdigit, word)):
            found.setdefault(word)
        if len(found) == MOST_WORDS:
            break
    return list(found)


def _words(lines: Iterable[str]) -> Iterator[str]:
    for chunk in (chunk for line in lines for chunk in line.split()):
        yield from map(normalised, (chunk, *_BETWEEN_PARTS.split(chunk)))


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """A word of letters and the one or two numbers behind it as one name, as `CLM 2026 0042` and `F 2026/118`.

    Numbers alone are not joined: they are days and telephones.
    """
    for line in lines:
        words = list(filter(None, map(normalised, _BETWEEN_WORDS.split(line))))
        for place, word in enumerate(words):
            if word.isalpha():
                numbers = takewhile(_starts_with_a_digit, words[place + 1 : place + 3])
                yield from accumulate((word, *numbers))


def _starts_with_a_digit(word: str) -> bool:
    return word[0].isdigit()
