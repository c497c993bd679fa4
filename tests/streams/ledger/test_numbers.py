"""Running numbers: whatever is asked for and however often, a policy's numbers are 1, 2, 3… without a gap."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.ledger.queries import SQL
from tests.streams.ledger.bench import Ledger

Asked = list[tuple[uuid.UUID, str]]

# An id belongs to one policy: the policy is drawn from it.
ASKED = st.lists(st.integers(1, 12), max_size=8, unique=True).map(
    lambda ids: [(uuid.UUID(int=n), f"P-{n % 3}") for n in ids]
)


@pytest.fixture
def connection(ledger: Ledger) -> Iterator[psycopg.Connection]:
    """In a transaction that is rolled back for each example."""
    with psycopg.connect(ledger.uri) as connection:
        yield connection
        connection.rollback()


def number(connection: psycopg.Connection, asked: Asked) -> dict[uuid.UUID, tuple[str, int]]:
    """Ask for numbers, and store the notices that got one."""
    ids, policies = [i for i, _ in asked], [p for _, p in asked]
    rows = connection.execute(SQL["number_notices"], [ids, policies]).fetchall()  # type: ignore[arg-type]
    given_ = {ids[index]: (policies[index], number) for index, number in rows}
    assert [index for index, _ in rows] == sorted(index for index, _ in rows)
    for notice_id, (policy_id, of_policy) in given_.items():
        row = (notice_id, policy_id, of_policy, notice_id, "JudgmentAlert", 1, None, b"", 1)
        connection.execute(SQL["adopt_notice"].replace(", 0)", ", %s)"), row)  # type: ignore[arg-type]
    return given_


@given(batches=st.lists(ASKED, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_have_no_gap(connection: psycopg.Connection, batches: list[Asked]) -> None:
    """New ids get the next numbers of their policy in the order asked, known ones get none."""
    connection.rollback()
    known: dict[uuid.UUID, tuple[str, int]] = {}
    last: dict[str, int] = {}
    for asked in batches:
        expected = {}
        for notice_id, policy_id in asked:
            if notice_id not in known:
                last[policy_id] = last.get(policy_id, 0) + 1
                expected[notice_id] = (policy_id, last[policy_id])
        assert number(connection, asked) == expected
        known |= expected
    kept = dict(connection.execute("SELECT policy_id, last_number FROM ledger.policy_number").fetchall())
    assert kept == last
