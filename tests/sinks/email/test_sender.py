"""Messages over real SMTP: once each, in time, to the right address, and what becomes of them is told."""

import asyncio
import datetime as dt
import email
import email.policy
import socket
import uuid
from collections import Counter
from typing import Any

import psycopg
import pytest

from schemas.errors import RefusedError
from sinks.email.sender import EmailSender, Pace
from streams.settings import Settings


def test_an_accepted_message_is_told_as_accepted(desk: Any, postbox: Any, make: Any) -> None:
    """What the server answered, where it went and by which template stands in the delivery."""

    async def scene() -> None:
        await desk.store(make.alert())
        await desk.send_until("accepted")
        (told,) = await desk.deliveries()
        assert (told.state, told.channel, told.address) == ("accepted", "email", "a.petit@menuisier.example")
        assert (told.detail, told.recipient_id) == ("250 2.0.0 Ok", "R-1")
        assert told.template.startswith("judgment_alert@")

    asyncio.run(scene())
    assert postbox.addresses() == ["a.petit@menuisier.example"]


def test_each_recipient_gets_a_message_of_their_own(desk: Any, postbox: Any, make: Any) -> None:
    """Nobody reads another recipient's address, in the envelope or in the headers."""
    recipients = [make.recipient(recipient_id=f"R-{n}", email=f"r{n}@example.com") for n in range(3)]

    async def scene() -> None:
        await desk.store(make.alert(recipients=recipients))
        await desk.send_until("accepted")

    asyncio.run(scene())
    assert sorted(postbox.addresses()) == ["r0@example.com", "r1@example.com", "r2@example.com"]
    assert all(b"@example.com" not in content.replace(address.encode(), b"") for address, content in postbox.taken)


def test_a_notice_that_comes_again_makes_no_second_message(desk: Any, postbox: Any, make: Any) -> None:
    """What `notices` repeats is recognised by its id."""

    async def scene() -> None:
        await desk.store(make.alert(), make.alert())
        await desk.send_until("accepted")
        await desk.store(make.alert())
        await desk.send_until("accepted")

    asyncio.run(scene())
    assert len(postbox.taken) == 1


def test_a_deferred_message_is_sent_again_unchanged(desk: Any, postbox: Any, make: Any) -> None:
    """4xx means later: the same bytes, and both words of the server are told."""
    postbox.answers["a.petit@menuisier.example"] = ["451 4.7.1 Greylisted", "451 4.7.1 Greylisted"]

    async def scene() -> None:
        await desk.store(make.alert())
        await desk.send_until("accepted")
        assert [told.state for told in await desk.deliveries()] == ["deferred", "accepted"]

    asyncio.run(scene())
    assert len(postbox.taken) == 3
    assert len({content for _, content in postbox.taken}) == 1


def test_a_message_that_the_server_never_takes_bounces(desk: Any, postbox: Any, make: Any) -> None:
    """5xx ends it, visibly, and the message behind it is sent."""
    postbox.answers["gone@example.com"] = ["550 5.1.1 No such user"]
    gone = make.recipient(recipient_id="R-9", email="gone@example.com")

    async def scene() -> None:
        await desk.store(make.alert(recipients=[gone, make.recipient()]))
        await desk.send_until("accepted", "bounced")
        assert await desk.states() == {"accepted": 1, "bounced": 1}
        told = {change.state: change.detail for change in await desk.deliveries()}
        assert told == {"accepted": "250 2.0.0 Ok", "bounced": "550 5.1.1 No such user"}

    asyncio.run(scene())
    assert postbox.addresses().count("gone@example.com") == 1


def test_a_connection_that_breaks_after_the_text_repeats_the_same_message(desk: Any, postbox: Any, make: Any) -> None:
    """Nobody knows whether the server took it: it comes again with the same Message-ID, byte for byte."""

    def hang_up_once(server: Any) -> None:
        if len(postbox.taken) == 1:
            server.transport.abort()

    postbox.before_answer = hang_up_once

    async def scene() -> None:
        await desk.store(make.alert())
        await desk.send_until("accepted")

    asyncio.run(scene())
    assert len(postbox.taken) == 2
    assert postbox.taken[0] == postbox.taken[1]


