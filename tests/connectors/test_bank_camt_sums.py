"""camt.052, 053 and 054: whether balances and totals are those of the entries."""

import pytest

from tests.connectors.bank_builders import a_balance, a_detail, a_file, a_statement, an_entry, seen


def test_of_several_days_the_first_opens_and_the_last_closes() -> None:
    """A statement over days has balances of each, in whatever order: its entries lie between the outermost."""
    told = [
        a_balance("CLBD", "200.00", on="2026-11-19"),
        a_balance("OPBD", "200.00", on="2026-11-20"),
        a_balance("CLBD", "350.00", on="2026-11-20"),
        a_balance("OPBD", "100.00", on="2026-11-19"),
    ]
    line = seen(a_file(a_statement(opening=None).replace("<Ntry>", f"{''.join(told)}<Ntry>", 1)))
    assert (line["reconciled"], line["difference"]) == (True, "0.00")


def test_balances_of_several_currencies_do_not_reconcile() -> None:
    """Balances in two currencies contradict each other: no difference can be said."""
    content = a_file(
        a_statement(opening=None).replace(
            "<Ntry>", a_balance("OPBD", "1.00") + a_balance("CLBD", "251.00", "CHF") + "<Ntry>", 1
        )
    )
    assert (seen(content)["reconciled"], seen(content)["difference"]) == (False, None)


@pytest.mark.parametrize("version", ["camt.052.001.08", "camt.054.001.08"])
def test_a_report_has_nothing_to_reconcile(version: str) -> None:
    """A camt.052 or 054 may have no balances: whether it is right is unknown, not wrong."""
    assert seen(a_file(a_statement(opening=None, version=version), version=version))["reconciled"] is None


@pytest.mark.parametrize(
    ("kinds", "missing"),
    [
        ([], ["no opening balance: expected OPBD, PRCD or ITBD", "no closing balance: expected CLBD or ITBD"]),
        (["CLBD"], ["no opening balance: expected OPBD, PRCD or ITBD"]),
        (["OPBD"], ["no closing balance: expected CLBD or ITBD"]),
        (["ITBD"], ["no opening balance: expected OPBD, PRCD or ITBD"]),
        (["OPBD", "ITBD"], []),
        (["ITBD", "ITBD"], []),
        (["ITBD", "CLBD"], []),
    ],
)
def test_a_statement_without_its_balances_is_flagged(kinds: list[str], missing: list[str]) -> None:
    """A camt.053 must say what stood on the account before and after; a page of several says so by interim balances."""
    amounts = {"OPBD": "100.00", "CLBD": "350.00"}
    told = [a_balance(kind, amounts.get(kind, ("100.00", "350.00")[place])) for place, kind in enumerate(kinds)]
    line = seen(a_file(a_statement(opening=None).replace("<Ntry>", f"{''.join(told)}<Ntry>", 1)))
    assert line["contradictions"] == missing
    assert line["reconciled"] is (not missing)


@pytest.mark.parametrize(
    ("total", "reconciled"),
    [
        ("<TtlCdtNtries><Sum>250.00</Sum></TtlCdtNtries>", True),
        ("<TtlCdtNtries><Sum>251.00</Sum></TtlCdtNtries>", False),
        ("<TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>", True),
        ("<TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries>", False),
        ("<TtlNtries><NbOfNtries>two</NbOfNtries></TtlNtries>", False),
        ("<TtlNtries><Sum>260.0</Sum></TtlNtries>", True),
        ("<TtlNtries><Sum>999.00</Sum></TtlNtries>", False),
        ("<TtlNtries><TtlNetNtryAmt>240</TtlNetNtryAmt><CdtDbtInd>CRDT</CdtDbtInd></TtlNtries>", True),
        ("<TtlNtries><TtlNetNtryAmt>240</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd></TtlNtries>", False),
        ("<TtlNtries><TtlNetNtry><Amt>240</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>", True),
        ("<TtlNtries><TtlNetNtry><Amt>241</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>", False),
        ("<TtlNtries><TtlNetNtry><Amt>240</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry></TtlNtries>", False),
        ("<TtlCdtNtries><NbOfNtries>2</NbOfNtries></TtlCdtNtries>", False),
        ("<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>-10.00</Sum></TtlDbtNtries>", True),
        ("<TtlDbtNtries><NbOfNtries>0</NbOfNtries></TtlDbtNtries>", False),
        ("<TtlDbtNtries><Sum>0.00</Sum></TtlDbtNtries>", False),
    ],
)
def test_totals_are_checked(total: str, *, reconciled: bool) -> None:
    """Totals are those of entries, not of their transactions; wrong ones contradict, though balances agree."""
    batch = an_entry("250.00", a_detail("300.00"), a_detail("50.00", sign="DBIT", returned="AC04"))
    statement = a_statement(batch, an_entry("10.00", sign="DBIT"))
    line = seen(a_file(statement.replace("<Ntry>", f"<TxsSummry>{total}</TxsSummry><Ntry>", 1)))
    assert line["difference"] == "0.00"
    assert line["reconciled"] is reconciled
