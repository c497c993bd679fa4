"""Pages as HTML: templates, the reader's language, and the words and dates in it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from babel.core import negotiate_locale
from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from sinks.portal.words import LANGUAGES, WORDS, Words
from streams.settings import Settings

Clock = Callable[[], dt.datetime]
LANGUAGE_COOKIE = "language"


class Pages:
    """Renders the portal's templates."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Take what all pages show, and the clock that says what is past."""
        self._environment = Environment(
            loader=PackageLoader("sinks.portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals = {"settings": settings, "zone": settings.zone}
        self._settings = settings
        self._clock = clock

    def today(self) -> dt.date:
        """The date where the readers are."""
        return self._clock().astimezone(self._settings.zone).date()

    def page(
        self, request: Request, name: str, *, status: int = 200, language: str | None = None, **shown: Any
    ) -> HTMLResponse:
        """The template under `name`; `language` is used where the reader has chosen none."""
        words = words_for(request, language)
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        template = self._environment.get_template(name)
        context = {"words": words, "here": here, "today": self.today(), "email": None, **shown}
        return HTMLResponse(template.render(context), status, {"Content-Language": words.language})


def words_for(request: Request, language: str | None = None) -> Words:
    """The words of the language that the reader chose, else of `language`, else of his browser's; French first."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, language)
    if chosen in LANGUAGES:
        return WORDS[chosen]
    wanted = [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return WORDS[negotiate_locale(wanted, LANGUAGES, sep="-") or LANGUAGES[0]]
