"""Bank statements of invented content, for tests: everything has a default."""

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.bank import parse, statements
from connectors.bank_events import Event
from connectors.refusal import Refusal
from schemas.events.payments import FundsReceived, PaymentReturned
from tests.connectors.builders import NOW, needed

SHARED = Path(__file__).parents[3] / "shared"
PAYMENTS = SHARED / "samples" / "payments"
ACCOUNT = "FR7630006000011234567890189"
PAYER = "DE89370400440532013000"
CONTAINERS = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def new(version: str) -> bool:
    """Whether the version has the form of 08 rather than of 02."""
    return int(version[-2:]) >= 8


def a_balance(kind: str, amount: str, currency: str = "EUR", on: str = "2026-11-20") -> str:
    direction = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount.lstrip('-')}</Amt>"
        f"<CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def a_detail(
    amount: str | None = None,
    *,
    sign: str | None = None,
    end_to_end: str | None = None,
    transaction: str | None = None,
    creditor: str | None = None,
    text: str | None = None,
    returned: str | None = None,
    instructed: tuple[str, str] | None = None,
    payer: str = PAYER,
    version: str = "camt.053.001.08",
) -> str:
    """A transaction of an entry, in the order of elements that its version asks for."""
    told = "" if amount is None else f"<Amt Ccy='EUR'>{amount}</Amt>"
    name = "<Pty><Nm>Ateliers du Rêve</Nm></Pty>" if new(version) else "<Nm>Ateliers du Rêve</Nm>"
    refs = f"<EndToEndId>{end_to_end}</EndToEndId>" if end_to_end else ""
    refs += f"<TxId>{transaction}</TxId>" if transaction else ""
    first = f"{told}<CdtDbtInd>{sign or 'CRDT'}</CdtDbtInd>" if new(version) else ""
    details = f"<InstdAmt><Amt Ccy='{instructed[1]}'>{instructed[0]}</Amt></InstdAmt>" if instructed else ""
    details += f"<TxAmt>{told}</TxAmt>" if told and not new(version) else ""
    structured = f"<Strd><CdtrRefInf><Ref>{creditor}</Ref></CdtrRefInf></Strd>" if creditor else ""
    return (
        f"<TxDtls><Refs>{refs}</Refs>{first}"
        + (f"<AmtDtls>{details}</AmtDtls>" if details else "")
        + f"<RltdPties><Dbtr>{name}</Dbtr><DbtrAcct><Id><IBAN>{payer}</IBAN></Id></DbtrAcct></RltdPties>"
        + f"<RmtInf>{f'<Ustrd>{text}</Ustrd>' if text else ''}{structured}</RmtInf>"
        + (f"<RtrInf><Rsn><Cd>{returned}</Cd></Rsn><AddtlInf>Compte clos</AddtlInf></RtrInf>" if returned else "")
        + "</TxDtls>"
    )


def an_entry(
    amount: str = "250.00",
    *details: str,
    sign: str = "CRDT",
    reversal: bool = False,
    status: str = "BOOK",
    reference: str | None = "BANK-1",
    booked: str = "<Dt>2026-11-20</Dt>",
    currency: str = "EUR",
    family: str = "RCDT/ESCT",
    ntry_ref: str = "1",
    batch: int | None = None,
    version: str = "camt.053.001.08",
) -> str:
    main, sub = family.split("/")
    return (
        f"<Ntry><NtryRef>{ntry_ref}</NtryRef><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
        + ("<RvslInd>true</RvslInd>" if reversal else "")
        + (f"<Sts><Cd>{status}</Cd></Sts>" if new(version) else f"<Sts>{status}</Sts>")
        + f"<BookgDt>{booked}</BookgDt><ValDt><Dt>2026-11-20</Dt></ValDt>"
        + (f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else "")
        + f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{main}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        + "<NtryDtls>"
        + (f"<Btch><NbOfTxs>{batch}</NbOfTxs></Btch>" if batch else "")
        + "".join(details)
        + "</NtryDtls></Ntry>"
    )


def a_statement(
    *entries: str,
    opening: str | None = "100.00",
    closing: str | None = None,
    account: str = f"<IBAN>{ACCOUNT}</IBAN>",
    name: str = "S-1",
    version: str = "camt.053.001.08",
) -> str:
    """One statement; its closing balance is what its entries make, unless said otherwise. A 054 has no balances."""
    inside = "".join(entries or (an_entry(version=version),))
    booked = re.findall(
        r"<Amt Ccy='\w+'>([\d.]+)</Amt><CdtDbtInd>(\w+)</CdtDbtInd>(?:<RvslInd>\w+</RvslInd>)?<Sts>(?:<Cd>)?(\w+)",
        inside,
    )
    total = sum(
        (Decimal(amount) * (1 if sign == "CRDT" else -1) for amount, sign, status in booked if status == "BOOK"),
        Decimal(opening or 0),
    )
    balances = (
        ""
        if version.startswith("camt.054") or opening is None
        else a_balance("OPBD", opening) + a_balance("CLBD", closing or str(total))
    )
    element = CONTAINERS[version[5:8]][1]
    return (
        f"<{element}><Id>{name}</Id><CreDtTm>2026-11-21T02:00:00</CreDtTm>"
        f"<Acct><Id>{account}</Id><Ccy>EUR</Ccy></Acct>{balances}{inside}</{element}>"
    )


