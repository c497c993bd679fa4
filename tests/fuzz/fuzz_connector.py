"""Search for bytes of which a connector makes anything but events and refusals: `make fuzz`.

Takes a connector's name, or `generic` for files for a topic.
"""

import datetime as dt
import io
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["connectors"]):
    from connectors.generic import reader_of
    from connectors.mapping import read_mapping
    from connectors.registry import Connector, connector

    NAME = sys.argv.pop(1)
    CONNECTOR = connector(NAME)  # imports it, and so that what it does is watched

from schemas.errors import RefusedError
from tests.connectors.damage import look_at
from tests.fuzz.seeds import EXAMPLES, SEEDS

NOW = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)


def check(reads: Connector, content: bytes) -> None:
    """Each event travels and comes back; each refusal can be printed."""
    for outcome in reads.parse(io.BytesIO(content), NOW):
        look_at(outcome)


def check_mapping(content: bytes) -> None:
    """A mapping is one, or is refused."""
    with suppress(RefusedError, UnicodeDecodeError):  # whoever reads the file refuses what is not UTF-8
        reader_of("limits", read_mapping(content.decode()))


def generic() -> Callable[[bytes], None]:
    """Files by a mapping, JSON of any type, tables of one type, and mappings, as the first byte says."""
    readers = (
        reader_of("limits", read_mapping((EXAMPLES / "limits.toml").read_text("utf-8"))),
        reader_of("policies"),
        reader_of("claims", type_name="OverdueReported"),
    )

    def one_input(raw: bytes) -> None:
        which = raw[0] % 4 if raw else 0
        if which < len(readers):
            check(readers[which], raw[1:])
        else:
            check_mapping(raw[1:])

    return one_input


def target() -> Callable[[bytes], None]:
    """What is done with each input."""
    if NAME == "generic":
        return generic()
    if CONNECTOR is None:
        sys.exit(f"fuzz_connector: expected generic or a connector's name, got {NAME!r}")
    return partial(check, CONNECTOR)


def main() -> None:
    """Fuzz until told to stop, or until something is found."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[NAME]() if NAME in SEEDS else ()):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], target())
        atheris.Fuzz()


if __name__ == "__main__":
    main()
