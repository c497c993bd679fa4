"""BODACC's XML archive (`PCL_V13.xsd`): a day's notices of collective proceedings in one file."""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from connectors.bodacc_notice import Citation, Notice, reference_of
from connectors.bodacc_person import Concerned, concerned
from connectors.french import tidy
from connectors.refusal import excerpt
from schemas.errors import RefusedError

_ROOT = "PCL_REDIFF"
_LETTER = "A"  # collective proceedings are published in bulletin A
_MOST_ELEMENTS = 20_000  # in one notice; real ones have 30
_KINDS = {"personneMorale": "legal", "personnePhysique": "natural"}
_OF_A_PERSON = {*_KINDS, "numeroImmatriculation", "nonInscrit", "inscriptionRM", "adresse"}
_FETCH_AGAIN = "a damaged file publishes nothing: fetch it again"


class Archive:
    """One file, read as a stream: memory holds one notice at a time, whatever the file's size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._head: dict[str, str] = {}

    def check(self) -> None:
        """Read the file to its end: RefusedError where anything in it shows that it is not whole."""
        count = sum(1 for _ in self.annonces())
        missing = {"parution", "dateParution"} - self._head.keys()
        if missing:
            raise RefusedError("missing_field", f"expected <parution> and <dateParution>, got no {', '.join(missing)}")
        if count == 0:
            raise RefusedError("no_notice", f"expected <annonce> elements in <annonces>, got none; {_FETCH_AGAIN}")

    def annonces(self) -> Iterator[etree._Element]:
        """Each `annonce`; it is emptied when the next one is asked for."""
        self._file.seek(0)
        try:
            yield from self._annonces()
        except etree.XMLSyntaxError as error:
            raise RefusedError("damaged_file", f"expected well-formed XML: {error.msg}; {_FETCH_AGAIN}") from error

    def _annonces(self) -> Iterator[etree._Element]:
        since_last = 0
        for _, element in _ended(self._file):
            since_last += 1
            if since_last > _MOST_ELEMENTS:
                raise RefusedError(
                    "absurd_size", f"line {element.sourceline}: more than {_MOST_ELEMENTS} elements in a row"
                )
            if element.tag in ("parution", "dateParution"):
                self._head.setdefault(element.tag, tidy(element.text))
            if element.tag == "annonce":
                since_last = 0
                yield element
                _forget(element)

    def notice(self, annonce: etree._Element) -> Notice:
        """The notice that an `annonce` is."""
        kind, judgment = _kind(annonce), _judgment(annonce)
        return Notice(
            kind=kind,
            letter=_LETTER,
            parution=self._head["parution"],
            number=_text(annonce, "numeroAnnonce"),
            published_on=self._head["dateParution"],
            department=_text(annonce, "numeroDepartement"),
            court=_text(annonce, "tribunal"),
            nature=_text(judgment, "nature"),
            judgment_date=_text(judgment, "date"),
            text=_text(judgment, "complementJugement"),
            persons=tuple(_persons(annonce)),
            citation=_citation(annonce.find("parutionAvisPrecedent")),
        )

    def label(self, annonce: etree._Element) -> str:
        """What a refusal calls the notice: its reference where it has one."""
        try:
            return reference_of(_LETTER, self._head["parution"], _text(annonce, "numeroAnnonce"))
        except RefusedError:
            return "annonce"


def place_of(annonce: etree._Element, ordinal: int) -> str:
    """Where a reader of the file finds the notice."""
    return f"annonce {ordinal} (number {excerpt(_text(annonce, 'numeroAnnonce'))}), line {annonce.sourceline}"


def _ended(file: BinaryIO) -> Iterator[tuple[str, etree._Element]]:
    """Each element at its end. No DOCTYPE is accepted, no entity resolved, nothing fetched."""
    stream = etree.iterparse(
        file,
        events=("end",),
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    for ordinal, (event, element) in enumerate(stream):
        if ordinal == 0:
            _check_prolog(element)
        yield event, element


def _check_prolog(element: etree._Element) -> None:
    tree = element.getroottree()
    if tree.docinfo.internalDTD is not None:
        raise RefusedError("doctype", "expected XML without a DOCTYPE, got one: it is always refused; remove it")
    if tree.getroot().tag != _ROOT:
        raise RefusedError("unknown_format", f"expected <{_ROOT}> at the root, got <{excerpt(tree.getroot().tag)}>")


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _text(element: etree._Element | None, path: str) -> str:
    return "" if element is None else tidy(element.findtext(path))


def _kind(annonce: etree._Element) -> str:
    kinds = [str(child.tag) for child in annonce.iterfind("typeAnnonce/*")]
    if len(kinds) != 1:
        raise RefusedError("missing_field", f"typeAnnonce: expected one element, got {len(kinds)}")
    return kinds[0]


def _judgment(annonce: etree._Element) -> etree._Element:
    judgments = [child for child in annonce if child.tag in ("jugement", "jugementAnnule")]
    if len(judgments) != 1:
        raise RefusedError("missing_field", f"expected one <jugement> or <jugementAnnule>, got {len(judgments)}")
    return judgments[0]


def _persons(annonce: etree._Element) -> list[Concerned]:
    """The schema puts persons side by side, each followed by what is said of him."""
    persons: list[tuple[str, dict[str, str]]] = []
    for child in annonce:
        if child.tag in _KINDS:
            persons.append((_KINDS[child.tag], {}))
        if persons and child.tag in _OF_A_PERSON:
            _gather(child, persons[-1][1])
    return [concerned(kind, fields) for kind, fields in persons]


def _gather(element: etree._Element, fields: dict[str, str]) -> None:
    """Add the element's leaves; several first names make one text."""
    for leaf in element.iter():
        text = tidy(leaf.text)
        if text:
            name = str(leaf.tag)
            fields[name] = f"{fields[name]} {text}" if name == "prenom" and name in fields else text


def _citation(cited: etree._Element | None) -> Citation | None:
    if cited is None:
        return None
    fields = ("nomPublication", "numeroParution", "dateParution", "numeroAnnonce")
    return Citation(*(_text(cited, field) for field in fields))
