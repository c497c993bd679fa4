"""A schema registry as strict as Confluent's convention reads: subjects, versions, ids, modes, and its error codes.

Written from the convention's documentation, for the tests of `vigie schemas push` alone: ids are given by the caller in
IMPORT mode only, one id is one schema, and a subject with versions is put in that mode by force only.
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


class Strict:
    """What it holds, and how it may be used."""

    def __init__(self, *, mutable: bool = True) -> None:
        self.mutable = mutable
        """Whether modes may be changed (`mode.mutability`)."""
        self.by_id: dict[int, Any] = {}
        self.subjects: dict[str, dict[int, int]] = {}
        """Ids by subject and version."""
        self.modes: dict[str, str] = {}
        self.changes: list[str] = []
        """Every request that would change something."""

    def app(self) -> FastAPI:
        """The registry, ready to be served."""
        app = FastAPI()
        app.get("/schemas/ids/{schema_id}")(self._by_id)
        app.get("/subjects/{subject}/versions")(self._versions)
        app.get("/subjects/{subject}/versions/{number}")(self._version)
        app.post("/subjects/{subject}/versions")(self._register)
        app.get("/mode/{subject}")(self._mode)
        app.put("/mode/{subject}")(self._set_mode)
        app.delete("/mode/{subject}")(self._forget_mode)
        app.middleware("http")(self._watch)
        return app

    async def _watch(self, request: Request, answer: Any) -> Any:
        if request.method != "GET":
            self.changes.append(f"{request.method} {request.url.path}")
        return await answer(request)

    async def _by_id(self, schema_id: int) -> Any:
        if schema_id not in self.by_id:
            return _error(404, 40403, f"Schema {schema_id} not found")
        return {"schema": json.dumps(self.by_id[schema_id])}

    async def _versions(self, subject: str) -> Any:
        if subject not in self.subjects:
            return _error(404, 40401, f"Subject '{subject}' not found.")
        return sorted(self.subjects[subject])

    async def _version(self, subject: str, number: int) -> Any:
        if subject not in self.subjects:
            return _error(404, 40401, f"Subject '{subject}' not found.")
        if number not in self.subjects[subject]:
            return _error(404, 40402, f"Version {number} not found.")
        schema_id = self.subjects[subject][number]
        return {"subject": subject, "id": schema_id, "version": number, "schema": json.dumps(self.by_id[schema_id])}

    async def _register(self, subject: str, request: Request) -> Any:
        body = await request.json()
        schema, schema_id = json.loads(body["schema"]), body.get("id")
        if schema_id is not None and self.modes.get(subject) != "IMPORT":
            return _error(422, 42205, f"Subject {subject} is not in import mode")
        schema_id = schema_id or max(self.by_id, default=0) + 1
        if self.by_id.get(schema_id, schema) != schema:
            return _error(422, 42207, f"Overwrite new schema with id {schema_id} is not permitted.")
        versions = self.subjects.setdefault(subject, {})
        number = body.get("version") or max(versions, default=0) + 1
        self.by_id[schema_id] = schema
        versions[number] = schema_id
        return {"id": schema_id}

    async def _mode(self, subject: str) -> Any:
        if subject not in self.modes:
            return _error(404, 40409, f"Subject '{subject}' does not have subject-level mode configured")
        return {"mode": self.modes[subject]}

    async def _set_mode(self, subject: str, request: Request, *, force: bool = False) -> Any:
        mode = (await request.json())["mode"]
        if not self.mutable:
            return _error(422, 42205, "Mode changes are not allowed")
        if mode == "IMPORT" and self.subjects.get(subject) and not force:
            return _error(422, 42205, f"Cannot import since found existing subjects: {subject}")
        self.modes[subject] = mode
        return {"mode": mode}

    async def _forget_mode(self, subject: str) -> Any:
        if subject not in self.modes:
            return _error(404, 40401, f"Subject '{subject}' not found.")
        return {"mode": self.modes.pop(subject)}


def _error(status: int, code: int, message: str) -> JSONResponse:
    return JSONResponse({"error_code": code, "message": message}, status)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of an application on loopback, for as long as the block lasts."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
