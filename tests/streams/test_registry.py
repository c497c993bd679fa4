"""Our schemas in a site's own registry: under our ids, or not at all."""

from collections.abc import Iterator

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from schemas.errors import RefusedError, UnavailableError
from schemas.versions import versions
from streams.embedded.ports import free_port
from streams.registry import Registry
from tests.registry import Strict, served

OURS = tuple(versions().values())
FIRST = OURS[0]


@pytest.fixture
def site() -> Iterator[tuple[Strict, str]]:
    """An empty registry of the site's own, with its address."""
    strict = Strict()
    with served(strict.app()) as url:
        yield strict, url


def test_every_version_is_registered_under_its_own_id(site: tuple[Strict, str]) -> None:
    """Ids, subjects and numbers are those of ids.lock, as Confluent's own client reads them; modes are as before."""
    strict, url = site
    assert Registry(url).push(OURS) == list(OURS)
    assert strict.subjects == {version.name: {version.number: version.id} for version in OURS}
    assert strict.modes == {}
    with SchemaRegistryClient({"url": url}) as client:
        assert client.get_version(FIRST.name, FIRST.number).schema_id == FIRST.id


def test_a_second_push_changes_nothing(site: tuple[Strict, str]) -> None:
    """What is there is left alone: no request that changes anything is sent."""
    strict, url = site
    Registry(url).push(OURS)
    strict.changes.clear()
    assert (Registry(url).push(OURS), strict.changes) == ([], [])


def test_a_push_that_broke_off_is_gone_on_with(site: tuple[Strict, str]) -> None:
    """Only what is missing is registered, and a mode that a subject had of its own is given back."""
    strict, url = site
    Registry(url).push(OURS[:3])
    strict.modes[OURS[3].name] = "READONLY"
    assert Registry(url).push(OURS) == list(OURS[3:])
    assert strict.modes == {OURS[3].name: "READONLY"}


@pytest.mark.parametrize("what", ["id", "number", "stranger"])
def test_what_is_taken_is_named_and_nothing_is_written(site: tuple[Strict, str], what: str) -> None:
    """An id or a subject that is something else's: all of them are told at once, before anything is changed."""
    strict, url = site
    other = {"type": "record", "name": "Other", "fields": []}
    taken, told = {
        "id": ({FIRST.id: other}, f"id {FIRST.id} is another schema's"),
        "number": ({5: FIRST.schema()}, f"{FIRST.name} version 1 has id 5, and must have {FIRST.id}"),
        "stranger": ({5: other}, f"{FIRST.name} has a version 7 that is not ours"),
    }[what]
    strict.by_id = dict(taken)
    strict.subjects = {"id": {}, "number": {FIRST.name: {1: 5}}, "stranger": {FIRST.name: {7: 5}}}[what]
    with pytest.raises(RefusedError) as refused:
        Registry(url).push(OURS)
    assert refused.value.reason == "registry_taken"
    assert told in refused.value.detail
    assert strict.changes == []


def test_a_registry_that_lets_nobody_import_is_told(site: tuple[Strict, str]) -> None:
    """The refusal gives the registry's own words and says what must be allowed."""
    strict, url = site
    strict.mutable = False
    with pytest.raises(RefusedError, match=r"42205 Mode changes are not allowed; .*mode\.mutability") as refused:
        Registry(url).push(OURS)
    assert (refused.value.reason, strict.subjects) == ("registry_mode", {})


def test_a_registry_that_gives_ids_of_its_own_is_found_out() -> None:
    """Where IMPORT mode is taken and the id is not, the push stops at the first schema and says what to do."""
    strict = Strict()
    app = strict.app()
    app.router.routes = [route for route in app.router.routes if getattr(route, "methods", None) != {"POST"}]
    app.post("/subjects/{subject}/versions")(lambda: {"id": 1})
    with served(app) as url, pytest.raises(RefusedError, match=f"the id 1, not {FIRST.id}: its IMPORT mode does not"):
        Registry(url).push(OURS)
    assert strict.modes == {}


def test_what_is_no_registry_is_told() -> None:
    """A page that is not JSON is no registry; nothing that listens is unavailable."""
    app = FastAPI()
    app.get("/{path:path}")(lambda: PlainTextResponse("hello"))
    with served(app) as url, pytest.raises(RefusedError, match="expected JSON from a schema registry"):
        Registry(url).push(OURS)
    with pytest.raises(UnavailableError, match="does not answer"):
        Registry(f"http://127.0.0.1:{free_port()}").push(OURS)


def test_a_password_does_not_leave_the_machine_unencrypted() -> None:
    """As Kafka's and the mail server's: nothing is asked of a registry that would hear it over plain HTTP."""
    with pytest.raises(
        RefusedError, match=r"plaintext_registry: .* unencrypted to registry\.example:8081; .* https://"
    ):
        Registry("http://registry.example:8081", "vigie", "secret")
    Registry("http://127.0.0.1:8081", "vigie", "secret")
    Registry("https://registry.example", "vigie", "secret")
