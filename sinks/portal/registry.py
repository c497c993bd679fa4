"""The schemas of our topics, read-only, in the convention of Confluent's registry.

Any standard client or console that is given `<portal>/registry` as its registry decodes the topics with no set-up.
A subject is a record's full Avro name (RecordNameStrategy): several records share a topic.
"""

import json
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from schemas.versions import Version, subjects, versions

SUBJECT_NOT_FOUND = 40401
VERSION_NOT_FOUND = 40402
SCHEMA_NOT_FOUND = 40403


class RegistryResponse(JSONResponse):
    """JSON under the media type that registry clients ask for."""

    media_type = "application/vnd.schemaregistry.v1+json"


class NotFoundError(Exception):
    """There is no such schema, subject or version: HTTP 404 with the convention's error code."""

    def __init__(self, error_code: int, message: str) -> None:
        """Take one of the three error codes above and a ``message`` for a person."""
        super().__init__(message)
        self.error_code = error_code
        self.message = message


_router = APIRouter(default_response_class=RegistryResponse)


def _version_by_id(schema_id: int) -> Version:
    if schema_id not in versions():
        raise NotFoundError(SCHEMA_NOT_FOUND, f"Schema {schema_id} not found")
    return versions()[schema_id]


def _versions_of(subject: str) -> tuple[Version, ...]:
    if subject not in subjects():
        raise NotFoundError(SUBJECT_NOT_FOUND, f"Subject '{subject}' not found.")
    return subjects()[subject]


def _version_of(subject: str, number: str) -> Version:
    of_subject = _versions_of(subject)
    if number in ("latest", "-1"):
        return of_subject[-1]
    for version in of_subject:
        if str(version.number) == number:
            return version
    raise NotFoundError(VERSION_NOT_FOUND, f"Version {number} not found.")


def _one_line(version: Version) -> str:
    return json.dumps(version.schema(), ensure_ascii=False, separators=(",", ":"))


@_router.get("/schemas/types")
async def schema_types() -> list[str]:
    """The kinds of schema served: Avro."""
    return ["AVRO"]


@_router.get("/schemas/ids/{schema_id:int}")
async def schema_by_id(schema_id: int) -> dict[str, str]:
    """The schema of an id, as found in a record's bytes 1 to 4."""
    return {"schema": _one_line(_version_by_id(schema_id))}


@_router.get("/schemas/ids/{schema_id:int}/versions")
async def versions_by_id(schema_id: int) -> list[dict[str, Any]]:
    """Subject and version of an id."""
    version = _version_by_id(schema_id)
    return [{"subject": version.name, "version": version.number}]


@_router.get("/subjects")
async def all_subjects() -> list[str]:
    """Every record that travels on a topic."""
    return list(subjects())


@_router.get("/subjects/{subject}/versions")
async def versions_by_subject(subject: str) -> list[int]:
    """The numbers of a record's versions, oldest first."""
    return [version.number for version in _versions_of(subject)]


@_router.get("/subjects/{subject}/versions/{number}")
async def version_by_number(subject: str, number: str) -> dict[str, Any]:
    """One version of a record, by its number or `latest`."""
    version = _version_of(subject, number)
    return {"subject": subject, "version": version.number, "id": version.id, "schema": _one_line(version)}


async def _not_found(_request: Request, error: Exception) -> RegistryResponse:
    assert isinstance(error, NotFoundError)  # what it is registered for
    return RegistryResponse({"error_code": error.error_code, "message": error.message}, status_code=404)


def create_app() -> FastAPI:
    """The registry: the portal mounts it at ``/registry``; it can be served alone, too, where there is no portal."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(_router)
    app.add_exception_handler(NotFoundError, _not_found)
    return app
