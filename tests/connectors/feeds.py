"""Local servers in the form of public feeds: BODACC's interface (Opendatasoft, Explore v2.1)."""

import datetime as dt
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from streams.embedded.ports import free_port
from tests.connectors.builders import a_record

TODAY = dt.datetime.now(ZoneInfo("Europe/Paris")).date()
_WHERE = re.compile(r"dateparution = date'(?P<day>[\d-]+)' and familleavis in \((?P<families>.*)\)")


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address under which the application answers, for as long as the block lasts."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class Opendatasoft:
    """BODACC's dataset, as far as it is asked by day and family; ``faults`` are answered first, one a request."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = list(records)
        self.faults: list[Callable[[], Response]] = []
        self.asked: list[str] = []
        self.slow_s = 0.0
        self.app = FastAPI()
        self.app.get("/records")(self._count)
        self.app.get("/exports/jsonl")(self._export)

    def _count(self, request: Request) -> Any:
        found = self._found(request)
        limit = int(request.query_params.get("limit", "10"))
        if limit > 100:
            raise HTTPException(400, detail="Invalid value for limit API parameter")
        return self._fault() or {"total_count": len(found), "results": found[:limit]}

    def _export(self, request: Request) -> Any:
        time.sleep(self.slow_s)
        found = self._found(request)
        return self._fault() or Response("".join(map(line, found)), media_type="application/jsonl")

    def _found(self, request: Request) -> list[dict[str, Any]]:
        where = _WHERE.fullmatch(request.query_params["where"])
        if where is None:
            raise HTTPException(400, detail="ODSQL query is malformed")
        self.asked.append(f"{request.url.path[1:]} {where['day']}")
        families = set(json.loads(f"[{where['families']}]"))
        found = [r for r in self.records if r["dateparution"] == where["day"] and r["familleavis"] in families]
        return sorted(found, key=lambda record: str(record["id"]))

    def _fault(self) -> Response | None:
        return self.faults.pop(0)() if self.faults else None


def day(ago: int) -> dt.date:
    return TODAY - dt.timedelta(ago)


def line(record: dict[str, Any]) -> str:
    return json.dumps(record) + "\n"


def a_notice(day: dt.date, number: int, **changes: Any) -> dict[str, Any]:
    """A record published on that day."""
    parution = f"{day.year}{day.timetuple().tm_yday:04}"
    identity = {"id": f"A{parution}{number}", "parution": parution, "numeroannonce": number}
    return a_record(dateparution=day.isoformat(), **identity, **changes)


def broken_off(content: str) -> Callable[[], Response]:
    """An answer that announces more than it sends."""

    def answer() -> Response:
        return StreamingResponse(iter([content.encode()]), headers={"content-length": str(len(content) + 1000)})

    return answer
