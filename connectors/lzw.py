"""Unix compress (.Z, adaptive Lempel-Ziv-Welch), in which BODACC's .taz are packed; Python's library has none of it."""

import io
from collections.abc import Iterator
from typing import BinaryIO

MAGIC = b"\x1f\x9d"
_NARROWEST, _WIDEST = 9, 16
_CLEAR = 256
_LARGEST_TABLE = 64_000_000  # bytes; that of a text has one


def opened(file: BinaryIO) -> BinaryIO:
    """What the file unpacks to, to be read forward once; EOFError or ValueError where it is damaged."""
    return io.BufferedReader(_Unpacked(_pieces(file)))  # type: ignore[type-var]


class _Unpacked(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        taken, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """What each group of codes stands for. A group is eight codes, or fewer where their width changes after it."""
    table = _Table(_header(file))
    while group := file.read(table.width):
        codes = int.from_bytes(group, "little")
        pieces: list[bytes] = []
        for _ in range(len(group) * 8 // table.width):
            width = table.width
            pieces.append(table.take(codes & ((1 << width) - 1)))
            codes >>= width
            if table.turned:
                break
        yield b"".join(pieces)


def _header(file: BinaryIO) -> int:
    head = file.read(3)
    if len(head) < 3 or not head.startswith(MAGIC) or not _NARROWEST < head[2] & 31 <= _WIDEST:  # noqa: PLR2004
        raise ValueError("no header of compress")
    return head[2]


class _Table:
    """What each code stands for, as both sides build it."""

    def __init__(self, flags: int) -> None:
        self._widest = flags & 31
        self._clears = bool(flags & 128)
        self.turned = False
        self._forget()

    def _forget(self) -> None:
        self._entries = [bytes([value]) for value in range(256)] + ([b""] if self._clears else [])
        self._size = 0
        self._last = b""
        self.width = _NARROWEST

    def take(self, code: int) -> bytes:
        """What the code stands for; ``turned`` says whether the rest of its group is filling."""
        self.turned = False
        if self._clears and code == _CLEAR:
            self._forget()
            self.turned = True
            return b""
        entry = self._entry(code)
        if self._last and len(self._entries) < 1 << self._widest:
            self._add(self._last + entry[:1])
        self._last = entry
        return entry

    def _entry(self, code: int) -> bytes:
        if code < len(self._entries):
            return self._entries[code]
        if code > len(self._entries) or not self._last:
            raise ValueError(f"a code {code} that nothing stands for")
        return self._last + self._last[:1]

    def _add(self, entry: bytes) -> None:
        self._entries.append(entry)
        self._size += len(entry)
        if self._size > _LARGEST_TABLE:
            raise ValueError("no text packs like this")
        if len(self._entries) == 1 << self.width and self.width < self._widest:
            self.width += 1
            self.turned = True
