"""CSV as people export it: a header row, then a row for each record, in bounded memory."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from connectors.refusal import excerpt
from schemas.errors import RefusedError

DELIMITERS = (";", ",", "\t")
ENCODINGS = ("utf-8", "cp1252")
_LONGEST_ROW = 1_000_000
_MARK = "sep="
_BOM = codecs.BOM_UTF8
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How Excel's own files start, the new and the old."""
_CR_ALONE = "expected lines that end in LF or CR LF, got CR alone: save the file with one of those"

Row = dict[str, str]


class Table:
    """A table that was read to its end once: a damaged one gives RefusedError and no row."""

    def __init__(self, file: BinaryIO, delimiter: str | None = None, encoding: str = "utf-8") -> None:
        """Take a seekable file; without a delimiter, the one that gives the header most columns.

        Raises:
            RefusedError: ``bad_encoding``, ``damaged_file``, ``bad_header`` or ``absurd_size``.
        """
        self._file = file
        self._encoding = encoding
        self._delimiter = delimiter or self._sniffed()
        rows = self._cells()
        _, self.columns = next(rows, (0, []))
        self._check_header()
        for number, last in deque(rows, maxlen=1):
            self._check_end(number, last)

    def rows(self) -> Iterator[tuple[str, Row | RefusedError]]:
        """Each row that is not empty with its place: its cells that are not, trimmed, by column; or why it is none."""
        rows = self._cells()
        next(rows)
        for number, cells in rows:
            if any(cells):
                yield f"line {number}", self._row(cells)

    def _row(self, cells: list[str]) -> Row | RefusedError:
        if len(cells) != len(self.columns):
            return RefusedError(
                "wrong_width",
                f"expected {len(self.columns)} cells as in the header, got {len(cells)}: a quote missing?",
            )
        told = [(column, cell) for column, cell in zip(self.columns, cells, strict=True) if cell]
        if not all(column for column, _ in told):
            return RefusedError("wrong_width", "expected nothing under a column without a name, got a cell")
        return dict(told)

    def _check_header(self) -> None:
        if self.columns and self.columns[0].lower().startswith(_MARK):
            expected = "expected a delimiter of ; , or tab, and the mapping's where that names one"
            raise RefusedError("bad_header", f"{expected}, got {excerpt(self.columns[0])}")
        named = [column for column in self.columns if column]
        if not named:
            raise RefusedError("bad_header", "expected a first line with the names of the columns, got none")
        twice = {column for column in named if named.count(column) > 1}
        if twice:
            raise RefusedError("bad_header", f"expected each column once, got {', '.join(map(excerpt, sorted(twice)))}")

    def _check_end(self, number: int, last: list[str]) -> None:
        """Refuse a file that ends in the middle of a row: what comes before the cut is not all of it."""
        self._file.seek(-1, io.SEEK_END)
        if any(last) and len(last) != len(self.columns) and self._file.read() not in b"\r\n":
            raise RefusedError(
                "damaged_file",
                f"line {number}: expected {len(self.columns)} cells as in the header, got {len(last)} and then the end "
                "of the file: is it cut short? A damaged file publishes nothing",
            )

    def _sniffed(self) -> str:
        first = next(self._lines(_Budget()), "")
        return max(DELIMITERS, key=first.count)

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """Each row's last line and its cells, trimmed; not Excel's mark of the delimiter."""
        budget = _Budget()
        reader = csv.reader(self._lines(budget), delimiter=self._delimiter, strict=True)
        try:
            for cells in reader:
                budget.spent = 0
                trimmed = [cell.strip() for cell in cells]
                if reader.line_num > 1 or not _is_mark(trimmed):
                    yield reader.line_num, trimmed
        except csv.Error as error:
            said = _CR_ALONE if "universal-newline" in str(error) else f"{error}: is a quote missing?"
            raise RefusedError("damaged_file", f"line {reader.line_num}: {said}") from error

    def _lines(self, budget: "_Budget") -> Iterator[str]:
        self._file.seek(0)
        number, line = 1, self._file.readline(_LONGEST_ROW + 1).removeprefix(_BOM)
        while line:
            budget.spend(len(line), number)
            yield self._text(line, number)
            number, line = number + 1, self._file.readline(_LONGEST_ROW + 1)

    def _text(self, line: bytes, number: int) -> str:
        if number == 1 and (line.startswith((*_UTF_16, *_WORKBOOKS)) or b"\x00" in line):
            got = "a workbook" if line.startswith(_WORKBOOKS) else "UTF-16"
            raise RefusedError("bad_encoding", f"expected {self._encoding}, got {got}: save the file as CSV in UTF-8")
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as error:
            others = ", ".join(encoding for encoding in ENCODINGS if encoding != self._encoding)
            raise RefusedError(
                "bad_encoding",
                f"line {number}: expected {self._encoding}, got another encoding at byte {error.start + 1} of the line;"
                f" say which in the mapping (`encoding`: {others})",
            ) from error


def _is_mark(cells: list[str]) -> bool:
    """Whether it is the line `sep=;`, which the delimiter has split."""
    return len(cells) > 1 and "".join(cells).lower() == _MARK


class _Budget:
    """What a row may take: a quote that is never closed would else take the whole file."""

    def __init__(self) -> None:
        self.spent = 0

    def spend(self, size: int, number: int) -> None:
        self.spent += size
        if self.spent > _LONGEST_ROW:
            raise RefusedError(
                "absurd_size",
                f"line {number}: expected a row of at most {_LONGEST_ROW:,} bytes: is a quote missing, "
                "or do lines end in CR alone?",
            )
