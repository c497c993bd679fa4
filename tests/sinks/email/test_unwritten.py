"""A template that fails: its messages wait for a better one, all others go out."""

import asyncio
import uuid
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader

from sinks.email import render
from sinks.email.sender import EmailSender

ALERT = "judgment_alert/fr.j2"


def spoil(monkeypatch: pytest.MonkeyPatch, name: str, words: str) -> None:
    """Put these words in the place of a template."""
    for form in ("txt", "html"):
        environment = render._environment(form)
        assert environment.loader is not None
        monkeypatch.setattr(environment, "loader", ChoiceLoader([DictLoader({name: words}), environment.loader]))
        monkeypatch.setattr(environment, "cache", None)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("{% if %}", "TemplateSyntaxError"),
        ("{{ notice.nothing_of_that_name }}", "UndefinedError"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ 'no day' | day }}", "AssertionError"),
        ("{{ 'x' + 1 }}", "TypeError"),
        ("{{ {}['x' * 200_000] + 1 }}", "UndefinedError"),  # in more words than a delivery takes
    ],
)
def test_a_template_that_fails_holds_its_own_messages_only(
    words: str, why: str, desk: Any, postbox: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is held with the reason, it is told, and what comes after it is sent."""
    spoil(monkeypatch, ALERT, words)

    async def scene() -> None:
        await desk.store(make.alert(), make.alert(notice_id=uuid.UUID(int=9), number=2, language="en"))
        await desk.send_until("accepted", "held")
        assert await desk.states() == {"accepted": 1, "held": 1}
        told = {change.state: change.detail for change in await desk.deliveries()}
        assert told["deferred"].startswith(f"held, not sent: cannot be written: {why}")

    asyncio.run(scene())
    assert len(postbox.taken) == 1


def test_a_better_template_sends_what_was_held(
    desk: Any, postbox: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start of the sink writes it, and its correction, which waited, comes after it."""

    async def scene() -> None:
        await desk.store(make.alert(), make.rectified())
        with monkeypatch.context() as broken:
            spoil(broken, ALERT, "{% if %}")
            sender = asyncio.create_task(EmailSender(desk.connect, desk.settings, desk.pace).run())
            await desk.until(desk.deliveries)
            await asyncio.sleep(0.3)  # the correction, were it not to wait, would be gone by now
            sender.cancel()
            await asyncio.wait([sender])
            assert await desk.states() == {"held": 1, "pending": 1}
        await desk.send_until("accepted")

    asyncio.run(scene())
    first, correction = postbox.taken
    assert first[1] != correction[1]
    assert b"In-Reply-To" not in first[1]
    assert b"In-Reply-To" in correction[1]
