"""What the intake says of itself: its OpenAPI, and a page that a person reads, from nowhere but here."""

import json
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from connectors.intake.desk import AVRO, JSON, NDJSON, Receipt
from connectors.intake.reading import TOPICS, Fault

router = APIRouter(include_in_schema=False)
KEY = "The key that `vigie keys create` gave out."
_REF = "#/components/schemas/{model}"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


class Receipts(BaseModel):
    """What was taken, in the order of the lines."""

    receipts: list[Receipt]


class Valid(BaseModel):
    """How many records would be taken."""

    valid: int


class Problem(BaseModel):
    """Why nothing was taken (RFC 9457), with everything that is wrong."""

    title: str
    status: int
    reason: str
    detail: str
    errors: list[Fault]


def _answer(description: str, *, retry: bool = False) -> dict[str, Any]:
    return {"description": description, "content": _PROBLEM, **({"headers": _RETRY} if retry else {})}


FEEDBACK: dict[int | str, dict[str, Any]] = {
    401: _answer("No key, or one that is not in force."),
    403: _answer("Events of another source than the key's."),
    404: _answer("Nothing is known of this event."),
    422: _answer("A parameter that is unknown, said twice or out of its range."),
    429: _answer("Too many requests a second.", retry=True),
    503: _answer("PostgreSQL is away.", retry=True),
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "`dry_run`: the batch would be taken.", "model": Valid},
    202: {"description": "All of it lies on the topic, on every in-sync replica.", "model": Receipts},
    400: _answer("No request that can be read."),
    401: _answer("No key, or one that is not in force."),
    403: _answer("The key is not good for this topic, or a record names another source."),
    404: _answer("No topic that others than the hub write."),
    408: _answer("The body came too slowly."),
    409: _answer("An event came before with another content."),
    413: _answer("The body is too large, or has too many lines."),
    415: _answer("A media type that is not read, or a compressed body."),
    422: _answer("Records that can never be taken, with every error of every line; or an unknown parameter."),
    429: _answer("Too many records a second.", retry=True),
    503: _answer("Kafka or PostgreSQL is away; the same again later gets its receipts.", retry=True),
}


def body() -> dict[str, Any]:
    """The request's body, for OpenAPI."""
    line = {"$ref": "#/components/schemas/Line"}
    lines = {"type": "string", "description": "A line of JSON a record, each as in application/json."}
    content: dict[str, Any] = {JSON: {"schema": line}}
    content |= {media: {"schema": lines} for media in NDJSON}
    content |= {media: {"schema": {"type": "string", "format": "binary"}} for media in AVRO}
    return {"requestBody": {"required": True, "content": content}}


def complete(app: FastAPI) -> None:
    """Put the records among the components of the application's OpenAPI."""
    made = app.openapi()
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    records = [record for topic in TOPICS.values() for record in topic.records]
    _, definitions = models_json_schema([(record, "validation") for record in records], ref_template=_REF)
    schemas |= definitions["$defs"]
    schemas["EventHeader"]["required"].remove("published_at")  # set by us where it is absent
    schemas["Problem"] = TypeAdapter(Problem).json_schema(ref_template=_REF)
    schemas |= schemas["Problem"].pop("$defs")
    schemas["Line"] = {"oneOf": [_line(record.__name__) for record in dict.fromkeys(records)]}


def _line(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", "value"],
        "properties": {"type": {"const": name}, "value": {"$ref": _REF.format(model=name)}},
    }


@router.get("/docs", response_class=HTMLResponse)
async def docs(request: Request) -> str:
    """The interface on one page."""
    described = request.app.openapi()
    calls = "".join(
        _call(method, path, call) for path, methods in described["paths"].items() for method, call in methods.items()
    )
    topics = "".join(
        f"<dt>{escape(topic.name)}</dt><dd>{escape(topic.description)} Records: "
        f"{', '.join(record.__name__ for record in topic.records)}. Key: {escape(topic.key)}.</dd>"
        for topic in TOPICS.values()
    )
    example = json.dumps({"type": "LimitWithdrawn", "value": {"header": {"source": "…"}}}, ensure_ascii=False)
    return _PAGE.format(calls=calls, topics=topics, example=escape(example))


def _call(method: str, path: str, call: dict[str, Any]) -> str:
    answers = "".join(
        f"<dt>{escape(status)}</dt><dd>{escape(answer['description'])}</dd>"
        for status, answer in sorted(call["responses"].items())
    )
    said = escape(call.get("description", ""))
    return f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{said}</p><dl>{answers}</dl>"


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Vigie intake</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}}
dl{{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}}dt{{font-family:monospace}}dd{{margin:0}}</style>
<h1>Vigie intake</h1><p>Events by HTTP. Each line is <code>{example}</code>; every field is in
<a href="openapi.json">openapi.json</a>.</p>{calls}<h2>Topics</h2><dl>{topics}</dl></html>"""
