"""MT940: several pages in one message, and several messages of one statement."""

import pytest

from tests.connectors.bank_builders import ACCOUNT, a_refusal, an_mt940, events, outcomes, seen, statements_of

HEAD = (":20:STARTUMS", f":25:{ACCOUNT}", ":28C:00324/001", ":60F:C261119EUR100,00")
LINE = ":61:2611201120C250,00NTRFNONREF"
MIDDLE = "C261120EUR350,00"
END = ":62F:C261120EUR600,00"


def a_message(*lines: str) -> bytes:
    return "\r\n".join((*lines, "-", "")).encode()


@pytest.mark.parametrize("head", [(), (":28C:00324/002",), (":20:STARTUMS", f":25:{ACCOUNT}", ":28C:00324/002")])
def test_every_page_of_a_message_is_read(head: tuple[str, ...]) -> None:
    """Pages behind the first are statements of their own, whatever of the head they repeat; no credit is lost."""
    pages = a_message(*HEAD, f"{LINE}//B1", f":62M:{MIDDLE}", *head, f":60M:{MIDDLE}", f"{LINE}//B2", END)
    found = statements_of(pages)
    assert [(line["opening_balance"], line["closing_balance"], line["reconciled"]) for line in found] == [
        ("100.00", "350.00", True),
        ("350.00", "600.00", True),
    ]
    assert {line["account"] for line in found} == {ACCOUNT}
    assert [event.booking.bank_reference for event in events(pages)] == ["B1", "B2"]


@pytest.mark.parametrize(
    "stray", [(f"{LINE}//B2", END), (f"{LINE}//B2",), (END,), (":64:C261120EUR350,00", f"{LINE}//B2", ":86:two", END)]
)
def test_a_line_that_belongs_to_no_page_refuses_its_statement(stray: tuple[str, ...]) -> None:
    """A booking or a second closing balance behind the closing balance is not left out in silence."""
    content = a_message(*HEAD, f"{LINE}//B1", f":62F:{MIDDLE}", *stray)
    assert a_refusal(content).reason.startswith("bad_field: line ")


@pytest.mark.parametrize("balance", [":60:C261120EUR350,00", ":60X:C261120EUR350,00", ":60M:"])
def test_an_opening_balance_that_is_none_refuses_its_statement(balance: str) -> None:
    """Only :60F: and :60M: open a page: what is written otherwise is refused with all that stands behind it."""
    first, refused = outcomes(a_message(*HEAD, f"{LINE}//B1", f":62M:{MIDDLE}", balance, f"{LINE}//B2", END))
    assert first.booking.bank_reference == "B1"
    assert refused.refused == "STARTUMS"
    assert refused.reason.startswith("bad_field: line 7, :60")


def test_a_page_that_is_missing_is_noticed() -> None:
    """A page that does not begin where the one before it ended is flagged; other accounts stand beside each other."""
    first = a_message(*HEAD, f"{LINE}//B1", f":62M:{MIDDLE}")
    third = a_message(*HEAD[:2], ":28C:00324/003", ":60M:C261120EUR1000,00", f"{LINE}//B3", ":62F:C261120EUR1250,00")
    gap = "it opens with 1000.00, the page before it closed with 350.00: is one missing?"
    assert [line["contradictions"] for line in statements_of(first + third)] == [[], [gap]]
    assert [event.statement.reconciled for event in events(first + third) if event.statement] == [True, False]
    other = third.replace(ACCOUNT.encode(), b"45050050/76198810")
    assert [line["reconciled"] for line in statements_of(first + other)] == [True, True]


def test_a_page_without_its_closing_balance_is_damage() -> None:
    """A message that ends within its second page publishes nothing."""
    content = a_message(*HEAD, f"{LINE}//B1", f":62M:{MIDDLE}", f":60M:{MIDDLE}", f"{LINE}//B2")
    assert a_refusal(content).reason.startswith("damaged_file: statement 2: ")


def test_what_may_follow_a_closing_balance_does() -> None:
    """Available balances and the bank's information on the statement are no part of its sums."""
    tail = (":64:C261120EUR350,00", ":65:C261121EUR350,00", ":86:D000001C00001", ":61 no field")
    content = a_message(*HEAD, f"{LINE}//B1", f":62F:{MIDDLE}", *tail)
    assert seen(content)["reconciled"] is True
    assert len(events(content + an_mt940())) == 2