def a_file(*inside: str, version: str = "camt.053.001.08", head: str = "", encoding: str = "utf-8") -> bytes:
    """A message of one or more statements."""
    message = CONTAINERS[version[5:8]][0]
    return (
        f"{head}<Document xmlns='urn:iso:std:iso:20022:tech:xsd:{version}'><{message}>"
        f"<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-21T02:00:00</CreDtTm></GrpHdr>"
        f"{''.join(inside or (a_statement(version=version),))}</{message}></Document>"
    ).encode(encoding)


def xsd_errors(content: bytes, version: str) -> list[str]:
    """What the version's schema finds wrong; a skipped test where the schema is not here."""
    schema = etree.XMLSchema(file=str(needed(SHARED / "xsd" / f"{version}.xsd")))
    schema.validate(etree.fromstring(content))
    return [error.message for error in schema.error_log]


def an_mt940(*lines: str, opening: str = "C261119EUR100,00", closing: str = "C261120EUR350,00") -> bytes:
    """An MT940 message with one credit of 250,00 unless lines are given."""
    body = lines or (":61:2611201120C250,00NTRFNONREF//BANK-1", ":86:FACTURE 2026-17")
    head = (":20:STARTUMS", f":25:{ACCOUNT}", ":28C:00324/001", f":60F:{opening}")
    return "\r\n".join((*head, *body, f":62F:{closing}", "-", "")).encode()


def overpunched(cents: int) -> str:
    """The amount as CFONB120 writes it: the last digit carries the sign."""
    last = ("{ABCDEFGHI" if cents >= 0 else "}JKLMNOPQR")[abs(cents) % 10]
    return f"{abs(cents) // 10:013}{last}"


def cfonb_balance(kind: str, cents: int, day: str = "201126", account: str = "12345678901") -> str:
    return f"{kind}30006    00001EUR2 {account:11}  {day}".ljust(90) + overpunched(cents) + " " * 16


def cfonb_movement(
    cents: int = 25_000,
    *,
    rejected: str = "  ",
    label: str = "VIR ATELIERS DU REVE",
    day: str = "201126",
    decimals: str = "2",
) -> str:
    head = f"0430006    00001EUR{decimals} 12345678901{'05'}{day}{rejected}{day}{label:31}"
    return head.ljust(81) + "0000000" + "  " + overpunched(cents) + " " * 16


def cfonb_complement(qualifier: str, text: str) -> str:
    return (f"0530006    00001EUR2 1234567890105201126     {qualifier}{text:70}").ljust(120)


def a_cfonb120(*movements: str, opening: int = 10_000, closing: int = 35_000) -> bytes:
    """A CFONB120 statement with one credit of 250,00 unless movements are given."""
    lines = (cfonb_balance("01", opening), *(movements or (cfonb_movement(),)), cfonb_balance("07", closing))
    return "\r\n".join((*lines, "")).encode("cp1252")


def outcomes(content: bytes) -> list[Event | Refusal]:
    return list(parse(io.BytesIO(content), NOW))


def events(content: bytes) -> list[Event]:
    """The events of a file of which nothing is refused."""
    found = outcomes(content)
    assert [outcome for outcome in found if isinstance(outcome, Refusal)] == []
    return [outcome for outcome in found if isinstance(outcome, FundsReceived | PaymentReturned)]


def an_event(content: bytes) -> Event:
    (event,) = events(content)
    return event


def a_refusal(content: bytes) -> Refusal:
    """The refusal of a file that gives nothing else."""
    (outcome,) = outcomes(content)
    assert isinstance(outcome, Refusal)
    return outcome


def statements_of(content: bytes) -> list[dict[str, Any]]:
    """The statements of a file of which nothing is refused, as `--statements` shows them."""
    found = list(statements(io.BytesIO(content)))
    lines = [line for line in found if not isinstance(line, Refusal)]
    assert len(lines) == len(found)
    return lines


def seen(content: bytes) -> dict[str, Any]:
    """The one statement of a file, as `--statements` shows it."""
    (line,) = statements_of(content)
    return line
