"""Bank files of plain text: as characters, or why not."""

from typing import BinaryIO

from schemas.errors import RefusedError

_MOST_BYTES = 50_000_000
_END_OF_FILE = "\x1a"
"""What mainframes and DOS put behind the last line."""


def characters(file: BinaryIO) -> str:
    """The file's text, its lines ended by LF alone: UTF-8 where it is, else what banks write unsaid, Windows-1252.

    Raises:
        RefusedError: ``absurd_size``; ``bad_encoding`` for what is no text in either.
    """
    file.seek(0)
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise RefusedError("absurd_size", f"expected at most {_MOST_BYTES:,} bytes of statements in a file")
    if b"\x00" in content:
        raise RefusedError("bad_encoding", "expected UTF-8 or Windows-1252, got NUL bytes as UTF-16 has them")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip(_END_OF_FILE)
