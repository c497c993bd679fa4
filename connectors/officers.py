"""The officers of the court whom a judgment's text names: to whom a creditor declares what he is owed.

The text is free French. What is not said plainly is left out: an officer too few sends the reader to the text, an
officer too many sends a claim to the wrong person.
"""

import re
from collections.abc import Iterator

from schemas.events.court_judgments import Officer

_LONGEST_TEXT = 20_000
_LONGEST_NAME = 200

_ROLES = (
    ("LIQUIDATOR", r"(?:mandataires?[- ])?liquidateurs?(?: judiciaires?)?"),
    ("MANDATAIRE_JUDICIAIRE", r"mandataires? judiciaires?|représentants? des créanciers"),
    ("ADMINISTRATOR", r"administrateurs?(?: judiciaires?)?(?: provisoires?)?"),
    ("OTHER", r"commissaires? à l'exécution du plan|commissaires? au plan|commissaires?-priseurs?(?: judiciaires?)?"),
)
_ROLE = "|".join(f"(?P<{name}>{words})" for name, words in _ROLES)
_TITLE = (
    r"(?:Me|Ma[iî]tres?|Mme|MM?\.|Étude|Etude|SCP|Scp|S\.C\.P\.|SEL(?:U|AS|AFA|ARL|ARLU)"
    r"|Sel(?:u|as|afa|arl)|S\.E\.L\.(?:A\.(?:S|R\.L)\.)?)"
)
_OFFICER = r"(?:(?:la|le|l'|les) )?(?P<who>(?:" + _TITLE + r"(?!\w)|[A-ZÀ-Þ]))"

_APPOINTED = re.compile(
    # what may stand before the role: an appointment or the start of a clause; "fin à la mission de l'…" may not
    r"(?:\b(?:désignation (?:du|de l')|désign\w+,?|nomm\w+|qualité d[e']|comme|et)|^|[.;:,])\s*"
    rf"(?<![^\W\d_])(?:en (?:qualité (?:de |d')|tant que )|comme |le |un |l')?(?i:{_ROLE})\b"
    # what may stand between the role and the name: a mission
    r"(?:,? (?:avec|chargé|à la liquidation)[^:;.]{0,80}(?= :))?\s*:?\s*"
    rf"{_OFFICER}",
)
_ANOTHER = rf"\b(?<!de )(?<!par )(?<!personne ){_TITLE} "  # "SELARL X prise en la personne de Me Y" is one
_NAMED_FIRST = re.compile(
    rf"\b(?P<officer>{_TITLE} (?:(?!{_ANOTHER})[^;]){{3,200}}?),? "
    r"(?:(?:a|ont) été (?:nommée?s?|désignée?s?)(?: (?:en qualité (?:de|d')|comme))?|en qualité (?:de|d')) ?"
    rf"(?i:{_ROLE})\b"
)
_AND = rf",? et (?:de )?(?:la |le )?(?={_TITLE}(?!\w))"
_AND_ANOTHER = re.compile(_AND)
_CLAUSE_END = re.compile(
    r"(?=[\s;.,]|$)"  # a first look, as in the two patterns below: most letters begin nothing
    r"\s*(?:;|\.{2,}|\.\s*$|$"
    r"|\.(?=\s+(?:Les?|La|L'|Il|Date|Dit|Fix\w+|Ouvr\w+|Avec|Mandataire|Liquidateur|Administrateur|Commissaire)\b)"
    r"|,? avec (?:les |la |pour )|,? pour (?:mission|une)\b|,? et (?:mettant|ouvr|fix|confirm|autoris|maint)\w+"
    rf"|{_AND}"
    r"|,? (?:les|la) déclarations?\b|,? en qualité d|,? (?:a|ont) été \w+"
    rf"|,? (?:et )?(?:(?:désign|nomm)\w+ )?(?:en qualité (?:de |d'))?(?i:{'|'.join(words for _, words in _ROLES)})\b)",
)
_ADDRESS_START = re.compile(
    r"(?=[, ])(?:,? (?:demeurant |domiciliée? |sise? )?(?:à |au )?(?=\d)"
    r"|,? (?:demeurant |domiciliée? |sise? )?(?=(?i:rue|avenue|av|ave|boulevard|bd|place|cours|quai|impasse|allées?"
    r"|chemin|route|immeuble|résidence|centre|zac|zone|za|zi|bp|cs|square|passage|parc|espace"
    r"|bâtiment|villa|le clos)\b\.? ))",
)
_POSTAL_TOWN = re.compile(r"\b(?P<code>\d{5}) (?P<town>[A-ZÀ-Þ][\w'’.\- ]*)")
_TRAILING = re.compile(
    r"(?=[\s,;:.–-])(?:,? (?:mandataire|liquidateur|administrateur)(?: judiciaire)?|[\s,;:.–-]+)+$", re.IGNORECASE
)


def officers_in(text: str) -> list[Officer]:
    """The officers appointed by the text, in its order, each once."""
    plain = " ".join(text[:_LONGEST_TEXT].replace("’", "'").split())
    found = sorted((*_after_their_role(plain), *_before_their_role(plain)), key=lambda place: place[0])
    return list(dict.fromkeys(officer for _, officer in found))


def _after_their_role(text: str) -> Iterator[tuple[int, Officer]]:
    for match in _APPOINTED.finditer(text):
        role, start = _role(match), match.start("who")
        for said in _colleagues(match[role], text, start):
            officer = _officer(role, said)
            if officer is not None:
                yield start, officer


def _colleagues(role: str, text: str, start: int) -> Iterator[str]:
    """What is said of the officer, and after a role in the plural (`liquidateurs`) also of those joined by `et`."""
    while start < len(text):
        end = _CLAUSE_END.search(text, start)
        stop = end.start() if end else len(text)
        yield text[start:stop]
        joined = _AND_ANOTHER.match(text, stop) if role.split(maxsplit=1)[0].endswith("s") else None
        if joined is None:
            return
        start = joined.end()


def _before_their_role(text: str) -> Iterator[tuple[int, Officer]]:
    if " été " not in text and "en qualité d" not in text:  # which the pattern takes ten times as long to find out
        return
    for match in _NAMED_FIRST.finditer(text):
        officer = _officer(_role(match), match["officer"])
        if officer is not None:
            yield match.start("officer"), officer


def _role(match: re.Match[str]) -> str:
    return next(name for name, _ in _ROLES if match[name])


def _officer(role: str, said: str) -> Officer | None:
    """The name ends where an address begins; an address ends with a postal code and a town."""
    begins = _ADDRESS_START.search(said)
    name = _TRAILING.sub("", said[: begins.start()] if begins else said)
    if not name or len(name) > _LONGEST_NAME:
        return None
    town = _POSTAL_TOWN.search(said, begins.end()) if begins else None
    if begins is None or town is None:
        return Officer(role=role, name=name)
    return Officer(
        role=role,
        name=name,
        address=_TRAILING.sub("", said[begins.end() : town.end()]),
        postal_code=town["code"],
    )
