"""The demo's account: one fate for each notice of the file, whatever its persons fared."""

from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from connectors.refusal import Refusal
from schemas.events.court_judgments import JudgmentPublished
from streams.demo.accounts import Accounts, Channel, Entry, draw_up, on_its_way
from streams.demo.report import MOST_LISTED, as_text
from streams.ledger.identity import event_key
from tests.builders import POLICY, a_header, a_judgment, a_recipient, some_recipients
from tests.streams.ledger.bench import Ledger

NOBODY = "FR:552100554"
SINKS = """
    CREATE SCHEMA portal; CREATE SCHEMA email;
    CREATE TABLE portal.notices (notice_id int);
    CREATE TABLE email.notice (notice_id int);
    CREATE TABLE email.message (state text);
"""


@pytest.fixture
def books(ledger: Ledger) -> Iterator[Ledger]:
    """A ledger, and as much of the sinks' stores as the account looks at."""
    ledger.run_sql(SINKS)
    yield ledger
    ledger.run_sql("DROP SCHEMA portal, email CASCADE")


@pytest.fixture
def connection(books: Ledger) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(books.uri, autocommit=True) as connection:
        yield connection


def person(reference: str, name: str, **fields: Any) -> JudgmentPublished:
    """One of the persons whom a notice of the file is about."""
    header = a_header(f"{reference}/{name}")
    return a_judgment(reference, name=name, header=header, court=f"Court of {reference}", **fields)


def put_aside(
    connection: psycopg.Connection[Any], table: LiteralString, values: LiteralString, event: JudgmentPublished
) -> None:
    """Write the ledger's row of a record that it did not apply."""
    statement = (
        f"INSERT INTO ledger.{table}, topic, partition, record_offset, event_key) VALUES ({values}, 'x', 0, 0, %s)"
    )
    connection.execute(statement, [event_key(event.header)])


def fates(accounts: Accounts) -> dict[str, tuple[str, int, str]]:
    return {entry.reference: (entry.fate, entry.alerts, entry.why) for entry in accounts.entries}


