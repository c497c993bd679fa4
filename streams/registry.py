"""Our schemas in a site's own registry, under the ids of `ids.lock`: Confluent's convention, IMPORT mode.

Never run against Confluent's own registry: the tests hold it against a small server that follows the convention
strictly (`tests/registry.py`).
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from schemas.errors import RefusedError, UnavailableError
from schemas.versions import Version
from streams.embedded.ports import is_loopback

_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
_TIMEOUT = urllib3.Timeout(connect=10.0, read=30.0)
_AWAY = frozenset(
    {HTTPStatus.TOO_MANY_REQUESTS, *(status for status in HTTPStatus if status >= HTTPStatus.INTERNAL_SERVER_ERROR)}
)


class Registry:
    """A site's registry."""

    def __init__(self, url: str, user: str | None = None, password: str | None = None) -> None:
        """Take its address, and the user that may put it in IMPORT mode.

        Raises:
            RefusedError: ``plaintext_registry``: the password would leave this machine unencrypted.
        """
        place = urlsplit(url)
        if password and place.scheme == "http" and not is_loopback(place.hostname or ""):
            raise RefusedError(
                "plaintext_registry",
                f"the password would travel unencrypted to {place.netloc}; only to a loopback address may it: set"
                " VIGIE_REGISTRY_URL to one with https://",
            )
        headers = {"Accept": _MEDIA_TYPE, "Content-Type": _MEDIA_TYPE}
        if user is not None:
            headers |= urllib3.make_headers(basic_auth=f"{user}:{password or ''}")
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(headers=headers, timeout=_TIMEOUT, retries=False)

    def push(self, versions: Sequence[Version]) -> list[Version]:
        """Register every version under its own id; those that were not there before.

        Everything is looked at before anything is written.

        Raises:
            RefusedError: ``registry_taken``: an id or a subject is something else's, each named; nothing was written.
                ``registry_mode``: the registry does not let us import.
            UnavailableError: the registry does not answer.
        """
        taken = [why for version in versions for why in self._taken(version)]
        taken += [why for subject in _subjects(versions) for why in self._strangers(subject, versions)]
        if taken:
            raise RefusedError("registry_taken", f"nothing was registered at {self._url}:\n" + "\n".join(taken))
        missing = [version for version in versions if self._registered(version) is None]
        for subject in _subjects(missing):
            with self._importing(subject):
                for version in missing:
                    if version.name == subject:
                        self._register(version)
        return missing

    def _taken(self, version: Version) -> Iterator[str]:
        """Why the version's id cannot be ours."""
        found = self._get(f"/schemas/ids/{version.id}")
        if found is not None and json.loads(found["schema"]) != version.schema():
            yield f"id {version.id} is another schema's, {version.name} version {version.number} needs it"
        there = self._registered(version)
        if there is not None and there["id"] != version.id:
            yield f"{version.name} version {version.number} has id {there['id']}, and must have {version.id}"

    def _strangers(self, subject: str, versions: Sequence[Version]) -> Iterator[str]:
        ours = {version.number for version in versions if version.name == subject}
        for number in self._get(f"/subjects/{quote(subject)}/versions") or ():
            if number not in ours:
                yield f"{subject} has a version {number} that is not ours"

    def _registered(self, version: Version) -> Any:
        return self._get(f"/subjects/{quote(version.name)}/versions/{version.number}")

    @contextmanager
    def _importing(self, subject: str) -> Iterator[None]:
        """The subject in IMPORT mode, which alone takes ids, and then as it was."""
        place = f"/mode/{quote(subject)}"
        before = self._get(place)
        # A subject that has versions, all of them ours, is put in this mode only by force.
        self._change("PUT", f"{place}?force=true", {"mode": "IMPORT"}, "registry_mode")
        try:
            yield
        finally:
            if before is None:
                self._change("DELETE", place, None, "registry_mode")
            else:
                self._change("PUT", f"{place}?force=true", before, "registry_mode")

    def _register(self, version: Version) -> None:
        body = {
            "schema": json.dumps(version.schema(), ensure_ascii=False),
            "schemaType": "AVRO",
            "id": version.id,
            "version": version.number,
        }
        answer = self._change("POST", f"/subjects/{quote(version.name)}/versions", body, "registry_refused")
        if answer.get("id") != version.id:
            raise RefusedError(
                "registry_refused",
                f"{self._url} gave {version.name} the id {answer.get('id')}, not {version.id}: its IMPORT mode "
                "does not take ids. Delete that version there; topics must not be read through this registry",
            )

    def _get(self, path: str) -> Any:
        """What is there; None where nothing is."""
        status, answer = self._ask("GET", path, None)
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK:
            raise RefusedError("registry_refused", f"GET {self._url}{path}: {status} {_told(answer)}")
        return answer

    def _change(self, method: str, path: str, body: Any, reason: str) -> Any:
        status, answer = self._ask(method, path, body)
        if status != HTTPStatus.OK:
            advice = "the user must be allowed to change modes (`mode.mutability=true` at the registry)"
            why = f"{method} {self._url}{path}: {status} {_told(answer)}"
            raise RefusedError(reason, f"{why}; {advice}" if reason == "registry_mode" else why)
        return answer

    def _ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        sent = None if body is None else json.dumps(body).encode()
        try:
            response = self._pool.request(method, self._url + path, body=sent)
        except (HTTPError, OSError) as error:
            raise UnavailableError(f"the registry at {self._url} does not answer: {error}") from error
        if response.status in _AWAY:
            raise UnavailableError(f"the registry at {self._url} answers {response.status}: try again later")
        return response.status, _parsed(response.data, f"{self._url}{path}")


def _subjects(versions: Sequence[Version]) -> list[str]:
    return list(dict.fromkeys(version.name for version in versions))


def _told(answer: Any) -> str:
    """The convention's own words for an error."""
    return f"{answer.get('error_code')} {answer.get('message')}" if isinstance(answer, dict) else str(answer)


def _parsed(raw: bytes, where: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise RefusedError(
            "no_registry", f"expected JSON from a schema registry at {where}, got something else"
        ) from None
