"""JSON as providers export it: an object a line, an array, or a page with the objects in one of its fields."""

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

from connectors.refusal import excerpt
from schemas.errors import RefusedError

_LONGEST_LINE = 32_000_000
_CHUNK = 1 << 16
_BOM = b"\xef\xbb\xbf"

Fields = Mapping[str, Any]


def objects(file: BinaryIO, page: str | None = None) -> Iterator[tuple[str, Fields | RefusedError]]:
    """Each object with its place, or why it is none. A line stands alone: a bad one does not harm the next.

    ``page`` names the field that holds the objects where they come in pages. Numbers with decimals are Decimal.

    Raises:
        RefusedError: ``damaged_file``, before the first object: the file ends in the middle of a line.
    """
    ordinal = 0
    for number, line in _lines(file):
        try:
            found = _objects_in(line, page)
        except RefusedError as error:
            ordinal += 1
            yield f"line {number}", error
            continue
        for each in found:
            ordinal += 1
            yield f"record {ordinal}, line {number}", each


def decoded(text: bytes | str) -> Any:
    """The JSON that the text is; RefusedError where it is none, or an object in it says a field twice."""
    try:
        return _DECODER.decode(text.decode() if isinstance(text, bytes) else text)
    except UnicodeDecodeError as error:
        raise RefusedError("bad_encoding", f"expected UTF-8, got another encoding at byte {error.start}") from error
    except RecursionError as error:
        raise RefusedError("absurd_size", "JSON nested too deeply to be a record") from error
    except (ValueError, ArithmeticError) as error:  # the latter from Decimal, of an exponent beyond bounds
        raise RefusedError("not_json", f"expected one JSON object: {_said(error)}") from error


def _said(error: Exception) -> str:
    """What is wrong with a JSON text, and where in it: not on line 1, where it is itself a line of a file."""
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    line = f"line {error.lineno} of it, " if "\n" in error.doc.strip() else ""
    return f"{error.msg} ({line}character {error.colno})"


def _object(fields: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these fields; where one comes twice nobody knows which is meant."""
    found = dict(fields)
    if len(found) < len(fields):
        ((name, _),) = Counter(name for name, _ in fields).most_common(1)
        raise RefusedError("contradictory_fields", f"expected each field once, got {excerpt(name)} twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Decimal, parse_constant=_no_number)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, of one too long only its start; one JSON text over several lines as one line."""
    first = _line(file).removeprefix(_BOM)
    if first.strip() == b"{" or first.lstrip().startswith(b"["):
        yield 1, first + file.read(max(0, _LONGEST_LINE + 1 - len(first)))
        return
    _check_end(file)
    number, line = 1, first
    while line:
        yield number, line
        number, line = number + 1, _line(file)


def _check_end(file: BinaryIO) -> None:
    """Refuse a file whose last line has no end and is not whole: what comes before the cut is not all of it."""
    place, end = file.tell(), file.seek(0, io.SEEK_END)
    tail = _tail(file, end) if place < end else b""  # a line that is alone says for itself what is wrong with it
    file.seek(place)
    if tail.strip() and len(tail) <= _LONGEST_LINE:
        try:
            json.loads(tail.decode())  # whatever else is wrong with it, it says for itself
        except (ValueError, RecursionError) as error:
            raise RefusedError(
                "damaged_file",
                f"expected the last line to be JSON and whole, got one that is not, or is cut short ({_said(error)}); "
                "a damaged file publishes nothing: fetch it again",
            ) from error


def _tail(file: BinaryIO, left: int) -> bytes:
    """What follows the last newline; where that is longer than a line may be, only its end."""
    tail = b""
    while left and len(tail) <= _LONGEST_LINE:
        size = min(left, _CHUNK)
        left = file.seek(left - size)
        _, newline, piece = file.read(size).rpartition(b"\n")
        tail = piece + tail
        if newline:
            break
    return tail


def _line(file: BinaryIO) -> bytes:
    line = rest = file.readline(_LONGEST_LINE + 1)
    while len(rest) > _LONGEST_LINE and not rest.endswith(b"\n"):
        rest = file.readline(_LONGEST_LINE + 1)
    return line


def _objects_in(line: bytes, page: str | None) -> list[Fields | RefusedError]:
    """One object, an array of them, or a page; an empty line holds none."""
    if len(line) > _LONGEST_LINE:
        raise RefusedError("absurd_size", f"expected a line of at most {_LONGEST_LINE} bytes: export as JSON lines")
    if not line.strip():
        return []
    value = decoded(line)
    if isinstance(value, dict):
        value = value.get(page, [value]) if page else [value]
    if not isinstance(value, list):
        raise RefusedError("bad_record", f"expected a JSON object, got {type(value).__name__}")
    return [each if isinstance(each, dict) else _no_object(each) for each in value]


def _no_object(value: object) -> RefusedError:
    return RefusedError("bad_record", f"expected a JSON object, got {type(value).__name__}")
