"""How our web servers listen."""

import socket
from contextlib import closing

import pytest
import uvicorn

from schemas.errors import UnavailableError
from streams.serving import Server


def test_the_last_part_of_an_answer_does_not_wait() -> None:
    """Connections have TCP_NODELAY, as those have that asyncio listens for itself."""
    server = Server(uvicorn.Config("nobody:app", host="127.0.0.1", port=0))
    with closing(server.listening()) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_said_to_be(host: str) -> None:
    """Nobody is sent to look for a program on a port of another machine, or of none."""
    server = Server(uvicorn.Config("nobody:app", host=host, port=8090))
    with pytest.raises(UnavailableError, match=rf"{host}:8090 \([A-Z].*\): name an address of this machine"):
        server.listening()
