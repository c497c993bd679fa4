"""Loopback ports: which are free, and when one answers."""

import ipaddress
import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress

LOOPBACK = "127.0.0.1"
# Below the range that Linux gives to outgoing connections (from 32768). Inside it, a client that calls a stopped
# server again and again may be given the server's own port, connect to itself and keep the server from coming back.
CHOICE = range(15_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a closed connection is no owner
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port on which nobody listens."""
    return next(port for port in iter(lambda: random.choice(CHOICE), None) if is_free(port))  # noqa: S311 - no secret


def answers(port: int, host: str = LOOPBACK) -> bool:
    """Whether somebody listens on the port."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def any_answers(bootstrap: str) -> bool:
    """Whether somebody listens at one of these `host:port`, separated by commas.

    To be asked before a Kafka client is made: one that finds nobody waits for half a minute, says so at length, and
    leaves its sockets open.
    """
    return any(answers(port, host) for host, port in places(bootstrap))


def places(bootstrap: str) -> list[tuple[str, int]]:
    """Host and port of each of these `host:port`, separated by commas."""
    found = (address.strip().rpartition(":") for address in bootstrap.split(","))
    return [(host.strip("[]"), int(port)) for host, _, port in found]


def is_loopback(host: str) -> bool:
    """Whether what goes there stays on this machine."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def wait_until(ready: Callable[[], bool], timeout_s: float, pause_s: float = 0.05) -> bool:
    """Whether ``ready`` came true within the time."""
    deadline = time.monotonic() + timeout_s
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_s)
    return True
