"""Clients that post one body after the other, over connections of their own."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answers:
    """What a number of posts came to."""

    per_s: float
    """Requests a second."""
    p99_ms: float


def post(port: int, path: str, headers: Mapping[str, str], bodies: Iterable[bytes], clients: int) -> Answers:
    """Post every body, `clients` at a time; RuntimeError where one is answered with anything but a 2xx."""
    return asyncio.run(_post(port, path, headers, bodies, clients))


async def _post(port: int, path: str, headers: Mapping[str, str], bodies: Iterable[bytes], clients: int) -> Answers:
    named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{named}"
    waiting, took = iter(bodies), list[float]()
    begun = time.perf_counter()
    await asyncio.gather(*(_client(port, head, waiting, took) for _ in range(clients)))
    seconds = time.perf_counter() - begun
    return Answers(len(took) / seconds, sorted(took)[int(len(took) * 0.99)] * 1000)


async def _client(port: int, head: str, bodies: Iterator[bytes], took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body in bodies:
        begun = time.perf_counter()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        said = await reader.readexactly(int(answer.lower().partition("content-length: ")[2].partition("\r\n")[0]))
        took.append(time.perf_counter() - begun)
        if not answer.startswith("HTTP/1.1 2"):
            raise RuntimeError(f"{answer}{said.decode()}")
    writer.close()
    await writer.wait_closed()
