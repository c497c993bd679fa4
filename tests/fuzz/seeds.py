"""Small files that a parser reads, from which a search starts; a parser that has none starts from nothing."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.connectors.bank_builders import (
    a_cfonb120,
    a_detail,
    a_file,
    a_statement,
    an_entry,
    an_mt940,
    cfonb_complement,
    cfonb_movement,
)
from tests.connectors.builders import a_citation, a_record, an_annonce, an_archive, lines_of
from tests.connectors.registers import a_case, a_unit
from tests.connectors.registers import an_event as a_change

EXAMPLES = Path(__file__).parents[2] / "docs" / "connectors" / "examples"


def _bodacc() -> Iterator[bytes]:
    bulletin = an_archive(an_annonce(kind="rectificatif", citation=a_citation()), head="<?xml version='1.0'?>")
    yield bulletin
    yield lines_of(a_record())
    yield gzip.compress(bulletin)
    with io.BytesIO() as packed:
        with tarfile.open(fileobj=packed, mode="w") as archive:
            member = tarfile.TarInfo("PCL_BXA20260222.xml")
            member.size = len(bulletin)
            archive.addfile(member, io.BytesIO(bulletin))
        yield packed.getvalue()[:2560]  # without what fills up the tape


def _bank() -> Iterator[bytes]:
    yield a_file(a_statement(an_entry("250.00", a_detail("250.00", end_to_end="E", returned="AC04"))))
    yield an_mt940(":61:2611201120C250,00NTRFNONREF//B", ":86:166?00X?20EREF+E-7?30DEUTDEFF?32N")
    yield an_mt940(":61:2611201120D250,00NRTIEREF//B", ":86:/RTRN/A//CNTP/B/C/REMI/D", ":62M:C261120EUR1,")
    yield a_cfonb120(cfonb_movement(), cfonb_complement("RCN", "E"))


def _companies_house() -> Iterator[bytes]:
    yield json.dumps(a_change("company-insolvency", cases=[a_case(wound_up_on="2026-03-02")])).encode()


def _sirene() -> Iterator[bytes]:
    yield json.dumps(a_unit()).encode()


def _generic() -> Iterator[bytes]:
    """The first byte says which mapping, or that the rest is one."""
    yield b"\x00" + (EXAMPLES / "limits.csv").read_bytes()
    yield b'\x01{"type": "RecipientsSet", "value": {"policy_id": "P", "recipients": [{"name": "N"}]}}\n'
    yield b"\x02header.event_id;header.source;invoices.0.amount\nE;s;1,5\n"
    yield b"\x03" + (EXAMPLES / "limits.toml").read_bytes()


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "bodacc": _bodacc,
    "bank": _bank,
    "companies_house": _companies_house,
    "sirene": _sirene,
    "generic": _generic,
}