def test_a_database_lost_after_acceptance_sends_nothing_twice(desk: Any, postbox: Any, make: Any) -> None:
    """The answer is kept in mind until it can be recorded."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND {}"

    def cut_off(_server: Any) -> None:
        with psycopg.connect(desk.uri) as connection:
            connection.execute(others.format("pid <> pg_backend_pid() AND backend_type = 'client backend'"))

    postbox.before_answer = cut_off

    async def scene() -> None:
        await desk.store(make.alert())
        sender = asyncio.create_task(EmailSender(desk.connect, desk.settings, desk.pace).run())
        await desk.until(postbox.has_mail)
        await asyncio.sleep(0.2)  # all connections are cut now, ours too had we one
        await desk.until(lambda: _is(desk, {"accepted": 1}))
        sender.cancel()
        await asyncio.wait([sender])

    asyncio.run(scene())
    assert len(postbox.taken) == 1


def test_a_server_that_never_answers_holds_up_nobody_else(desk: Any, make: Any) -> None:
    """Notices are still stored, what waits says why, and nothing is lost."""

    async def scene() -> None:
        with socket.create_server(("127.0.0.1", desk.settings.smtp_port)):  # takes connections, says nothing
            sender = asyncio.create_task(EmailSender(desk.connect, desk.settings, desk.pace).run())
            await desk.store(make.alert())
            await desk.until(desk.deliveries)
            await desk.store(make.alert(notice_id=uuid.UUID(int=5), number=2))
            sender.cancel()
            await asyncio.wait([sender])
        (told,) = await desk.deliveries()
        assert told.state == "deferred"
        assert f"no mail server at 127.0.0.1:{desk.settings.smtp_port}" in told.detail
        assert await desk.states() == {"pending": 2}

    asyncio.run(scene())


def test_two_senders_send_each_message_once(desk: Any, postbox: Any, make: Any) -> None:
    """A lease keeps them off each other's messages."""
    notices = [make.alert(notice_id=uuid.UUID(int=n + 1), number=n + 1) for n in range(60)]
    pace = Pace(batch=3, poll_s=0.02)

    async def scene() -> None:
        await desk.store(*notices)
        await asyncio.gather(desk.send_until("accepted", pace=pace), desk.send_until("accepted", pace=pace))

    asyncio.run(scene())
    ids = Counter(_message(content)["X-Vigie-Notice"] for _, content in postbox.taken)
    assert len(ids) == 60
    assert set(ids.values()) == {1}


def test_whoever_was_replaced_meanwhile_is_not_sent_to(desk: Any, postbox: Any, make: Any) -> None:
    """The newest recipients get what is still to be sent; the former one gets only the word that the list changed."""
    old = make.recipient(recipient_id="R-1", email="old@example.com")
    new = make.recipient(recipient_id="R-2", email="new@example.com")

    async def scene() -> None:
        await desk.store(make.alert(recipients=[old]))
        await desk.store(make.recipients_changed([old], [new]))
        await desk.send_until("accepted", "withdrawn")

    asyncio.run(scene())
    got = sorted((address, _message(content)["X-Vigie-Notice"][-1]) for address, content in postbox.taken)
    assert got == [("new@example.com", "1"), ("new@example.com", "7"), ("old@example.com", "7")]


def test_a_changed_address_gets_what_waited_for_the_old_one(desk: Any, postbox: Any, make: Any) -> None:
    """The same recipient under a new address: the alert goes there, and both addresses are told of the change."""
    old, new = make.recipient(email="old@example.com"), make.recipient(email="new@example.com")

    async def scene() -> None:
        await desk.store(make.alert(recipients=[old]))
        await desk.store(make.recipients_changed([old], [new]))
        await desk.send_until("accepted")

    asyncio.run(scene())
    got = sorted((address, _message(content)["X-Vigie-Notice"][-1]) for address, content in postbox.taken)
    assert got == [("new@example.com", "1"), ("new@example.com", "7"), ("old@example.com", "7")]


def test_a_notice_without_recipients_is_held_and_seen(desk: Any, postbox: Any, make: Any) -> None:
    """It is told as deferred, and sent as soon as somebody is named."""

    async def scene() -> None:
        await desk.store(make.alert(recipients=[]))
        await desk.send_until("held")
        (told,) = await desk.deliveries()
        assert (told.state, told.detail) == ("deferred", "held, not sent: no_recipient")
        assert postbox.taken == []
        await desk.store(make.recipients_changed([], [make.recipient()]))
        await desk.send_until("accepted", "withdrawn")

    asyncio.run(scene())
    assert len(postbox.taken) == 2


