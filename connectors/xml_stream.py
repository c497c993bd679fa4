"""XML that others send, read as a stream: no DOCTYPE, no entity, no network, and no deeper than documents are."""

import re
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lxml import etree

from schemas.errors import RefusedError

_DECLARED = re.compile(rb"<\?xml[^>]{1,100}?\bencoding\s*=\s*['\"](?!utf)([\w.:-]+)", re.IGNORECASE)


def ended(file: Any, tags: Sequence[str] | None = None) -> Any:
    """Each element at its end, or each of these names; XMLSyntaxError where the XML is not well-formed or too deep.

    RefusedError (``bad_encoding``) at the file's end where it is UTF-8 and declares something else: any bytes are text
    in an encoding of single bytes, `SociÃ©tÃ©` for instance.

    Entities are never resolved and nothing is ever fetched, whatever a DOCTYPE says before `root_of` refuses it.
    """
    return etree.iterparse(
        _Declaring(file),
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


class _Declaring:
    """A file that is refused at its end where all of it is in another encoding than it says."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._declared: str | None = None
        self._utf8: IncrementalDecoder | None = None
        self._beyond_ascii = False

    def read(self, size: int) -> bytes:
        """Bytes of the file."""
        content: bytes = self._file.read(size)
        if self._declared is None:
            found = _DECLARED.match(content)
            self._declared = found[1].decode() if found else ""
            self._utf8 = getincrementaldecoder("utf-8")() if found else None
        if self._utf8 is not None:
            self._look(content, self._utf8)
        return content

    def _look(self, content: bytes, utf8: IncrementalDecoder) -> None:
        try:
            utf8.decode(content, final=not content)
        except UnicodeDecodeError:  # at the first letter that is not ASCII, as a rule
            self._utf8 = None
            return
        self._beyond_ascii |= not content.isascii()
        if self._beyond_ascii and not content:
            raise RefusedError(
                "bad_encoding", f"expected {self._declared}, as the file declares, got UTF-8: correct what it declares"
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
