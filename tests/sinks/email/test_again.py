"""What `notices` brings again."""

import asyncio
import uuid
from typing import Any


def test_a_notice_that_comes_again_changes_nothing_of_who_was_told(desk: Any, postbox: Any, make: Any) -> None:
    """Its recipient was replaced before it was sent, and is back on the list: the repeat does not tell them as well."""
    old = make.recipient(recipient_id="R-1", email="old@example.com")
    new = make.recipient(recipient_id="R-2", email="new@example.com")
    back = make.recipients_changed([new], [old], notice_id=uuid.UUID(int=8), number=3)

    async def scene() -> None:
        await desk.store(make.alert(recipients=[old]), make.recipients_changed([old], [new]))
        await desk.send_until("accepted", "withdrawn")
        await desk.store(back)
        await desk.send_until("accepted", "withdrawn")
        sent = len(postbox.taken)
        await desk.store(make.alert(recipients=[old]), back)
        await desk.send_until("accepted", "withdrawn")
        assert len(postbox.taken) == sent

    asyncio.run(scene())
