"""The contract as a page that a person reads, in English: every topic, record, field and example."""

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from schemas.asyncapi import document
from schemas.catalog import INPUTS, Topic
from schemas.describe import RecordSaid, all_topics, parts, said
from schemas.events.voided import EventVoided

router = APIRouter(prefix="/docs")
_STATIC = Path(__file__).parent / "static"


@router.get("", response_class=HTMLResponse)
async def contract() -> HTMLResponse:
    """The page."""
    return HTMLResponse(page(), headers={"Content-Language": "en"})


@router.get("/asyncapi.json")
async def asyncapi() -> JSONResponse:
    """The same for machines: an AsyncAPI 3.0.0 document."""
    return JSONResponse(_document())


@cache
def page(*, alone: bool = False) -> str:
    """The page as HTML; ``alone``: with its styles inside, so that it can be read without the portal."""
    environment = Environment(
        loader=PackageLoader("sinks.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ticks"] = _ticks
    css = "".join((_STATIC / name).read_text("utf-8") for name in ("portal.css", "contract.css")) if alone else None
    return environment.get_template("contract.html").render(
        topics=[(topic, _own_records(topic)) for topic in all_topics()],
        voided={topic.name for topic in INPUTS},
        shared=said(EventVoided),
        parts=[said(part) for part in parts()],
        version=version("vigie"),
        css=css,
    )


def _own_records(topic: Topic) -> list[RecordSaid]:
    return [said(record) for record in topic.records if record is not EventVoided]


def _ticks(text: str) -> Markup:
    """What stands between backticks, as code; everything is escaped."""
    parts = str(escape(text)).split("`")
    return Markup("".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts)))  # noqa: S704  # escaped above


@cache
def _document() -> dict[str, Any]:
    return document(version("vigie"))
