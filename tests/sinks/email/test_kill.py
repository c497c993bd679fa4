"""The one way in which a message is sent twice."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from typing import Any

import psycopg

from sinks.email.sender import EmailSender

SENDER = """
import asyncio, sys
from functools import partial
from sinks.email.sender import EmailSender, Pace
from streams.ledger.connection import connect
from streams.settings import Settings

uri, port = sys.argv[1], int(sys.argv[2])
settings = Settings(smtp_port=port, mail_from="avis@assureur.example")
pace = Pace(lease_s=1.0, back_s=0, poll_s=0.05)
asyncio.run(EmailSender(partial(connect, uri, schema="email"), settings, pace).run())
"""


def test_a_sender_killed_before_it_could_record_sends_the_same_message_again(
    desk: Any, postbox: Any, make: Any
) -> None:
    """Kill -9 between the server's acceptance and our record: twice the same Message-ID and bytes, and one delivery."""
    lock = psycopg.connect(desk.uri)

    def keep_from_recording(_server: Any) -> None:
        if len(postbox.taken) == 1:
            lock.execute("SELECT FROM email.message FOR UPDATE")

    postbox.before_answer = keep_from_recording
    asyncio.run(desk.store(make.alert()))
    sender = _start(desk)
    _wait_until(lambda: _waits_for_lock(desk.uri))  # accepted, and on its way to say so
    os.kill(sender.pid, signal.SIGKILL)
    sender.wait()
    lock.close()

    sender = _start(desk)
    _wait_until(lambda: asyncio.run(desk.states()) == {"accepted": 1})
    sender.terminate()
    sender.wait()
    assert len(postbox.taken) == 2
    assert postbox.taken[0] == postbox.taken[1]
    assert [told.state for told in asyncio.run(desk.deliveries())] == ["accepted"]


def test_a_sender_told_to_stop_finishes_the_message_at_hand(desk: Any, postbox: Any, make: Any) -> None:
    """Stopped while the server has the text and has not answered: the answer is waited for and recorded."""
    postbox.before_answer = lambda _server: time.sleep(0.5)

    async def scene() -> None:
        await desk.store(make.alert())
        sender = asyncio.create_task(EmailSender(desk.connect, desk.settings, desk.pace).run())
        await desk.until(postbox.has_mail)
        sender.cancel()
        await asyncio.wait([sender])
        assert await desk.states() == {"accepted": 1}

    asyncio.run(scene())
    assert len(postbox.taken) == 1


def _start(desk: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SENDER, desk.uri, str(desk.settings.smtp_port)])


def _waits_for_lock(uri: str) -> bool:
    with psycopg.connect(uri) as connection:
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return connection.execute(waiting).fetchone() is not None


def _wait_until(happened: Any, at_most_s: float = 20.0) -> None:
    until = time.monotonic() + at_most_s
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