def test_each_notice_has_one_fate(books: Ledger, connection: psycopg.Connection[Any]) -> None:
    """Owed, held with the reason, nobody's, not read, or refused: by the connector, or by the hub."""
    books.insure(POLICY)
    events = [
        person("A1", "ONE"),
        person("A2", "TWO", buyer_id=NOBODY),
        person("A3", "THREE", buyer_id=None),
        person("A4", "FOUR", buyer_id=NOBODY),
        person("A5", "FIVE", buyer_id=NOBODY),
        person("A6", "SIX", buyer_id=NOBODY),
    ]
    books.apply(books.judgments.append(*events[:3]))
    put_aside(connection, "refusal (reason, detail, refused_at", "'bad_source', '', now()", events[3])
    put_aside(connection, "parked (waits_for, record, broker_at", "'source:bodacc', '', now()", events[4])
    accounts = draw_up(connection, events, [Refusal("notice", "annonce 5", "missing_field: no court")])
    assert fates(accounts) == {
        "A1": ("owed", 1, ""),
        "A2": ("concerns nobody", 0, ""),
        "A3": ("held for review", 0, "no_buyer_id"),
        "A4": ("refused", 0, "by the hub: see the dead letters"),
        "A5": ("held for review", 0, "waits for source:bodacc"),
        "A6": ("not read", 0, "by the hub"),
        "notice": ("refused", 0, "missing_field: no court"),
    }
    assert accounts.events == 6


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_person_who_fares_most_decides(
    books: Ledger, connection: psycopg.Connection[Any], order: tuple[int, ...]
) -> None:
    """A notice about several persons is owed when one of them is covered, in whatever order they stand."""
    books.insure(POLICY)
    persons = [person("A1", "ONE"), person("A1", "TWO", buyer_id=NOBODY), person("A1", "THREE", buyer_id=None)]
    events = [persons[n] for n in order]
    books.apply(books.judgments.append(*events))
    assert [(e.fate, e.alerts) for e in draw_up(connection, events, []).entries] == [("owed", 1)]
    held = [persons[n] for n in order if n]
    assert [e.fate for e in draw_up(connection, held, []).entries] == ["held for review"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_person_not_read_leaves_the_notice_open(
    books: Ledger, connection: psycopg.Connection[Any], order: tuple[int, ...]
) -> None:
    """Whatever is owed to one person: what the hub has not read may owe more, so the account does not balance."""
    persons = [person("A1", "ONE", buyer_id=NOBODY), person("A1", "TWO", buyer_id=NOBODY)]
    books.apply(books.judgments.append(persons[0]))
    assert draw_up(connection, persons[:1], []).balances
    accounts = draw_up(connection, [persons[n] for n in order], [])
    assert [e.fate for e in accounts.entries] == ["not read"]
    assert not accounts.balances


def test_every_alert_counts(books: Ledger, connection: psycopg.Connection[Any]) -> None:
    """Two policies alerted because of two persons of one notice are four alerts."""
    books.insure(POLICY, "P-2")
    events = [person("A1", "ONE"), person("A1", "TWO")]
    books.apply(books.judgments.append(*events))
    accounts = draw_up(connection, events, [])
    assert (fates(accounts)["A1"][1], accounts.alerts()) == (4, 4)
    assert accounts.promises == {"running": 4}


def test_owed_and_sent_are_compared_on_each_channel(books: Ledger, connection: psycopg.Connection[Any]) -> None:
    """What waits in the outbox, or is not in the portal, or was not accepted by the mail server, is not sent."""
    books.insure(POLICY)
    books.apply(books.policies.append(some_recipients(a_recipient("R-1"), a_recipient("R-2"))))
    books.apply(books.judgments.append(person("A1", "ONE")))
    connection.execute(
        "INSERT INTO email.notice VALUES (1); INSERT INTO email.message VALUES ('accepted'), ('deferred')"
    )
    accounts = draw_up(connection, [], [])
    assert accounts.channels == [Channel("notices topic", 1, 0), Channel("portal", 1, 0), Channel("e-mail", 2, 1)]
    assert not accounts.balances
    assert accounts.on_its_way == on_its_way(connection) > 0
    connection.execute("TRUNCATE ledger.outbox; INSERT INTO portal.notices VALUES (1)")
    connection.execute("UPDATE email.message SET state = 'accepted'; UPDATE ledger.promise SET state = 'kept'")
    assert draw_up(connection, [], []).balances
    assert on_its_way(connection) == 0
    assert not draw_up(connection, [], [], unread=1).balances


def test_what_e_mail_owes_is_known_without_it(books: Ledger, connection: psycopg.Connection[Any]) -> None:
    """With a sink that has taken nothing: each who wants the kind of notice is owed one, and a notice to nobody too."""
    books.insure(POLICY, "P-2")
    uninterested = a_recipient("R-3", kinds=["RecipientsChanged"])
    books.apply(books.policies.append(some_recipients(a_recipient("R-1"), a_recipient("R-2"), uninterested)))
    books.apply(books.judgments.append(person("A1", "ONE")))
    accounts = draw_up(connection, [], [])
    assert accounts.channels[-1] == Channel("e-mail", 3, 0)
    assert "e-mail         owed      3   sent      0   NOT ALL SENT" in as_text(accounts)
    assert not accounts.balances


ACCOUNTS = Accounts(
    [
        Entry("A20260050001", "MENUISERIE DES MONTS", "Jugement d'ouverture de liquidation judiciaire", "owed", 2),
        Entry("A20260050002", "A" * 40, "B" * 60, "owed", 1),
        Entry("A20260050003", "Zoé Ébène", "Dépôt", "concerns nobody"),
        Entry("A20260050004", "X", "Autre", "held for review", 0, "unknown_nature"),
        Entry("notice", fate="refused", why="missing_field: " + "c" * 80),
    ],
    events=6,
    channels=[Channel("notices topic", 3, 3), Channel("portal", 3, 3), Channel("e-mail", 4, 3)],
    promises={"running": 1, "kept": 2},
    on_its_way=2,
)
TEXT = """\
A20260050001   MENUISERIE DES MONTS              Jugement d'ouverture de liquidation judiciaire        2 alerts
A20260050002   AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA  BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB  1 alert
A20260050003   Zoé Ébène                         Dépôt                                                 concerns nobody
A20260050004   X                                 Autre                                                 held for review: unknown_nature
notice                                                                                                 refused: missing_field: ccccccccccccccccccccccccccccccccccccccccccccc

5 notices of the file, 6 judgments of one person each:
       0  not read
       2  owed   (3 alerts)
       1  held for review
       1  refused
       1  concerns nobody

  notices topic  owed      3   sent      3
  portal         owed      3   sent      3
  e-mail         owed      4   sent      3   NOT ALL SENT
  promises       2 kept, 1 running
  on its way     2 records, notices, mails and answers   NOT ALL SETTLED"""  # noqa: E501 - as a terminal shows it


def test_the_report_as_a_person_reads_it() -> None:
    """The whole text: every notice with its fate, the sums, and what is owed and sent on each channel."""
    assert as_text(ACCOUNTS) == TEXT


def test_a_long_file_is_shown_by_its_sums() -> None:
    """More notices than a screen holds are counted, not listed; no promise at all is said so."""
    many = Accounts([Entry(f"A{n}") for n in range(MOST_LISTED + 1)], 61, [])
    assert as_text(many).splitlines()[0] == "61 notices in the file (each one: --json)"
    assert as_text(many).splitlines()[-1] == "  promises       none"
