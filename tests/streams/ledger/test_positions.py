"""Positions that know their topic: a log that is no longer the one they are about is refused, in words that help."""

import asyncio
from collections.abc import Mapping

import pytest

from streams.ledger.connection import connect
from streams.ledger.errors import LogChangedError
from streams.ledger.positions import Extent, Partition, Stand, accept, check, check_all, start_of
from streams.ledger.queries import SQL
from tests.streams.ledger.bench import GROUP, Ledger, seen

STAND = Stand("id-1", partitions=4, next_offset=700)
NEXT = (
    " Bring the topic back (retention.ms=-1), or, if what is on it now is to be applied from its start and events"
    " already applied are to be recognised by their ids, accept it: vigie positions accept limits"
)


@pytest.mark.parametrize(
    ("extent", "text"),
    [
        (None, "limits/2 is gone, and the ledger stands at offset 700." + NEXT),
        (
            Extent("id-2", 4, 0, 700),
            "limits was recreated: its id was id-1, it is id-2. The ledger has applied 700 records of the old log of"
            " limits/2." + NEXT,
        ),
        (
            Extent("id-1", 8, 0, 700),
            (
                "limits had 4 partitions and has 8: keys have moved, their order is not kept. Recreate the topic with 4"
                " partitions and publish it again, or, if every key's records up to now are applied, accept it: vigie"
                " positions accept limits"
            ),
        ),
        (
            Extent("id-1", 4, 701, 900),
            "limits/2 was cut short: the ledger stands at offset 700, the log holds 701 to 900." + NEXT,
        ),
        (
            Extent("id-1", 4, 0, 699),
            "limits/2 was cut short: the ledger stands at offset 700, the log holds 0 to 699." + NEXT,
        ),
    ],
)
def test_each_change_of_a_log_is_refused(extent: Extent | None, text: str) -> None:
    """Its message says what was there, what is there now, and what to do."""
    with pytest.raises(LogChangedError) as raised:
        check(("limits", 2), STAND, extent)
    assert str(raised.value) == text


@pytest.mark.parametrize("extent", [Extent("id-1", 4, 0, 700), Extent("id-1", 4, 700, 700), Extent("id-1", 4, 0, 9000)])
def test_a_log_that_holds_the_position_is_the_same(extent: Extent) -> None:
    """The position may be at its very start, at its very end, or between."""
    check(("limits", 2), STAND, extent)


def start(
    ledger: Ledger, extents: Mapping[Partition, Extent], *wanted: Partition, group: str = GROUP
) -> Mapping[Partition, int]:
    """Where a group starts, asked as a worker does that is given partitions."""

    async def scene() -> Mapping[Partition, int]:
        async with await connect(ledger.uri) as connection:
            return await start_of(connection, group, seen(extents), set(wanted))

    return asyncio.run(scene())


def test_a_new_partition_starts_at_its_log_s_start(ledger: Ledger) -> None:
    """Without a position the log is read from its first record, wherever that is; asked again, the same."""
    extents = {("t", 0): Extent("id-1", 2, 0, 9), ("t", 1): Extent("id-1", 2, 5, 9)}
    for _ in range(2):
        assert start(ledger, extents, ("t", 0), ("t", 1)) == {("t", 0): 0, ("t", 1): 5}


def test_a_partition_of_which_nothing_was_read_has_no_last_record(ledger: Ledger) -> None:
    """`vigie positions show` gives it no time, least of all 1970's."""
    start(ledger, {("t", 0): Extent("id-1", 1, 0, 9)}, ("t", 0), group="new")
    assert ledger.rows(SQL["list_positions"], "new") == [("t", 0, 0, None, None)]


def test_a_known_partition_starts_where_the_ledger_stands(ledger: Ledger) -> None:
    """Whatever the group of another reader says."""
    ledger.run_sql("UPDATE position SET next_offset = 7 WHERE topic = 'limits'")
    extents = {("limits", 0): Extent("id", 1, 0, 9)}
    assert start(ledger, extents, ("limits", 0)) == {("limits", 0): 7}
    assert start(ledger, extents, ("limits", 0), group="another") == {("limits", 0): 0}


def test_one_changed_partition_stops_them_all(ledger: Ledger) -> None:
    """A partition that is not assigned here counts too: its records would be skipped by whoever has it."""
    extents = {("t", 0): Extent("id-1", 2, 0, 9), ("t", 1): Extent("id-1", 2, 0, 9)}
    start(ledger, extents, *extents)
    changed = {**extents, ("t", 1): Extent("id-1", 2, 3, 9)}
    with pytest.raises(LogChangedError, match="t/1 was cut short"):
        start(ledger, changed, ("t", 0))


def test_a_topic_that_does_not_exist_is_named(ledger: Ledger) -> None:
    """The error says which command makes it."""
    with pytest.raises(LogChangedError, match=r"^t/0 does not exist\. Make the topics: vigie migrate$"):
        start(ledger, {}, ("t", 0))


def test_the_guard_looks_at_every_topic_named(ledger: Ledger) -> None:
    """A topic that is recreated while it is read is seen; one that is not named is not looked at."""
    extents = {("limits", 0): Extent("id", 1, 0, 9), ("policies", 0): Extent("another id", 1, 0, 9)}

    async def scene(*topics: str) -> None:
        async with await connect(ledger.uri) as connection:
            await check_all(connection, GROUP, seen(extents), set(topics))

    asyncio.run(scene("limits"))
    with pytest.raises(LogChangedError, match="policies was recreated"):
        asyncio.run(scene("limits", "policies"))


def test_an_accepted_log_is_the_right_one(ledger: Ledger) -> None:
    """Once accepted, a recreated topic is read: from its start where it no longer holds the position."""
    ledger.run_sql("UPDATE position SET next_offset = 7 WHERE topic = 'limits'")
    extents = {("limits", 0): Extent("new id", 1, 0, 3)}

    async def scene() -> None:
        async with await connect(ledger.uri) as connection:
            await accept(connection, GROUP, extents)

    with pytest.raises(LogChangedError):
        start(ledger, extents, ("limits", 0))
    asyncio.run(scene())
    assert start(ledger, extents, ("limits", 0)) == {("limits", 0): 0}


def test_a_log_that_grows_meanwhile_is_no_shorter_log(ledger: Ledger) -> None:
    """The broker is asked after the positions were read: what is applied in between is no loss."""
    stand = "UPDATE position SET next_offset = 7 WHERE topic = 'limits'"

    async def look() -> Mapping[Partition, Extent]:
        await asyncio.to_thread(ledger.run_sql, stand)
        return {("limits", 0): Extent("id", 1, 0, 5)}

    async def scene() -> Mapping[Partition, int]:
        async with await connect(ledger.uri) as connection:
            return await check_all(connection, GROUP, look, {"limits"})

    assert asyncio.run(scene()) == {("limits", 0): 0}
