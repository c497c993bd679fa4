"""Search for bytes of which the HTTP intake makes anything but events and faults: `make fuzz`.

The first byte says as what they are handed in: lines of JSON for one topic or for any, or a record's Avro.
"""

import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["connectors", "schemas"]):
    from connectors.intake.reading import TOPICS, Event, FaultsError, read_avro, read_lines
    from schemas import golden
    from schemas.codec import decode, encode

NOW = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
LINES, AVRO = b"\x00", b"\x01"


def one_input(raw: bytes) -> None:
    """Each event travels and comes back; each fault can be sent."""
    which, body = raw[0] % 3 if raw else 0, raw[1:]
    if which == AVRO[0]:
        with suppress(FaultsError):
            check(read_avro(body, None))
        return
    for outcome in read_lines(body, "limits" if which else None, NOW):
        check(outcome)


def check(outcome: Event | FaultsError) -> None:
    """An event is one of a topic that is taken in, a fault says where and what was expected."""
    if isinstance(outcome, Event):
        assert outcome.topic in TOPICS
        assert encode(decode(outcome.raw)) == outcome.raw
    else:
        assert all(f"{fault.field} {fault.reason} {fault.expected}".encode() for fault in outcome.faults)


def seeds() -> Iterator[bytes]:
    """Each example that is taken in, as JSON and as Avro."""
    for record in map(golden.load, golden.paths()):
        name = type(record).__name__
        if any(type(record) in topic.records for topic in TOPICS.values()):
            yield LINES + b'{"type": "%s", "value": %s}' % (name.encode(), record.model_dump_json().encode())
            yield AVRO + encode(record)


def main() -> None:
    """Fuzz until told to stop, or until something is found."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
