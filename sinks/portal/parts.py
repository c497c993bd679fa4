"""What the portal's pages are made with: put together once, in `web.py`."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from sinks.portal.bell import Bell
from sinks.portal.pages import Pages
from sinks.portal.reading import Library
from sinks.portal.sessions import Cookie
from streams.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """One portal."""

    settings: Settings
    cookie: Cookie
    pages: Pages
    library: Library
    bell: Bell


def parts(request: Request) -> Parts:
    """The portal that the request came to."""
    return cast("Parts", request.app.state.parts)
