"""Search for bytes that make the codec do anything but decode or refuse, guided by coverage: `make fuzz`.

The corpus is the examples' bytes. A short search is part of `tests/schemas/test_codec.py`.
"""

import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["schemas"]):
    from schemas import golden
    from schemas.codec import decode, encode
    from schemas.errors import RefusedError


def one_input(raw: bytes) -> None:
    """Decode, and what decodes must come back the same."""
    with suppress(RefusedError):
        record = decode(raw)
        assert decode(encode(record)) == record


def main() -> None:
    """Fuzz until told to stop, or until something is found."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, path in enumerate(golden.paths()):
            (Path(corpus) / str(number)).write_bytes(encode(golden.load(path)))
        atheris.Setup([*sys.argv, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
