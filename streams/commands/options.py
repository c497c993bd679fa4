"""Options that several commands take in the same forms."""

from typing import Annotated

import typer


def _each(said: list[str]) -> list[str]:
    """Every topic once, in the order in which they were said."""
    topics = (topic.strip() for several in said for topic in several.split(","))
    return list(dict.fromkeys(filter(None, topics)))


Topics = Annotated[
    list[str],
    typer.Option("--topics", help="Topics, separated by commas; may be given several times.", callback=_each),
]
