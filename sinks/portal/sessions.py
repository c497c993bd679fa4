"""Who is signed in: a secret in a cookie, worth something only in the browser that was given it."""

import hashlib
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

HOURS = 8


@dataclass(frozen=True, slots=True)
class Cookie:
    """The session's cookie: never for scripts, never for other sites, only over TLS where there is TLS."""

    secure: bool

    @property
    def name(self) -> str:
        """With `__Host-` the browser itself refuses one that another host or a plain connection would plant."""
        return "__Host-vigie" if self.secure else "vigie"

    def give(self, response: Response, token: str) -> None:
        """Hand the token to the browser."""
        response.set_cookie(
            self.name, token, max_age=HOURS * 3600, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def take_back(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")

    def proof_in(self, request: Request) -> str:
        """What the request proves; empty without a cookie."""
        token = request.cookies.get(self.name, "")
        return proof(token, request) if token else ""


def new_token() -> str:
    """256 random bits, as they fit into a link or a cookie."""
    return secrets.token_urlsafe(32)


def proof(token: str, request: Request) -> str:
    """What the database is shown: it holds only for this token in this browser.

    The cookie alone, copied elsewhere, gives another proof. Whoever also copies what the browser says of itself is held
    off by the session's end: at sign-out, or after eight hours.
    """
    browser = request.headers.get("user-agent", "")
    return hashlib.sha256(f"{token}\x1f{browser}".encode()).hexdigest()
