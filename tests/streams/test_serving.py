"""How our web servers listen."""

import socket
from contextlib import closing

import uvicorn

from streams.serving import Server


def test_the_last_part_of_an_answer_does_not_wait() -> None:
    """Connections have TCP_NODELAY, as those have that asyncio listens for itself."""
    server = Server(uvicorn.Config("nobody:app", host="127.0.0.1", port=0))
    with closing(server.listening()) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