def test_a_notice_whose_recipients_were_all_taken_off_waits_for_new_ones(desk: Any, postbox: Any, make: Any) -> None:
    """A list without anybody holds what waits for those it took off; whoever is named next is told in their place."""
    old, new = make.recipient(email="old@example.com"), make.recipient(recipient_id="R-2", email="new@example.com")

    async def scene() -> None:
        await desk.store(make.alert(recipients=[old]), make.recipients_changed([old], []))
        await desk.send_until("accepted", "held")
        await desk.store(make.recipients_changed([], [new], notice_id=uuid.UUID(int=8), number=3))
        await desk.send_until("accepted", "withdrawn")

    asyncio.run(scene())
    told = {_message(content)["X-Vigie-Notice"][-1] for address, content in postbox.taken if address == new.email}
    assert told == {"1", "8"}


def test_what_may_no_longer_be_sent_is_held(desk: Any, postbox: Any, make: Any) -> None:
    """`send_until` is past: nothing goes out, and it is told."""

    async def scene() -> None:
        await desk.store(make.alert(send_until=make.decided_at))
        await desk.send_until("held")
        (told,) = await desk.deliveries()
        assert (told.state, told.detail) == ("deferred", "held, not sent: send_until_is_past")

    asyncio.run(scene())
    assert postbox.taken == []


def test_what_was_deferred_and_may_no_longer_be_sent_is_told_as_held(desk: Any, postbox: Any, make: Any) -> None:
    """The server's word is another event: that the message is held now is not taken for its repeat."""
    postbox.answers["a.petit@menuisier.example"] = ["451 4.7.1 Greylisted"]
    before = iter([make.decided_at] * 2)
    until, after = make.decided_at + dt.timedelta(hours=1), make.decided_at + dt.timedelta(hours=2)

    async def scene() -> None:
        await desk.store(make.alert(send_until=until))
        await desk.send_until("held", now=lambda: next(before, after))
        told = [change.detail for change in await desk.deliveries()]
        assert told == ["451 4.7.1 Greylisted", "held, not sent: send_until_is_past"]

    asyncio.run(scene())


def test_a_correction_waits_for_what_it_corrects(desk: Any, postbox: Any, make: Any) -> None:
    """It is sent after the alert, even where the alert was deferred, and answers to it."""
    postbox.answers["a.petit@menuisier.example"] = ["451 4.7.1 Greylisted"]

    async def scene() -> None:
        await desk.store(make.alert(), make.rectified())
        await desk.send_until("accepted")

    asyncio.run(scene())
    first, again, correction = (_message(content) for _, content in postbox.taken)
    assert first["Message-ID"] == again["Message-ID"] == correction["In-Reply-To"] == correction["References"]


def test_what_is_said_is_said_for_the_day_it_is_sent(desk: Any, postbox: Any, make: Any) -> None:
    """A mail deferred past the deadline no longer asks for what is too late."""
    postbox.answers["a.petit@menuisier.example"] = ["451 4.7.1 Greylisted"]
    days = iter([dt.datetime(2026, 5, 15, 12, tzinfo=dt.UTC), dt.datetime(2026, 5, 15, 12, tzinfo=dt.UTC)])
    after = dt.datetime(2026, 5, 18, 12, tzinfo=dt.UTC)

    async def scene() -> None:
        await desk.store(make.alert())
        await desk.send_until("accepted", now=lambda: next(days, after))

    asyncio.run(scene())
    before, later = (_text(content) for _, content in postbox.taken)
    assert "À FAIRE" in before
    assert "DÉLAI PASSÉ" in later
    assert "À FAIRE" not in later


def test_mail_does_not_leave_the_machine_unencrypted(desk: Any) -> None:
    """Another host without TLS is refused before anything is sent, with what to set."""
    settings = Settings(smtp_host="mail.example.com", smtp_tls="none")
    with pytest.raises(RefusedError, match="VIGIE_SMTP_TLS"):
        EmailSender(desk.connect, settings)


async def _is(desk: Any, states: dict[str, int]) -> bool:
    return bool(await desk.states() == states)


def _message(content: bytes) -> Any:
    return email.message_from_bytes(content, policy=email.policy.default)


def _text(content: bytes) -> str:
    return str(_message(content).get_body(("plain",)).get_content())
