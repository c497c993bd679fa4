"""A message that a mail server finds too large."""

import asyncio
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink


def test_a_message_too_large_for_the_server_bounces(desk: Any, free_port: int, make: Any) -> None:
    """The server says so when it hears who sends it: that is no word about us, and no other try would help."""
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port, data_size_limit=1000)
    controller.start()

    async def scene() -> None:
        await desk.store(make.alert())
        await desk.send_until("bounced")
        (told,) = await desk.deliveries()
        assert told.detail.startswith("552 ")

    asyncio.run(scene())
    controller.stop()
