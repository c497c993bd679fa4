"""XML that others send, read as a stream: no DOCTYPE, no entity, no network, and no deeper than documents are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lxml import etree

from schemas.errors import RefusedError


def ended(file: Any, tags: Sequence[str] | None = None) -> Any:
    """Each element at its end, or each of these names; XMLSyntaxError where the XML is not well-formed or too deep.

    Entities are never resolved and nothing is ever fetched, whatever a DOCTYPE says before `root_of` refuses it.
    """
    return etree.iterparse(
        file,
        events=("end",),
        tag=tags,
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        huge_tree=False,  # libxml2's limits hold: 256 elements deep, 10 MB of text in one
        collect_ids=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )


def root_of(element: etree._Element) -> etree._Element:
    """The root of the document that the element is in.

    Raises:
        RefusedError: ``doctype``: the document has one.
    """
    tree = element.getroottree()
    if tree.docinfo.internalDTD is not None:
        raise RefusedError("doctype", "expected XML without a DOCTYPE, got one: it is always refused; remove it")
    return tree.getroot()


@contextmanager
def well_formed(ask: str) -> Iterator[None]:
    """RefusedError ``damaged_file`` where what is read inside is not well-formed; ``ask`` says whom for another."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        raise RefusedError("damaged_file", f"expected well-formed XML: {error.msg}; {ask}") from error
