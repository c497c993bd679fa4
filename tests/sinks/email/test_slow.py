"""A mail server or a database that takes its time: nobody is mailed twice for it, and nobody never."""

import asyncio
import time
import uuid
from dataclasses import replace
from typing import Any

import psycopg

from sinks.email.sender import EmailSender
from streams.embedded.ports import free_port


def test_a_server_that_lets_us_in_late_gets_its_mail(desk: Any, postbox: Any, make: Any) -> None:
    """What was taken meanwhile is looked at again, and then sent: not given back and taken for ever."""
    port = free_port()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        from_server, to_server = await asyncio.open_connection("127.0.0.1", postbox.port)
        await asyncio.gather(_pass_on(reader, to_server), _pass_on(from_server, writer))

    async def scene() -> None:
        desk.settings = desk.settings.model_copy(update={"smtp_port": port})
        async with await asyncio.start_server(late, "127.0.0.1", port):
            await desk.store(make.alert())
            await desk.send_until("accepted", pace=replace(desk.pace, fresh_s=0.1))

    asyncio.run(scene())
    assert len(postbox.taken) == 1


def test_a_server_that_thinks_about_a_text_is_waited_for(desk: Any, postbox: Any, make: Any) -> None:
    """Longer than for any other answer, and than a lease, which is renewed: given up, the text would be sent again."""
    postbox.before_answer = lambda _server: time.sleep(1.5)
    pace = replace(desk.pace, answer_s=0.5, message_s=5, lease_s=0.6)

    async def scene() -> None:
        await desk.store(make.alert())
        await asyncio.gather(desk.send_until("accepted", pace=pace), desk.send_until("accepted", pace=pace))
        assert [told.state for told in await desk.deliveries()] == ["accepted"]

    asyncio.run(scene())
    assert len(postbox.taken) == 1


def test_what_takes_long_to_write_is_taken_a_little_at_a_time(desk: Any, postbox: Any, make: Any) -> None:
    """Five hundred recipients stand in fifty mails: written in one transaction, it would be undone again and again."""
    pace = replace(desk.pace, freezing_s=0)

    async def scene() -> None:
        await desk.store(make.alert(recipients=[make.recipient(recipient_id=f"R-{n}") for n in range(3)]))
        await desk.send_until("accepted", pace=pace)

    asyncio.run(scene())
    assert len(postbox.taken) == 3


def test_whoever_is_back_first_leaves_to_the_other_what_he_sent(desk: Any, postbox: Any, make: Any) -> None:
    """The database was away for longer than a lease: who had sent a message records it before it can be sent again."""
    pace = replace(desk.pace, lease_s=0.2, back_s=5)
    away = asyncio.Event()

    async def connect() -> Any:
        if away.is_set():
            raise psycopg.OperationalError("away")
        return await desk.connect()

    def cut_off(_server: Any) -> None:
        away.set()
        with psycopg.connect(desk.uri) as connection:
            everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(f"{everybody} AND pid <> pg_backend_pid() AND backend_type = 'client backend'")

    postbox.before_answer = cut_off

    async def scene() -> None:
        await desk.store(make.alert())
        sender = asyncio.create_task(EmailSender(connect, desk.settings, pace).run())
        await desk.until(postbox.has_mail)
        await asyncio.sleep(0.3)  # the lease has ended
        other = asyncio.create_task(EmailSender(desk.connect, desk.settings, pace).run())
        await asyncio.sleep(0.5)
        away.clear()
        await desk.until(lambda: _accepted(desk))
        for one in (sender, other):
            one.cancel()
        await asyncio.wait([sender, other])

    asyncio.run(scene())
    assert len(postbox.taken) == 1


def test_what_was_not_begun_is_given_back_before_an_answer_is_waited_for(desk: Any, postbox: Any, make: Any) -> None:
    """Told to stop, and ended before the server answered: only the message at hand waits for its lease to end."""
    postbox.before_answer = lambda _server: time.sleep(1.5)

    async def scene() -> None:
        await desk.store(*(make.alert(notice_id=uuid.UUID(int=n + 1), number=n + 1) for n in range(3)))
        sender = asyncio.create_task(EmailSender(desk.connect, desk.settings, desk.pace).run())
        await desk.until(postbox.has_mail)
        sender.cancel()
        await desk.until(lambda: _given_back(desk), at_most_s=1.3)
        await asyncio.wait([sender])
        assert await desk.states() == {"accepted": 1, "pending": 2}

    asyncio.run(scene())


async def _accepted(desk: Any) -> bool:
    return bool(await desk.states() == {"accepted": 1})


async def _given_back(desk: Any) -> bool:
    return bool(await desk.states() == {"sending": 1, "pending": 2})


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65_536):
        writer.write(some)
    writer.close()
