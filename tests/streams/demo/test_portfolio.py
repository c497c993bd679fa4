"""The invented portfolio: which buyers are covered, and by whom."""

import datetime as dt
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalog import topic_of
from schemas.codec import decode, encode
from schemas.events.limits import LimitDecided
from schemas.events.policies import PolicyTermsSet, RecipientsSet
from streams.demo.demo import DAY, read
from streams.demo.portfolio import POLICIES, covered, portfolio
from tests.builders import NOW, a_judgment

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "bodacc"
SINCE = dt.date(2025, 3, 14)
BUYERS = [f"FR:{n:09}" for n in range(45)]


@given(st.lists(st.one_of(st.none(), st.sampled_from(BUYERS[:12]))), st.integers(1, 4))
def test_every_third_buyer_is_covered(buyer_ids: list[str | None], every: int) -> None:
    """The 1st, 4th, 7th… distinct buyer in order of appearance; judgments without a buyer do not count."""
    distinct: list[str] = []
    for buyer_id in buyer_ids:
        if buyer_id is not None and buyer_id not in distinct:
            distinct.append(buyer_id)
    judgments = [a_judgment(f"A{n}", buyer_id=buyer_id) for n, buyer_id in enumerate(buyer_ids)]
    assert covered(judgments, every) == [b for n, b in enumerate(distinct) if n % every == 0]
    if every == 3:
        assert covered(judgments) == covered(judgments, 3)


def test_covers_are_spread_over_the_policies() -> None:
    """The first cover is on D-01, the second on D-02, the twenty-first on D-01 again, each since the day asked for."""
    limits = [record for record in portfolio(BUYERS, SINCE, NOW) if isinstance(record, LimitDecided)]
    assert [limit.buyer_id for limit in limits] == BUYERS
    assert [limit.policy_id for limit in limits[:2] + limits[19:22]] == ["D-01", "D-02", "D-20", "D-01", "D-02"]
    assert {limit.effective_on for limit in limits} == {SINCE}
    assert len({(limit.header.source, limit.header.event_id) for limit in limits}) == len(BUYERS)


def test_every_policy_is_whole_before_it_covers_anybody() -> None:
    """Twenty policies, each with terms, recipients and a contact, in force since the covers are."""
    records = [*portfolio(BUYERS, SINCE, NOW)]
    kinds = Counter(type(record).__name__ for record in records)
    assert kinds == {"PolicyTermsSet": POLICIES, "RecipientsSet": POLICIES, "ContactSet": POLICIES, "LimitDecided": 45}
    assert [topic_of(record).name for record in records] == ["policies"] * 3 * POLICIES + ["limits"] * 45
    assert {record.effective_on for record in records if isinstance(record, PolicyTermsSet)} == {SINCE}
    assert all(decode(encode(record)) == record for record in records)


def test_nobody_real_is_written_to() -> None:
    """Every address is under a name that is reserved for examples (RFC 2606), and two languages are met."""
    records = [*portfolio((), SINCE, NOW)]
    addresses = [r.email for record in records if isinstance(record, RecipientsSet) for r in record.recipients]
    assert addresses
    assert all(address.endswith(".example") for address in addresses)
    assert {record.language for record in records if isinstance(record, PolicyTermsSet)} == {"fr", "en"}


def test_our_own_day_is_read() -> None:
    """It has judgments and one refusal, and the covers begin a year before its first judgment."""
    day = read(DAY, NOW)
    assert (len(day.events), len(day.refusals)) == (42, 1)
    first = min(event.judgment_date for event in day.events if event.judgment_date)
    assert day.since == first - dt.timedelta(days=365)


@pytest.mark.parametrize("name", ["PCL_BXA20080010.xml", "PCL_BXA20080085.xml"])
def test_the_covered_buyers_of_a_real_day(name: str) -> None:
    """They are those that the file names, found here without our connector: every third registered number."""
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"no sample {path}: real files are not tested here")
    numbers = [re.sub(r"\D", "", each.text or "") for each in ET.parse(path).iter("numeroIdentificationRCS")]  # noqa: S314
    distinct = dict.fromkeys(f"FR:{number}" for number in numbers)
    assert covered(read(path, NOW).events) == list(distinct)[::3]
