"""What a record costs to write and to read, beside fastavro: `python -m tests.benchmarks.codec`, in µs, best of 5."""

import io
import itertools
import timeit
from collections.abc import Callable
from typing import Any

import fastavro

from schemas import golden
from schemas.base import Record
from schemas.catalog import avro_name
from schemas.codec import content_digest, decode, encode
from schemas.versions import subjects

TIMES = 10_000


def _best(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=TIMES, repeat=5)) / TIMES * 1e6


def _anew(record: Record) -> Record:
    """The same with no part shared, so that nothing is remembered of it."""
    return type(record).model_validate(record.model_dump())


def _in_turn(*some: Record) -> Callable[[], Record]:
    return itertools.cycle(some).__next__


def _with_fastavro(record: Record) -> tuple[Callable[[Record], bytes], Callable[[bytes], Record]]:
    schema = fastavro.parse_schema(subjects()[avro_name(type(record))][-1].schema())

    def write(some: Record) -> bytes:
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, some.model_dump())
        return out.getvalue()

    def read(raw: bytes) -> Any:
        return type(record).model_validate(fastavro.schemaless_reader(io.BytesIO(raw), schema, None))

    return write, read


def measure(name: str) -> None:
    """Print a line for each thing that is done with one example."""
    record = golden.load(golden.ROOT / f"{name}.json")
    raw = encode(record)
    write, read = _with_fastavro(record)
    apart = _in_turn(_anew(record), _anew(record))
    lines: dict[str, Callable[[], object]] = {
        "encode": lambda: encode(apart()),
        "encode with fastavro": lambda: write(record),
        "decode": lambda: decode(raw),
        "decode with fastavro, not strict": lambda: read(raw[5:]),
        "content_digest": lambda: content_digest(raw),
    }
    if "body" in type(record).model_fields:
        other_header = {"header": _anew(record).__dict__["header"]}
        sharing = _in_turn(record, record.model_copy(update=other_header))
        lines["encode, body shared with the last"] = lambda: encode(sharing())
    for what, call in lines.items():
        print(f"{name:40} {len(raw):5} bytes  {what:34} {_best(call):6.1f} µs")  # noqa: T201  # its output


if __name__ == "__main__":
    for each in ("court_judgments/JudgmentPublished/full", "limits/LimitDecided/full", "notices/JudgmentAlert/full"):
        measure(each)
