"""Files inside archives (tar, gzip, compress's .Z), unpacked to the disk in bounded memory, bombs refused."""

import gzip
import io
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import repeat, takewhile
from typing import BinaryIO, cast

from connectors import lzw
from connectors.refusal import excerpt
from schemas.errors import RefusedError

_LARGEST = 4_000_000_000
_MOST_FILES = 20_000
_RATIO = 200  # text shrinks 10 to 40 times; a bomb 1,000 times
_RATIO_FROM = 10_000_000
_DEEPEST = 3
_CHUNK = 1 << 20
_LONGEST_HEADER = 1 << 20
_TAR = (257, b"ustar")
_BLOCK = 512


def files_in(file: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """The file itself, or each file inside it where it is an archive, with its place there.

    An archive is read to its end first: a damaged one gives no file, but RefusedError ``damaged_file``. One that grows
    beyond all measure, in all that is packed in it together, is refused as ``absurd_size``.
    """
    return _files_in(file, "", 0, _Budget(_size(file)))


class _Budget:
    """How much a file may unpack to, with all that is packed inside it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._most = self._left = min(_LARGEST, max(_RATIO_FROM, size * _RATIO))

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise RefusedError("absurd_size", f"{self._size:,} bytes unpack to more than {self._most:,}: no text does")


def _files_in(file: BinaryIO, place: str, depth: int, budget: _Budget) -> Iterator[tuple[str, BinaryIO]]:
    kind = kind_of(_head(file))
    if kind is None:
        yield place, file
        return
    if depth == _DEEPEST:
        raise RefusedError("absurd_size", f"{place}: archives within archives, more than {_DEEPEST} deep")
    if kind == "tar":
        for name, member in _members(file):
            yield from _files_in(member, f"{place}/{name}" if place else name, depth + 1, budget)
        return
    with tempfile.TemporaryFile() as unpacked:
        _unpack(gzip.GzipFile(fileobj=file) if kind == "gzip" else lzw.opened(file), unpacked, budget)
        yield from _files_in(cast("BinaryIO", unpacked), place, depth + 1, budget)


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    head = file.read(_BLOCK)
    file.seek(0)
    return head


def kind_of(head: bytes) -> str | None:
    """What a file that begins so is packed as, None where it is not; names say nothing."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(lzw.MAGIC):
        return "compress"
    return "tar" if head[_TAR[0] :].startswith(_TAR[1]) or _is_old_tar(head) else None


def _is_old_tar(head: bytes) -> bool:
    """Whether the head is a tar's of before POSIX, which shows only in that its sum is right."""
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _size(file: BinaryIO) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _unpack(packed: BinaryIO | gzip.GzipFile, unpacked: BinaryIO, budget: _Budget) -> None:
    with _damage():
        for chunk in takewhile(bool, map(packed.read, repeat(_CHUNK))):
            budget.spend(len(chunk))
            unpacked.write(chunk)
    unpacked.seek(0)


def _members(file: BinaryIO) -> Iterable[tuple[str, BinaryIO]]:
    """The regular files of a tar that is whole."""
    with _damage(), tarfile.open(fileobj=_Careful(file), mode="r:") as archive:
        members = [member for _, member in zip(range(_MOST_FILES + 1), archive, strict=False)]
        if len(members) > _MOST_FILES:
            raise RefusedError("absurd_size", f"expected at most {_MOST_FILES:,} files in an archive")
        _check_end(file, archive.offset)
    for member in members:
        if member.isreg():
            if member.sparse is not None:
                raise RefusedError(
                    "absurd_size", f"{excerpt(member.name)}: a file with holes, of any size: pack it plainly"
                )
            yield member.name, cast("BinaryIO", io.BufferedReader(_Slice(file, member.offset_data, member.size)))


def _check_end(file: BinaryIO, end: int) -> None:
    """Refuse an archive that is cut between two files: tarfile takes it for a whole one."""
    file.seek(end)
    if file.read(_BLOCK) != bytes(_BLOCK):
        raise RefusedError("damaged_file", "expected a tar that ends in zeros, got one cut short: fetch it again")


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError, zlib.error, tarfile.TarError, ValueError) as error:
        raise RefusedError(
            "damaged_file", f"expected a whole archive: {error}; a damaged file publishes nothing: fetch it again"
        ) from error


class _Careful(io.RawIOBase):
    """A file of which nobody reads much at once: a tar's headers may claim any length, and are read whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_HEADER:
            raise RefusedError("absurd_size", f"a header of the archive claims {size:,} bytes")
        return self._file.read(size)

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()


class _Slice(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        self._place = place + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self._file.seek(self._start + self._place)
        found = self._file.read(min(len(buffer), max(0, self._size - self._place)))
        buffer[: len(found)] = found
        self._place += len(found)
        return len(found)
