"""The HTTP intake beside a bare route that only validates, the shape of Kafka REST, and our own publisher."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg
import report
import world
from sources import publishing
from sources.posting import Answers, post
from stage import Stage

from connectors.intake.keys import create
from streams.embedded.ports import answers, free_port, wait_until

ROUTES = str(Path(__file__).parent / "routes.py")
PREFIX = "http."
TOPIC = "court-judgments"
LINES = 1_000
CLIENTS = {"one": 8, "lines": 2}
TARGET = 0.6
LISTENS_S = 30.0
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Route:
    """Something that takes judgments by HTTP."""

    name: str
    argv: tuple[str, ...]
    """Its port comes last, or in the environment."""
    one: tuple[str, str]
    """Path and media type of a single record."""
    lines: tuple[str, str]
    """The same of a thousand."""
    wrapped: bool = False
    """Records come as Kafka REST has them."""


JSON, NDJSON = "application/json", "application/x-ndjson"
TAKEN, REST = f"/v1/events/{TOPIC}", f"/topics/{PREFIX}{TOPIC}"
INTAKE = Route("`vigie intake`", (sys.executable, "-m", "streams", "intake"), (TAKEN, JSON), (TAKEN, NDJSON))
ROUTES_MEASURED = (
    INTAKE,
    Route("bare route: validates only", (sys.executable, ROUTES, "validates"), ("/one", JSON), ("/lines", NDJSON)),
    Route(
        "bare route, Kafka REST's shape: sends any JSON",
        (sys.executable, ROUTES, "kafka-rest"),
        (REST, JSON),
        (REST, JSON),
        wrapped=True,
    ),
)
Measured = dict[str, list[Answers]]
"""Of a route, by `one` or `lines`: of each round."""


def measure(stage: Stage, rounds: int, singles: int, batches: int) -> list[str]:
    """The section of the page: all in turn, `singles` requests of one record and `batches` of a thousand each."""
    stage.topics(PREFIX)
    stage.topics(publishing.PREFIX)
    key = asyncio.run(_key(stage))
    found: dict[Route, Measured] = {route: {"one": [], "lines": []} for route in ROUTES_MEASURED}
    published = []
    for _ in range(rounds):
        for route in ROUTES_MEASURED:
            _round(stage, route, key, found[route], {"one": singles, "lines": batches})
        published.append(publishing.rate(stage, "vigie", batches * LINES))
    return _section(found, median(published))


def _section(found: dict[Route, Measured], published: float) -> list[str]:
    rows = [[route.name, *_figures(each["one"], 1), *_figures(each["lines"], LINES)] for route, each in found.items()]
    ours = median(each.per_s for each in found[INTAKE]["lines"]) * LINES
    head = ["by HTTP", "single: records a second", "p99 ms", f"{LINES:,} lines: records a second", "p99 ms"]
    kept = report.against(ours, published, TARGET)
    return [
        *report.table(head, rows),
        "",
        f"Single records come over {CLIENTS['one']} connections, batches over {CLIENTS['lines']}.",
        f"Our publisher alone sent {published:,.0f} records a second: {LINES:,} lines by HTTP × {kept}.",
    ]


def _figures(rounds: list[Answers], records: int) -> list[str]:
    per_s = median(each.per_s for each in rounds) * records
    return [f"{per_s:,.0f}", f"{median(each.p99_ms for each in rounds):.1f}"]


def _round(stage: Stage, route: Route, key: str, found: Measured, requests: dict[str, int]) -> None:
    with _serving(stage, route) as port:
        for shape, (path, media_type) in (("one", route.one), ("lines", route.lines)):
            headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type}
            size = LINES if shape == "lines" else 1
            warm_up = [_body(route, size) for _ in range(CLIENTS[shape])]
            bodies = [_body(route, size) for _ in range(requests[shape])]
            post(port, path, headers, warm_up, CLIENTS[shape])
            found[shape].append(post(port, path, headers, bodies, CLIENTS[shape]))


def _body(route: Route, size: int) -> bytes:
    """The next judgments, each a new event."""
    events = [world.judgment(number, 100, "http-") for number in itertools.islice(_numbers, size)]
    if route.wrapped:
        records = ",".join(f'{{"key":"{event.buyer_id}","value":{event.model_dump_json()}}}' for event in events)
        return f'{{"records":[{records}]}}'.encode()
    return "\n".join(f'{{"type":"JudgmentPublished","value":{event.model_dump_json()}}}' for event in events).encode()


@contextmanager
def _serving(stage: Stage, route: Route) -> Iterator[int]:
    """The route on a port of its own, once it listens."""
    port = free_port()
    environment = {"VIGIE_INTAKE_PORT": str(port), "VIGIE_INTAKE_RATE": "1e9"}
    argv = [*route.argv, *([] if route is INTAKE else [str(port)])]
    child = stage.start(argv, PREFIX, "intake", subprocess.DEVNULL, environment)
    try:
        if not wait_until(lambda: answers(port), LISTENS_S):
            raise RuntimeError(f"nobody listens on {port}: {route.argv}")
        yield port
    finally:
        child.kill()
        child.wait()


async def _key(stage: Stage) -> str:
    async with await psycopg.AsyncConnection.connect(stage.database_url, autocommit=True) as connection:
        return await create(connection, "bodacc", [TOPIC])
