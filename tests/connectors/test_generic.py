"""Files for any topic: what a mapping makes of rows, what JSON lines may say, what is refused and where."""

import datetime as dt
import json
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.generic import reader_of, topics
from connectors.mapping import NONE, Mapping, read_mapping
from connectors.refusal import Refusal
from schemas.base import Record
from schemas.codec import encode
from schemas.errors import RefusedError
from schemas.events.claims import OverdueReported
from schemas.events.limits import LimitDecided, LimitWithdrawn
from schemas.events.policies import RecipientsSet
from tests.connectors.generic_builders import NOW, a_limit, an_outcome, outcomes

HEAD = "header.event_id,header.source,header.occurred_at,"
LIMIT_HEAD = f"{HEAD}buyer_id,policy_id,cover_id,outcome,amount,currency,effective_on"
LIMIT_ROW = "G1,limits-system,2026-11-20T09:00:00+01:00,FR:999900012,P1,C1,GRANTED,125000.50,EUR,2026-12-01"
MAPPING = """
type = "LimitDecided"
encoding = "cp1252"
decimal = ","
date = "DD/MM/YYYY"
time_zone = "Europe/Paris"
ignore = ["Gestionnaire"]
[fields]
header.event_id = "{Référence}-{Version}"
header.source = "limits-system"
header.occurred_at = "{Décidé le}"
buyer_id = "FR:{SIREN}"
policy_id = "{Police}"
cover_id = "{Référence}"
outcome = "{Décision}"
amount = "{Montant (€)}"
currency = "EUR"
effective_on = "{Effet}"
[values.outcome]
ACCORD = "GRANTED"
REFUS = "REFUSED"
"""
COLUMNS = ("Référence", "Version", "Décidé le", "SIREN", "Police", "Décision", "Montant (€)", "Effet", "Gestionnaire")
ROW = ("G1", "2", "20/11/2026", "999900012", "P1", "ACCORD", "125 000,50", "01/12/2026", "Zoé")


def a_mapping(text: str = MAPPING) -> Mapping:
    return read_mapping(text)


def an_export(*rows: tuple[str, ...], columns: tuple[str, ...] = COLUMNS) -> bytes:
    return "".join(";".join(row) + "\r\n" for row in (columns, *rows)).encode("cp1252")


def a_row(**changes: str) -> tuple[str, ...]:
    return tuple((dict(zip(COLUMNS, ROW, strict=True)) | changes)[column] for column in COLUMNS)


def mapped(*rows: tuple[str, ...], text: str = MAPPING) -> list[Record | Refusal]:
    return outcomes(an_export(*rows), mapping=a_mapping(text))


def test_columns_may_be_called_after_the_fields() -> None:
    """Without a mapping, a column's name is the path of its field; what the record does not need may be absent."""
    event = an_outcome(f"{LIMIT_HEAD}\n{LIMIT_ROW}\n")
    assert isinstance(event, LimitDecided)
    assert (event.header.event_id, event.amount) == ("G1", Decimal("125000.50"))
    assert event.effective_on == dt.date(2026, 12, 1)
    assert event.header.occurred_at == dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
    assert event.header.published_at == NOW


def test_each_row_may_name_its_type() -> None:
    """A column `type` says which record a row is, and a column of any record of the topic is a column of the table."""
    row = "L1,x,2026-11-20T08:00:00Z,FR:999900012,P1,C1,{type},2026-12-01,{more}\n"
    rows = [("LimitDecided", "GRANTED,10,EUR"), ("LimitWithdrawn", ",,"), ("", ",,"), ("Limit", ",,")]
    table = f"{HEAD}buyer_id,policy_id,cover_id,type,effective_on,outcome,amount,currency\n"
    table += "".join(row.format(type=type_name, more=more) for type_name, more in rows)
    decided, withdrawn, unsaid, unknown = outcomes(table.encode())
    assert isinstance(decided, LimitDecided)
    assert isinstance(withdrawn, LimitWithdrawn)
    assert isinstance(unsaid, Refusal)
    assert isinstance(unknown, Refusal)
    assert unsaid.reason.startswith("unknown_type: expected one of ")
    assert unknown.reason.endswith("got 'Limit'")
    assert an_outcome(table.replace("type,", "colour,", 1), None).reason.startswith("unknown_type: ")
    assert an_outcome(table.replace("amount", "sum", 1), None).reason.startswith("unknown_column: ")
    assert [isinstance(each, Refusal) for each in outcomes(table.encode(), type_name="LimitDecided")] == [
        False,
        True,
        True,
        True,
    ]


