"""What is done for the web process: what a mail server says of a way in is logged without the address."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from structlog.testing import capture_logs

from schemas.errors import UnavailableError
from sinks.portal.errands import mail_next_link
from streams.embedded.ports import free_port
from streams.ledger.connection import connect
from streams.settings import Settings

ASKED = "INSERT INTO portal.links (email, client, language) VALUES ('marie.dupont@assure.example', '', 'fr')"


@contextmanager
def refusing(settings: Settings, answer: str) -> Iterator[Settings]:
    """A mail server that answers so to each recipient."""

    class Refuses:
        async def handle_RCPT(self, *said: Any) -> str:  # noqa: N802 (aiosmtpd's name)
            return answer.format(said[3])

    controller = Controller(Refuses(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield settings.model_copy(update={"smtp_port": controller.port})
    controller.stop()


def mailed(portal: Any, answer: str) -> None:
    """A link is asked for, and the server answers so."""

    async def scene(settings: Settings) -> None:
        async with await connect(portal.owner, schema="portal") as connection:
            await connection.execute(ASKED)
            await mail_next_link(connection, settings)

    with refusing(portal.settings, answer) as settings:
        asyncio.run(scene(settings))


def test_a_link_that_is_refused_is_logged_without_its_address(portal: Any) -> None:
    """Servers repeat the address: it is not for the log."""
    with capture_logs() as logs:
        mailed(portal, "550 5.1.1 <{}>: Recipient address rejected")
    assert [line["answer"] for line in logs] == ["550 5.1.1 <…>: Recipient address rejected"]


@pytest.mark.parametrize("answer", ["450 4.2.0 <{}>: Greylisted", "421 4.7.0 {} too many", "451 4.7.1 {}"])
def test_what_is_put_off_says_no_address(portal: Any, answer: str) -> None:
    """The error is logged by whoever waits."""
    with pytest.raises(UnavailableError) as raised:
        mailed(portal, answer)
    assert str(raised.value) == answer.format("…")
