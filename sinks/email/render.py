"""From a notice to a message. Pure: the same notice, recipient, letterhead and time give the same bytes."""

import datetime as dt
import re
import textwrap
import tomllib
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from sinks import typography
from sinks.email.addressing import To
from sinks.email.mime import LONGEST_SUBJECT, Words, compose
from sinks.email.wording import say
from sinks.smtp import wire_address
from streams.settings import Settings

PLAIN = "plain"
"""The template of a kind of notice that has none of its own: its title, and the way to the portal."""

_WIDTH = 76
_EMPTY_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \n]+")  # the unbreakable ones stay
_BEFORE_STOP = re.compile(r" (?=[,.](?: |$))")
_INLINER = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands on every message, whatever it says."""

    insurer: str
    sender: str
    """Address that the messages come from, and that bounces go to."""
    portal_url: str
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: Settings) -> "Letterhead":
        """The deployment's."""
        sender = wire_address(parseaddr(settings.mail_from)[1])
        return cls(settings.insurer, sender, settings.portal_url.rstrip("/"), settings.zone)


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it is sent."""

    words: Words
    template: str
    """As `judgment_alert@1`."""
    mime: bytes


def render(
    notice: Any, to: To, recipient_id: str, letterhead: Letterhead, now: dt.datetime, *, former: bool = False
) -> Mail:
    """The message that tells this notice to this recipient at `now`; `former`: because it takes them off the list."""
    header = notice.header
    template, version = template_of(type(notice).__name__)
    context = {
        "notice": notice,
        "header": header,
        "name": typography.one_line(to.name),
        "former": former,
        "letterhead": letterhead,
        "said": say(notice, now.astimezone(letterhead.zone).date()),
        "link": f"{letterhead.portal_url}/n/{header.notice_id}",
    }
    words = _words(f"{template}/{header.language}.j2", context)
    mime = compose(
        words, header, sender=letterhead.sender, insurer=letterhead.insurer, to=(to.name, to.address),
        thread=f"{recipient_id}\x1fformer" if former else recipient_id, now=now,
    )  # fmt: skip
    return Mail(words, f"{template}@{version}", mime)


@cache
def template_of(kind: str) -> tuple[str, int]:
    """The folder and the version of the template for a kind of notice."""
    locked = tomllib.loads(files(__package__).joinpath("templates", "versions.toml").read_text("utf-8"))
    name = next((name for name, one in locked.items() if one.get("kind") == kind), PLAIN)
    return name, locked[name]["version"]


def _words(name: str, context: dict[str, Any]) -> Words:
    """One file has the words of a kind in a language; what lays them out as text or as HTML is `layout`."""
    subject = typography.one_line(_laid_out("subject.txt", name, context), LONGEST_SUBJECT)
    html = _laid_out("mail.html", name, context | {"subject": subject})
    return Words(subject, _airy(_laid_out("mail.txt", name, context)), _INLINER.inline(html))


def _laid_out(layout: str, name: str, context: dict[str, Any]) -> str:
    form = layout.rpartition(".")[2]
    around = {"layout": f"layout/{layout}.j2", "marks": f"layout/marks.{form}.j2"}
    return _environment(form).get_template(name).render(context, **around)


def _airy(text: str) -> str:
    """One empty line between paragraphs, no spaces at the edges: templates may be indented as they like."""
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.strip(" ") for line in text.splitlines())).strip() + "\n"


@cache
def _environment(form: str) -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=form == "html",  # noqa: S701 (the text part is text)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "day": _in_language(typography.day),
        "money": _in_language(typography.money),
        "company_number": typography.company_number,
        "line": typography.one_line,
        "tidy": _tidy,
        "translated": lambda word, words: words.get(word, word),
        "wrap": _wrap,
    }
    return environment


def _in_language(write: Any) -> Any:
    @pass_context
    def written(context: Context, value: Any, *more: Any) -> str:
        return str(write(value, *more, context["header"].language))

    return written


@pass_context
def _tidy(context: Context, text: str) -> str:
    """Words as a paragraph: single spaces, and unbreakable ones where the language wants them."""
    shown = typography.unbreakable(
        _BEFORE_STOP.sub("", _SPACES.sub(" ", str(text)).strip(" ")), context["header"].language
    )
    return Markup(shown) if isinstance(text, Markup) else shown  # noqa: S704 (escaped before: only its spaces changed)


def _wrap(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
