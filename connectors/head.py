"""How a file begins, for whoever tells formats apart by that."""

import codecs
from typing import BinaryIO

BYTES = 4096
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

BLANK = b" \t\r\n\x00"
"""What may stand before the first byte that says something, in UTF-16 too."""


def head_of(file: BinaryIO) -> bytes:
    """The first bytes, without a byte-order mark; the file is read from its start again after it."""
    file.seek(0)
    head = file.read(BYTES)
    file.seek(0)
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head
