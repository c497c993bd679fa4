"""Which connectors there are, and what each says about itself: a module of `connectors` that declares `CONNECTOR`."""

import datetime as dt
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO

from pydantic_settings import BaseSettings

import connectors
from connectors.refusal import Refusal
from schemas.base import Record


@dataclass(frozen=True, slots=True)
class Fetched:
    """A piece of a public feed, whole in itself."""

    content: bytes
    """What the connector's ``parse`` takes as a file; empty where the feed has no more for now."""
    cursor: str
    """From where to go on, once all of it is published; empty where the feed has named no place yet."""


@dataclass(frozen=True, slots=True)
class View:
    """What a connector can show of a file before it becomes events: `vigie parse NAME FILE --VIEW`."""

    name: str
    """The option, as `statements`."""
    shows: str
    """Its help: what a line is."""
    read: Callable[[BinaryIO], Iterator[Mapping[str, Any] | Refusal]]
    """What a file holds, as lines of JSON; pure, and nothing but refusals comes of any bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """All that the hub needs to know of a source: the commands, their help and their settings follow from it."""

    name: str
    """What people type: the name of the module that declares it."""
    reads: str
    """Which files, as a part of a sentence: `BODACC files (XML or Opendatasoft JSON, packed or not)`."""
    topics: tuple[str, ...]
    """Where its events go."""
    parse: Callable[[BinaryIO, dt.datetime], Iterator[Record | Refusal]]
    """The events of a seekable file published at an instant; pure, and nothing but refusals comes of any bytes."""
    owns: Callable[[bytes], bool] | None = None
    """Whether a file that begins with these bytes, its byte-order mark left off, is one of the source's; None: it does
    not show. `vigie watch` asks where nobody says what reads a file."""
    view: View | None = None
    settings: type[BaseSettings] | None = None
    """Its own settings, with a prefix of their own, as `VIGIE_BODACC_`; read once by the command and handed down."""
    fetch: Callable[[Any, str | None], Iterator[Fetched]] | None = None
    """What the public feed has after a cursor, oldest first, given the settings; None is the feed's start.

    UnavailableError where the feed is away. A piece may come twice: its events are known by their ids.
    """
    feed: Callable[[Any], str] | None = None
    """Which of its feeds the settings choose, where there are several: each has a cursor of its own."""

    def feed_of(self, settings: Any) -> str:
        """The name of the feed, under which its cursor is kept."""
        return self.name if self.feed is None else f"{self.name}/{self.feed(settings)}"


def connector(name: str) -> Connector | None:
    """The connector of that name, None where there is none; no other module is imported."""
    if name not in _modules():
        return None
    declared = getattr(import_module(f"connectors.{name}"), "CONNECTOR", None)
    if declared is None:
        return None
    if not isinstance(declared, Connector) or declared.name != name:
        raise TypeError(f"connectors/{name}.py: expected CONNECTOR to be a Connector named {name!r}, got {declared!r}")
    return declared


def installed() -> dict[str, Connector]:
    """Every connector by its name, in the order of names."""
    found = ((name, connector(name)) for name in sorted(_modules()))
    return {name: declared for name, declared in found if declared is not None}


def _modules() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(connectors.__path__)}
