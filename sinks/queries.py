"""Named queries: SQL lives in `.sql` files, each statement under a line `-- name: …`."""

import re
from collections.abc import Mapping
from pathlib import Path

_NAME = re.compile(rb"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def named_queries(path: Path) -> Mapping[str, bytes]:
    """The statements of `path` by name, as psycopg takes them; what stands before the first name is not read."""
    _, *parts = _NAME.split(path.read_bytes())
    return {name.decode(): body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
