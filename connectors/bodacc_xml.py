"""BODACC's XML archive (`PCL_V13.xsd`): a day's notices of collective proceedings in one file."""

import marshal
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from lxml import etree

from connectors.bodacc_notice import Citation, Notice, reference_of
from connectors.bodacc_person import Concerned, concerned
from connectors.french import tidy
from connectors.refusal import excerpt
from connectors.xml_stream import ended, root_of, well_formed
from schemas.errors import RefusedError

_ROOT = "PCL_REDIFF"
_HEAD = ("parution", "dateParution")
_ANNONCE = "annonce"
_LETTER = "A"  # collective proceedings are published in bulletin A
_LARGEST_NOTICE = 2_000_000  # bytes; real ones have 2,000
_LENGTH_BYTES = 4
_KEPT_BUFFER = 256 * 1024  # bytes
_KINDS = {"personneMorale": "legal", "personnePhysique": "natural"}
_OF_A_PERSON = {*_KINDS, "numeroImmatriculation", "nonInscrit", "inscriptionRM", "adresse"}
_JUDGMENTS = ("jugement", "jugementAnnule")
_CITED = ("nomPublication", "numeroParution", "dateParution", "numeroAnnonce")
_FETCH_AGAIN = "a damaged file publishes nothing: fetch it again"

_Leaf = tuple[str, str | None]
_Part = tuple[str, list[_Leaf]]
"""An element of a notice by its name: itself and all that stands inside, in their order, with their texts."""


@dataclass(frozen=True, slots=True)
class Annonce:
    """A notice as it stands in the file."""

    parution: str
    published_on: str
    ordinal: int
    line: int
    parts: list[_Part]

    def text(self, name: str) -> str:
        """The text of the first part of that name, empty where there is none."""
        for part, leaves in self.parts:
            if part == name:
                return tidy(leaves[0][1])
        return ""

    def label(self) -> str:
        """What a refusal calls it: its reference where it has one."""
        try:
            return reference_of(_LETTER, self.parution, self.text("numeroAnnonce"))
        except RefusedError:
            return _ANNONCE

    def place(self) -> str:
        """Where a reader of the file finds it."""
        return f"annonce {self.ordinal} (number {excerpt(self.text('numeroAnnonce'))}), line {self.line}"


def annonces(file: BinaryIO) -> Iterator[Annonce]:
    """Every notice of the file, which is read to its end first: RefusedError where it shows that it is not whole.

    Memory holds one notice at a time, whatever the file's size. What was read is kept on the disk until the file's
    end was seen: to read the XML again would take twice as long.
    """
    with TemporaryFile(buffering=_KEPT_BUFFER) as kept:
        head: dict[str, str] = {}
        for line, parts in _elements(file, head):
            packed = marshal.dumps((line, parts))
            kept.write(len(packed).to_bytes(_LENGTH_BYTES) + packed)
        kept.seek(0)
        ordinal = 0
        while length := kept.read(_LENGTH_BYTES):
            ordinal += 1
            line, parts = marshal.loads(kept.read(int.from_bytes(length)))  # noqa: S302 - we wrote it
            yield Annonce(head["parution"], head["dateParution"], ordinal, line, parts)
    if not ordinal:
        raise RefusedError("no_notice", f"expected <annonce> elements in <annonces>, got none; {_FETCH_AGAIN}")


def notice(annonce: Annonce) -> Notice:
    """What the notice says."""
    judgment = _judgment(annonce.parts)
    return Notice(
        kind=_kind(annonce.parts),
        letter=_LETTER,
        parution=annonce.parution,
        number=annonce.text("numeroAnnonce"),
        published_on=annonce.published_on,
        department=annonce.text("numeroDepartement"),
        court=annonce.text("tribunal"),
        nature=tidy(judgment.get("nature")),
        judgment_date=tidy(judgment.get("date")),
        text=tidy(judgment.get("complementJugement")),
        persons=tuple(_persons(annonce.parts)),
        citation=_citation(annonce.parts),
    )


class _Metered:
    """A file of which one notice takes so much and no more: its tree is built before we see it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._since_notice = 0

    def read(self, size: int) -> bytes:
        """Bytes of the file."""
        self._since_notice += size
        if self._since_notice > _LARGEST_NOTICE:
            raise RefusedError("absurd_size", f"more than {_LARGEST_NOTICE:,} bytes in which no <annonce> ends")
        return self._file.read(size)

    def notice_ended(self) -> None:
        """Start anew."""
        self._since_notice = 0


def _elements(file: BinaryIO, head: dict[str, str]) -> Iterator[tuple[int, list[_Part]]]:
    """Line and parts of each `annonce`; ``head`` is told what stands before the first."""
    file.seek(0)
    metered = _Metered(file)
    stream = ended(metered, (*_HEAD, _ANNONCE))
    with well_formed(_FETCH_AGAIN):
        for _, element in stream:
            _check_prolog(element)
            if element.tag != _ANNONCE:
                head.setdefault(element.tag, tidy(element.text))
                continue
            _check_head(head)
            yield element.sourceline or 0, [(part.tag, _leaves(part)) for part in element]
            metered.notice_ended()
            _forget(element)
        _check_prolog(stream.root)
    _check_head(head)


def _check_prolog(element: etree._Element) -> None:
    root = root_of(element)
    if root.tag != _ROOT:
        raise RefusedError("unknown_format", f"expected <{_ROOT}> at the root, got <{excerpt(root.tag)}>")


def _check_head(head: dict[str, str]) -> None:
    missing = [name for name in _HEAD if name not in head]
    if missing:
        raise RefusedError(
            "missing_field", f"expected <parution> and <dateParution> before <annonces>, got no {', '.join(missing)}"
        )


def _leaves(part: etree._Element) -> list[_Leaf]:
    return [(leaf.tag, leaf.text) for leaf in part.iter()] if len(part) else [(part.tag, part.text)]


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _kind(parts: list[_Part]) -> str:
    kinds = [kind for part, leaves in parts if part == "typeAnnonce" for kind, _ in leaves[1:]]
    if len(kinds) != 1:
        raise RefusedError("missing_field", f"typeAnnonce: expected one element, got {len(kinds)}")
    return kinds[0]


def _judgment(parts: list[_Part]) -> dict[str, str | None]:
    judgments = [leaves for part, leaves in parts if part in _JUDGMENTS]
    if len(judgments) != 1:
        raise RefusedError("missing_field", f"expected one <jugement> or <jugementAnnule>, got {len(judgments)}")
    return _first(judgments[0])


def _first(leaves: list[_Leaf]) -> dict[str, str | None]:
    """The text of each leaf by its name, of the first where several have it."""
    return dict(reversed(leaves))


def _persons(parts: list[_Part]) -> list[Concerned]:
    """The schema puts persons side by side, each followed by what is said of him."""
    persons: list[tuple[str, dict[str, str]]] = []
    for part, leaves in parts:
        if part in _KINDS:
            persons.append((_KINDS[part], {}))
        if persons and part in _OF_A_PERSON:
            _gather(leaves, persons[-1][1])
    return [concerned(kind, fields) for kind, fields in persons]


def _gather(leaves: list[_Leaf], fields: dict[str, str]) -> None:
    """Add the leaves; several first names make one text."""
    for name, said in leaves:
        text = tidy(said)
        if text:
            fields[name] = f"{fields[name]} {text}" if name == "prenom" and name in fields else text


def _citation(parts: list[_Part]) -> Citation | None:
    cited = next((_first(leaves) for part, leaves in parts if part == "parutionAvisPrecedent"), None)
    return None if cited is None else Citation(*(tidy(cited.get(name)) for name in _CITED))
