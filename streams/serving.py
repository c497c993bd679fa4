"""A web server as a process of ours: it stops when it is told to, and that is no error."""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import structlog
import uvicorn

from schemas.errors import UnavailableError

log = structlog.get_logger()

_REMEDIES = {
    errno.EADDRINUSE: "stop the program that does, or name another port",
    errno.EACCES: "name a port from 1024 on, or let this user have that one",
}


class Server(uvicorn.Server):
    """Stops by itself; uvicorn's own would send itself the signal again once it is done, and so end in an error."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None] = lambda: None) -> None:
        """Call ``on_stop`` at the first signal, before requests under way are waited for."""
        super().__init__(config)
        self._on_stop = on_stop

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop, on `sockets`, or else where the configuration says.

        Raises:
            UnavailableError: another program listens there, or nobody can.
        """
        if sockets is not None:
            await super().serve(sockets)
            return
        with closing(self.listening()) as listening:
            log.info("listening", at=f"http://{self.config.host}:{listening.getsockname()[1]}")
            await super().serve([listening])

    def listening(self) -> socket.socket:
        """The socket on which connections come; see ``serve``."""
        host, port = self.config.host, self.config.port
        try:
            listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as error:
            known = not isinstance(error, socket.gaierror) and error.errno  # create_server() says the address again
            why = os.strerror(known) if known else error.strerror
            remedy = _REMEDIES.get(known or 0, "name an address of this machine, as 127.0.0.1")
            raise UnavailableError(f"cannot listen on {host}:{port} ({why}): {remedy}") from error
        # asyncio does it for connections of sockets that it opens: without it an answer waits 40 ms for its last part.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop the server while it runs."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        self._on_stop()
        self.should_exit = True