def test_a_mapping_says_what_a_file_means() -> None:
    """Columns renamed and joined, constants, tables of values, French dates and amounts become one record."""
    (event,) = mapped(ROW)
    assert isinstance(event, LimitDecided)
    assert (event.header.event_id, event.header.source) == ("G1-2", "limits-system")
    assert event.header.occurred_at == dt.datetime(2026, 11, 19, 23, tzinfo=dt.UTC)
    assert (event.buyer_id, event.outcome, event.amount) == ("FR:999900012", "GRANTED", Decimal("125000.50"))


def test_a_bad_row_is_refused_alone_with_all_that_is_wrong() -> None:
    """A row's refusal names its line, each field with what it is made of, and what was expected."""
    good, bad, last = mapped(ROW, a_row(Effet="31/02/2026", Décision="PEUT-ÊTRE", SIREN=""), ROW)
    assert good == last
    assert isinstance(bad, Refusal)
    assert (bad.refused, bad.where) == ("G1-2", "line 3")
    assert bad.reason.startswith("invalid_value: ")
    assert "LimitDecided.effective_on ({Effet}): expected a day of the calendar as DD/MM/YYYY" in bad.reason
    assert "LimitDecided.outcome ({Décision}): expected one of 'ACCORD', 'REFUS'" in bad.reason
    assert "LimitDecided.buyer_id (FR:{SIREN}): expected a value, got nothing" in bad.reason


def test_what_a_table_does_not_say_is_unknown() -> None:
    """A field that may be null is null where its cell is empty or nobody maps it; in JSON it must be said."""
    invoice = ("invoice_id", "amount", "outstanding", "currency", "issued_on", "original_due_on")
    head = f"{HEAD}policy_id,overdue_id,buyer_id,buyer_name,reported_on," + ",".join(f"invoices.0.{f}" for f in invoice)
    row = "E1,claims,2026-11-20T08:00:00Z,P1,O1,,Ode,2026-11-20,F1,10,10,EUR,,2026-10-01"
    event = an_outcome(f"{head}\n{row}\n", "OverdueReported", "claims")
    assert isinstance(event, OverdueReported), event
    assert event.buyer_id is None
    line = {"header": {"event_id": "E1", "source": "claims", "occurred_at": "2026-11-20T08:00:00Z"}, "policy_id": "P1"}
    refused = an_outcome(json.dumps(line | {"overdue_id": "O1", "invoices": []}), "OverdueReported", "claims")
    assert "OverdueReported.buyer_id: expected a value, got nothing" in refused.reason


