"""What a class of judgment nature means for the alert. The classes are those that connectors give (`nature_class`)."""

from enum import Enum


class Meaning(Enum):
    """What the alert has to say about a judgment, beyond that it exists."""

    OPENS = "opens"
    """Proceedings open: claims are declared, goods under retention of title claimed."""
    EXTENDS = "extends"
    """Proceedings now bind another debtor too: claims on that debtor are declared."""
    PLAIN = "plain"
    """A step that calls for no new declaration: it is told, no more."""
    UNDONE = "undone"
    """A court took back an earlier judgment. What becomes of the cover is for the underwriter: never said here."""
    DEPOSIT = "deposit"
    """A list was deposited at the registry: no judgment about the buyer, it concerns nobody."""
    UNSETTLED = "unsettled"
    """The nature's text does not say what was decided: a person reads the notice."""


_BY_MEANING = {
    Meaning.OPENS: ("OPENING_SAUVEGARDE", "OPENING_RJ", "OPENING_LJ"),
    Meaning.EXTENDS: ("EXTENSION_SAUVEGARDE", "EXTENSION_RJ", "EXTENSION_LJ"),
    Meaning.PLAIN: (
        # Traitement de sortie de crise: the debtor lists the claims, no creditor declares (loi 2021-689, art. 13, IV).
        "OPENING_OTHER",
        "CONCILIATION_AGREEMENT",
        "AGREEMENT_RESOLVED",
        "CONVERSION_TO_RJ",
        "CONVERSION_TO_LJ",
        "ENDED_EARLY",
        "CLOSURE",
        "PLAN_ADOPTED",
        "PLAN_MODIFIED",
        "PLAN_RESOLVED",
        "PLAN_RESOLVED_TO_RJ",
        "PLAN_RESOLVED_TO_LJ",
        "CESSION_PLAN",
        "CESSATION_DATE_CHANGED",
        "CREDITORS_MAY_SUE_AGAIN",
        "LJ_RESUMED",
        "DECISION_ON_CLAIMS_LIST",
        "ORGANS_APPOINTED",
        "PERSON_SANCTION",
        # An appeal decided, its outcome in the text: it may confirm, so nothing is said to be undone.
        "APPEAL",
    ),
    Meaning.UNDONE: ("RETRACTION", "APPEAL_REVERSED"),
    Meaning.DEPOSIT: ("DEPOSIT_NOTICE",),
    Meaning.UNSETTLED: ("OTHER_READ_COMPLEMENT",),
}
MEANINGS = {nature_class: meaning for meaning, classes in _BY_MEANING.items() for nature_class in classes}
"""Every class that is known, with its meaning."""

INSOLVENCY = frozenset(
    nature_class
    for nature_class in MEANINGS
    if nature_class.startswith(("OPENING_", "EXTENSION_", "CONVERSION_TO_", "PLAN_RESOLVED_TO_"))
) | {"LJ_RESUMED"}
"""Judgments that put, or keep, a buyer under insolvency proceedings: what a policy says of those touches the cover."""


def meaning_of(nature_class: str | None) -> Meaning | None:
    """What a class means; None where the nature is not known at all."""
    return None if nature_class is None else MEANINGS.get(nature_class)


def is_settled(nature_class: str | None) -> bool:
    """Whether the class says what was decided: where it does not, a person reads the notice."""
    return meaning_of(nature_class) not in {None, Meaning.UNSETTLED}


def is_told(nature_class: str | None) -> bool:
    """Whether a judgment of this class is told to those exposed, without a person's look."""
    return meaning_of(nature_class) in _TOLD


def opens_a_declaration(nature_class: str) -> bool:
    """Whether creditors declare their claims because of it (L. 622-24 C. com.)."""
    return nature_class in _OPENING_A_DECLARATION


_TOLD = frozenset({Meaning.OPENS, Meaning.EXTENDS, Meaning.PLAIN, Meaning.UNDONE})
_OPENING_A_DECLARATION = frozenset({*_BY_MEANING[Meaning.OPENS], *_BY_MEANING[Meaning.EXTENDS]})
