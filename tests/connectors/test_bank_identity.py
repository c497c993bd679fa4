"""One booking is one event, however often and in whatever report it is told."""

import pytest

from schemas.codec import content_digest, encode
from tests.connectors.bank_builders import a_cfonb120, a_detail, a_file, a_statement, an_entry, an_mt940, events


def ids(content: bytes) -> list[str]:
    return [event.header.event_id for event in events(content)]


def digests(content: bytes) -> list[bytes]:
    """By which the hub says that an event that comes again has the same content."""
    return [content_digest(encode(event)) for event in events(content)]


def told_by(version: str, *details: str, reference: str | None = "BANK-1", name: str = "S-1") -> bytes:
    entry = an_entry("250.00", *details, reference=reference, ntry_ref=f"{version}-{name}", version=version)
    return a_file(a_statement(entry, name=name, version=version), version=version)


def test_a_notification_and_its_statement_tell_of_one_event() -> None:
    """A booking told by a camt.054 and again by the camt.053, another NtryRef and day's clock aside, is one event."""
    detail = a_detail("250.00", end_to_end="E2E-1")
    first = told_by("camt.054.001.08", detail, name="N-1").replace(
        b"<Dt>2026-11-20</Dt>", b"<DtTm>2026-11-20T09:30:00</DtTm>", 1
    )
    again = told_by("camt.053.001.08", detail)
    assert ids(first) == ids(again)
    assert digests(first) == digests(again)
    assert digests(first) != digests(first.replace(b"E2E-1", b"E2E-2"))


def test_a_batch_may_come_in_another_order() -> None:
    """Transactions of a batch keep their ids where another report turns them round."""
    one, other = a_detail("100.00", end_to_end="A"), a_detail("150.00", end_to_end="B")
    assert set(ids(told_by("camt.054.001.08", one, other))) == set(ids(told_by("camt.053.001.08", other, one)))


def test_twins_in_a_batch_are_two() -> None:
    """Two transactions of a batch that nothing tells apart are two payments, not one."""
    twins = [a_detail("125.00", end_to_end="SAME"), a_detail("125.00", end_to_end="SAME")]
    assert len(set(ids(told_by("camt.053.001.08", *twins)))) == 2


def test_a_reference_that_a_bank_uses_again_is_another_booking() -> None:
    """The same reference on another day, or of another amount, is another event."""
    same = an_entry("250.00")
    others = [an_entry("250.00", booked="<Dt>2026-11-21</Dt>"), an_entry("251.00")]
    found = [ids(a_file(a_statement(entry))) for entry in (same, *others)]
    assert len({*map(tuple, found)}) == 3


def test_without_the_banks_reference_the_networks_tells() -> None:
    """Where the bank gives no reference, the network's transaction id says that two reports are of one booking."""
    detail = a_detail("250.00", transaction="TX-1")
    assert ids(told_by("camt.054.001.08", detail, reference=None)) == ids(
        told_by("camt.053.001.08", detail, reference=None)
    )


def test_without_any_reference_only_the_statement_tells() -> None:
    """End-to-end ids are payers' own and repeat: with nothing else, each report is an event of its own."""
    detail = a_detail("250.00", end_to_end="RENT")
    first = told_by("camt.053.001.08", detail, reference=None, name="S-1")
    assert ids(first) == ids(first)
    assert ids(first) != ids(told_by("camt.053.001.08", detail, reference=None, name="S-2"))


@pytest.mark.parametrize("content", [a_file(), an_mt940(), a_cfonb120()])
def test_the_same_file_again_is_the_same_events(content: bytes) -> None:
    """Publishing a file twice is safe in every format."""
    assert ids(content) == ids(content)
    assert len(ids(content)) == 1