def test_lists_are_numbered_columns() -> None:
    """`recipients.0.email` is a field of the list's first element; an element whose cells are all empty is none."""
    fields = ("recipient_id", "name", "email", "role")
    head = f"{HEAD}policy_id," + ",".join(f"recipients.{place}.{name}" for place in (0, 1, 10) for name in fields)
    row = "E1,admin,2026-11-20T08:00:00Z,P1,r1,Ode,ode@example.org,INSURED,,,,,r2,Yves,yves@example.org,BROKER"
    event = an_outcome(f"{head}\n{row}\n", "RecipientsSet", "policies")
    assert isinstance(event, RecipientsSet)
    assert [recipient.recipient_id for recipient in event.recipients] == ["r1", "r2"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_delimiter_shows_in_the_header(delimiter: str, end: str) -> None:
    """Comma, semicolon and tab are told apart, with or without a BOM, whatever ends the lines."""
    content = f"\ufeff{LIMIT_HEAD}{end}{LIMIT_ROW}{end}{end}".replace(",", delimiter)
    assert isinstance(an_outcome(content), LimitDecided)


@pytest.mark.parametrize(("said", "delimiter"), [("sep=;", ";"), ("SEP=,", ","), ("sep=\t", "\t"), ("sep=;;;;", ";")])
def test_excels_own_line_for_the_delimiter_is_no_header(said: str, delimiter: str) -> None:
    """`sep=;` before the names of the columns is taken for what it is, and lines keep their numbers."""
    row = f"{LIMIT_HEAD}\n{LIMIT_ROW}\n{LIMIT_ROW},\n".replace(",", delimiter)
    first, second = outcomes(f"\ufeff{said}\r\n{row}".encode(), type_name="LimitDecided")
    assert isinstance(first, LimitDecided)
    assert isinstance(second, Refusal)
    assert second.where == "line 4"


@pytest.mark.parametrize(
    ("said", "mapping"), [("sep=|", NONE), ("sep=", NONE), ("sep=,", a_mapping(f"delimiter = ';'{MAPPING}"))]
)
def test_a_line_for_another_delimiter_is_explained(said: str, mapping: Mapping) -> None:
    """One that is not read, and one that is not the mapping's."""
    (refusal,) = outcomes(f"{said}\n{LIMIT_HEAD}\n".encode("cp1252"), mapping=mapping, type_name="LimitDecided")
    assert isinstance(refusal, Refusal)
    assert re.match(f"bad_header: expected a delimiter of .* got {re.escape(repr(said))}", refusal.reason)


def test_columns_without_a_name_are_passed_over_where_they_are_empty() -> None:
    """Excel ends each line in a delimiter for every column that was ever formatted; a cell there refuses its row."""
    rows = f"{LIMIT_HEAD},,\n{LIMIT_ROW},,\n{LIMIT_ROW},x,\n{LIMIT_ROW},,x\n"
    first, *others = outcomes(rows.encode(), type_name="LimitDecided")
    assert isinstance(first, LimitDecided)
    assert [other.reason.split(": ")[0] for other in others if isinstance(other, Refusal)] == ["wrong_width"] * 2


def test_a_cell_may_hold_anything_in_quotes() -> None:
    """Delimiters, quotes and line ends inside quotes are content, and the next row's line is still right."""
    row = LIMIT_ROW.replace("C1", '"C;1 ""bis""\nsuite"')
    first, second = outcomes(f"{LIMIT_HEAD}\n{row}\n{LIMIT_ROW},\n".encode(), type_name="LimitDecided")
    assert isinstance(first, LimitDecided)
    assert first.cover_id == 'C;1 "bis"\nsuite'
    assert isinstance(second, Refusal)
    assert second.where == "line 4"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty_file"),
        ("\n \n", "empty_file"),
        (",,\n", "bad_header"),
        ("a,a\n", "bad_header"),
        (f"{LIMIT_HEAD},colour\n{LIMIT_ROW},red\n", "unknown_column: .*'colour'.*`ignore`"),
        (f'{LIMIT_HEAD}\n{LIMIT_ROW}\n"{LIMIT_ROW}\n', "damaged_file: line 3: .*a quote"),
        (f"{LIMIT_HEAD}\n{LIMIT_ROW}\n{LIMIT_ROW[:-20]}", "damaged_file: line 3: expected 10 cells .*cut short"),
        (f"{LIMIT_HEAD}\r{LIMIT_ROW}\r", "damaged_file: line 1: expected lines that end in LF or CR LF, got CR alone"),
        (f'{LIMIT_HEAD}\n{LIMIT_ROW}\n"{LIMIT_ROW * 20_000}\n', "absurd_size"),
        (f'{LIMIT_HEAD}\n{LIMIT_ROW}\n"{LIMIT_ROW * 2_000}\n', "damaged_file: line 3"),
    ],
)
def test_a_damaged_table_publishes_nothing(content: str, reason: str) -> None:
    """What is wrong with a table as a whole is said once, and none of its sound rows comes out."""
    found = an_outcome(content)
    assert isinstance(found, Refusal)
    assert re.match(reason, found.reason), found


