"""API keys of providers: shown once, kept as a hash, good for some topics and one `source`."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from connectors.intake.reading import TOPICS
from schemas.errors import RefusedError
from streams.ledger.queries import load

SQL = load("connectors.intake", "queries.sql")
_FORM = re.compile(r"vigie_([0-9a-f]{12})_([\w-]{43})", re.ASCII)
_SOURCE = re.compile(r"[^\x00/]{1,200}")
"""A slash would end it in the address at which a provider asks for an event."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Whoever holds a key, and what it is good for."""

    key_id: str
    source: str
    topics: frozenset[str]


async def create(connection: AsyncConnection, source: str, topics: Iterable[str]) -> str:
    """A new key for a provider; this is the only time that it is told.

    Raises:
        RefusedError: a topic that nobody but the hub writes, or that there is not; no name of a provider.
    """
    asked = sorted(set(topics))
    unknown = [topic for topic in asked if topic not in TOPICS]
    if unknown or not asked:
        raise RefusedError(
            "unknown_topic", f"expected topics among {', '.join(TOPICS)}, got {', '.join(unknown) or 'none'}"
        )
    if not _SOURCE.fullmatch(source):
        expected = "expected the provider's short name, as its records carry it, without a slash"
        raise RefusedError("bad_source", f"{expected}, got {source!r}")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    await connection.execute(SQL["create_key"], (key_id, _hash(secret), source, asked))
    return f"vigie_{key_id}_{secret}"


async def provider_of(connection: AsyncConnection, key: str) -> Provider | None:
    """Whose key it is; None where it is nobody's, or revoked."""
    form = _FORM.fullmatch(key)
    if form is None:
        return None
    row = await (await connection.execute(SQL["read_key"], [form[1]])).fetchone()
    if row is None or not hmac.compare_digest(row[0], _hash(form[2])):
        return None
    return Provider(form[1], row[1], frozenset(row[2]))


async def listed(connection: AsyncConnection) -> list[tuple[Any, ...]]:
    """Every key there was: id, provider, topics, when it was made and revoked."""
    return await (await connection.execute(SQL["list_keys"])).fetchall()


async def revoke(connection: AsyncConnection, name: str) -> list[str]:
    """Revoke a key by its id, or all of a provider's by his name, from the next request on; the ids revoked."""
    return [key_id for (key_id,) in await (await connection.execute(SQL["revoke_keys"], {"name": name})).fetchall()]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
