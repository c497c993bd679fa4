"""Whatever is held back at any moment, and let go at any other, in the end the same is stored and the same is told."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import RefusedError
from streams.ledger.connection import connect
from streams.ledger.release import release
from tests.streams.ledger.bench import SITE, Ledger
from tests.streams.ledger.steps import CUTS, EXAMPLES, Cuts, Step, apply, interleaved, orderless, topics

BROKEN = {
    "judgment": "NEW.buyer_id = 'FR:912345675'",
    "cover": "NEW.buyer_id = 'FR:552100554'",
    "notice": "NEW.policy_id = 'P-10'",
    "policy": "NEW.policy_id = 'P-2'",
    "declared_buyer": "NEW.policy_id = 'P-3'",
    "event": "NEW.record_offset = 1",
}
"""What each table takes no row of while it is broken: records fail, and are quarantined."""
ACT = st.one_of(
    st.tuples(st.just("pause"), st.sampled_from(("bodacc", "underwriting", "policies"))),
    st.tuples(st.just("break"), st.sampled_from(sorted(BROKEN))),
    st.sampled_from((("let go", ""), ("mend", ""))),
)
ACTS = st.lists(st.tuples(st.integers(0, 16), ACT), min_size=1, max_size=7)
"""Each after so many records."""


@st.composite
def one_order(draw: st.DrawFn) -> list[Step]:
    """Records of all topics. Judgments have one source: of two, the one that is paused comes after the other."""
    judgments, *others = draw(topics())
    of_one = [step for step in judgments if step[1].header.source == "bodacc"]
    return interleaved(draw, [of_one, *others])


def act(ledger: Ledger, what: str, name: str) -> None:
    match what:
        case "pause":
            held = f"VALUES ('source:{name}', 'paused') ON CONFLICT DO NOTHING"
            ledger.run_sql(f"INSERT INTO hold (waits_for, reason) {held}")
        case "break":
            ledger.run_sql(f"""
                CREATE OR REPLACE FUNCTION fail_{name}() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN IF {BROKEN[name]} THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
                CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON {name} FOR EACH ROW EXECUTE FUNCTION fail_{name}()
            """)
        case "mend":
            ledger.run_sql("".join(f"DROP TRIGGER IF EXISTS fail ON {table};" for table in BROKEN))
        case "let go":
            asyncio.run(let_go(ledger))


async def let_go(ledger: Ledger) -> None:
    """Everything that is held, as far as it does not fail again."""
    async with await connect(ledger.uri, isolation=ledger.isolation) as connection:
        for waits_for in ledger.rows("SELECT waits_for FROM hold ORDER BY 1"):
            with suppress(RefusedError):
                await release(connection, SITE, waits_for)


@pytest.fixture
def mended(ledger: Ledger) -> Iterator[Ledger]:
    """A ledger that leaves nothing broken behind."""
    yield ledger
    act(ledger, "mend", "")


@given(steps=one_order(), acts=ACTS, cuts=CUTS)
@EXAMPLES
def test_any_hold(mended: Ledger, steps: list[Step], acts: list[tuple[int, tuple[str, str]]], cuts: Cuts) -> None:
    """Sources paused, records quarantined, and both let go at any moment: as if nothing had ever been held."""
    act(mended, "mend", "")
    undisturbed = Ledger(mended.uri, mended.isolation)
    apply(undisturbed, steps, cuts)
    expected = orderless(undisturbed)
    held = Ledger(mended.uri, mended.isolation)
    done = 0
    for after, (what, name) in sorted(acts):
        apply(held, steps[done:after], cuts)
        done = max(done, min(after, len(steps)))
        act(held, what, name)
    apply(held, steps[done:], cuts)
    act(held, "mend", "")
    while held.rows("SELECT * FROM hold"):  # what one lets go may wait for another
        act(held, "let go", "")
    assert orderless(held) == expected