def test_an_encoding_is_never_guessed() -> None:
    """A file that is not UTF-8 is refused with the line and the setting; nothing of it is published."""
    (refusal,) = outcomes(an_export(ROW), type_name="LimitDecided")
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("bad_encoding: line 1: expected utf-8")
    assert "cp1252" in refusal.reason


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(encoding: str) -> None:
    """Of a file in UTF-16, with its mark or without, it is said what it is, and what to do."""
    (refusal,) = outcomes(f"{LIMIT_HEAD}\n{LIMIT_ROW}\n".encode(encoding), type_name="LimitDecided")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "bad_encoding: expected utf-8, got UTF-16: save the file as CSV in UTF-8"


@pytest.mark.parametrize("start", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_workbook_is_named(start: bytes) -> None:
    """Of Excel's own file, new or old, it is said what it is, and what to do."""
    (refusal,) = outcomes(start + bytes(100), type_name="LimitDecided")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "bad_encoding: expected utf-8, got a workbook: save the file as CSV in UTF-8"


def test_a_column_that_the_mapping_takes_must_be_there() -> None:
    """A file without a column of the mapping's is refused whole, and both names are said."""
    columns = tuple(column.replace("SIREN", "Siret") for column in COLUMNS)
    (refusal,) = outcomes(an_export(ROW, columns=columns), mapping=a_mapping())
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("missing_column: expected 'SIREN', got 'Référence', ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("decimal = ", "decimals = "), "decimals"),
        (('decimal = ","', 'decimal = ","\ngrouping = ","'), "grouping: .*`decimal`, which is ','"),
        (('decimal = ","', 'grouping = "."'), r"grouping: .*`decimal`, which is '\.'"),
        (("DD/MM/YYYY", "%d/%m/%Y"), "date.*DD/MM/YYYY"),
        (("Europe/Paris", "Europe/Pari"), "time_zone"),
        (('"{Montant (€)}"', '"{Montant"'), "fields.amount"),
        (('"{Montant (€)}"', "3"), "fields.amount"),
        (("amount =", "amout ="), "fields.amout: expected a field of LimitDecided: .*header.event_id, "),
        (("values.outcome", "values.decision"), "values.decision"),
        (("[fields]", "[fields"), "expected TOML"),
    ],
)
def test_a_wrong_mapping_is_explained(change: tuple[str, str], said: str) -> None:
    """A mapping that cannot be meant is refused before any file is read, with the place in it."""
    with pytest.raises(RefusedError, match=f"bad_mapping: {said}"):
        reader_of("limits", a_mapping(MAPPING.replace(*change)))


@pytest.mark.parametrize("name", ["Limit", "JudgmentPublished"])
def test_a_type_of_another_topic_is_refused(name: str) -> None:
    """The type must be one of the topic's, and those are listed."""
    with pytest.raises(RefusedError, match=r"unknown_type: expected one of .*'LimitDecided'"):
        reader_of("limits", type_name=name)


def test_other_peoples_topics_are_not_offered() -> None:
    """Whatever a provider may write can be published from a file; notices and dead letters cannot."""
    assert {"limits", "payments", "policies", "court-judgments"} <= set(topics())
    assert not {"notices", "dead-letters"} & set(topics())
    with pytest.raises(RefusedError, match="unknown_topic: expected one of"):
        reader_of("notices")


PIECES = st.text(st.sampled_from(';,\t"\n\r{}[]é€\x00\ud800 019/-:.TZeE+nul'), max_size=8)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 30), PIECES), min_size=1, max_size=4), st.booleans())
def test_any_damage_gives_events_or_refusals(cuts: list[tuple[int, int, str]], as_json: bool) -> None:  # noqa: FBT001  # hypothesis gives it
    """A file damaged anywhere gives events that can travel, or refusals that can be printed, and nothing else."""
    content = json.dumps(a_limit()).encode() if as_json else f"{LIMIT_HEAD}\n{LIMIT_ROW}\n{LIMIT_ROW}\n".encode()
    for start, length, piece in cuts:
        content = content[:start] + piece.encode("utf-8", "surrogatepass") + content[start + length :]
    for outcome in outcomes(content, type_name="LimitDecided"):
        assert f"{outcome.refused} {outcome.reason}".encode() if isinstance(outcome, Refusal) else encode(outcome)
