"""Corrections over real SMTP: nobody is told what is out of date after what is newer."""

import asyncio
import email
import email.policy
import uuid
from typing import Any


def test_a_correction_waits_for_the_correction_before_it(desk: Any, postbox: Any, make: Any) -> None:
    """Both revise the alert: an annulment does not overtake a rectification that was deferred."""

    async def scene() -> None:
        await desk.store(make.alert())
        await desk.send_until("accepted")
        postbox.answers["a.petit@menuisier.example"] = ["451 4.7.1 Greylisted"]
        await desk.store(make.rectified(), make.annulled(notice_id=uuid.UUID(int=3), number=3))
        await desk.send_until("accepted")

    asyncio.run(scene())
    assert [_number(content) for _, content in postbox.taken] == ["1", "2", "2", "3"]


def test_a_correction_waits_for_what_its_recipient_gets_in_anothers_place(desk: Any, postbox: Any, make: Any) -> None:
    """Whoever replaced the alert's recipient before it was sent gets the alert first, then its correction."""
    old = make.recipient(recipient_id="R-1", email="old@example.com")
    new = make.recipient(recipient_id="R-2", email="new@example.com")

    async def scene() -> None:
        changed = make.recipients_changed([old], [new])
        await desk.store(make.alert(recipients=[old]), changed, make.rectified(recipients=[new], number=3))
        await desk.send_until("accepted", "withdrawn")

    asyncio.run(scene())
    told = [_number(content) for address, content in postbox.taken if address == new.email]
    assert [number for number in told if number != "7"] == ["1", "2"]


def _number(content: bytes) -> str:
    """The last digit of the notice's id."""
    return str(email.message_from_bytes(content, policy=email.policy.default)["X-Vigie-Notice"])[-1]
