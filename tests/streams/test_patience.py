"""Waiting for what is away: longer each time, never for long, and never for a bug."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.patience import backoff_s, keep_trying


@given(st.integers(1, 10_000))
def test_waits_double_up_to_the_longest(failures: int) -> None:
    """Each is between half and the whole of its due, so that those who wait do not come back together."""
    whole = min(60.0, 2.0 ** (failures - 1)) if failures < 100 else 60.0
    assert whole / 2 <= backoff_s(failures) <= whole


def test_what_comes_back_is_gone_on_with() -> None:
    """The work is begun anew after each error of what is away, until it returns."""
    left = [OSError("away"), ConnectionResetError("gone")]

    async def session() -> None:
        if left:
            raise left.pop()

    asyncio.run(keep_trying(session, (OSError,), "test", first_s=0.001))
    assert left == []


def test_a_bug_goes_through() -> None:
    """Any other error comes out at once."""
    begun: list[None] = []

    async def session() -> None:
        begun.append(None)
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(keep_trying(session, (OSError,), "test", first_s=0.001))
    assert len(begun) == 1


def test_a_calm_session_starts_the_waits_anew(capsys: pytest.CaptureFixture[str]) -> None:
    """After a session that lasted, the next wait is the shortest again."""
    sessions = iter([0.0, 0.0, 0.0, 0.05, None])

    async def session() -> None:
        lasts_s = next(sessions)
        if lasts_s is not None:
            await asyncio.sleep(lasts_s)
            raise OSError("away")

    asyncio.run(keep_trying(session, (OSError,), "test", calm_s=0.04, first_s=0.02))
    waits = [float(line.partition("again_in_s=")[2].split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert len(waits) == 4
    assert waits[2] >= 0.04
    assert waits[3] <= 0.02
