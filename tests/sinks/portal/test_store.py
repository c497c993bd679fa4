import datetime as dt

from schemas.codec import decode
from schemas.events.deliveries import DeliveryChanged
from sinks.portal.readers import Reader, readers_after
from tests.sinks.portal.conftest import ARRIVED_AT, Arrived, Portal
from tests.sinks.portal.made import (
    PETIT,
    ROUX,
    a_change_of_recipients,
    a_rating,
    a_recipient,
    a_rectification,
    an_alert,
    notice_id,
)


def test_a_repeated_notice_is_kept_and_told_once(portal: Portal) -> None:
    """However often a notice comes, alone or within a run, there is one row of it and one word that it was accepted."""
    portal.store(an_alert(), an_alert())
    portal.store(an_alert(), a_rectification())
    assert portal.sql("SELECT number FROM portal.notices ORDER BY number") == [(1,), (2,)]
    assert portal.sql("SELECT count(*) FROM portal.delivery_outbox") == [(2,)]


def test_a_repeat_in_the_same_run_is_told_at_the_time_of_the_first(portal: Portal) -> None:
    """Runs cut otherwise would tell the first: the same event with another time would be refused by the hub."""
    portal.take_in(Arrived(an_alert()), Arrived(an_alert(), ARRIVED_AT + dt.timedelta(minutes=5)))
    ((record,),) = portal.sql("SELECT record FROM portal.delivery_outbox")
    told = decode(record)
    assert isinstance(told, DeliveryChanged)
    assert told.header.occurred_at == ARRIVED_AT


def test_a_kind_from_the_future_is_stored(portal: Portal) -> None:
    """A notice of a kind that has no page of its own yet is stored whole."""
    portal.store(a_rating())
    assert portal.sql("SELECT kind, payload->>'explanation' FROM portal.notices") == [
        ("BuyerRated", "La note passe de 6 à 4 sur 10.")
    ]


def test_other_recipients_are_not_kept_with_a_notice(portal: Portal) -> None:
    """What a reader is given of a notice names nobody else who was told."""
    portal.store(an_alert(recipients=[a_recipient(), a_recipient(ROUX)]))
    assert portal.sql("SELECT payload::text LIKE %s FROM portal.notices", f"%{ROUX}%") == [(False,)]


def test_the_newest_list_of_recipients_counts_whatever_comes_later(portal: Portal) -> None:
    """An older notice that comes late, or again, brings nobody back whom a newer one has left out."""
    portal.store(a_change_of_recipients(2, [a_recipient(ROUX)]))
    portal.store(an_alert(1, recipients=[a_recipient(PETIT)]))
    assert portal.sql("SELECT email FROM portal.readers") == [(ROUX,)]


def test_two_readers_under_one_id_do_not_stop_the_portal(portal: Portal) -> None:
    """The hub refuses such a list; one that is on `notices` all the same holds up nobody."""
    twice = [a_recipient(PETIT, recipient_id="R-1"), a_recipient(ROUX, recipient_id="R-1")]
    portal.store(a_change_of_recipients(2, twice))
    assert portal.sql("SELECT email FROM portal.readers") == [(ROUX,)]


def test_an_address_is_known_in_any_case(portal: Portal) -> None:
    """Capital letters in an address make no other reader."""
    portal.store(an_alert(recipients=[a_recipient("A.Petit@menuisier.example")]))
    assert portal.sql("SELECT email FROM portal.readers") == [(PETIT,)]


def test_a_notice_says_nothing_of_those_who_get_other_kinds_only() -> None:
    """A judgment alert, which names its own recipients, leaves in place who gets another kind, and drops its own."""
    other = Reader("P-2041", "R-9", "other@x.example", ["BuyerRated"])
    gone = Reader("P-2041", "R-8", "gone@x.example", ["JudgmentAlert"])
    whole = Reader("P-2041", "R-7", "whole@x.example", [])
    after = readers_after([other, gone, whole], an_alert())
    assert [reader.email for reader in after] == ["other@x.example", PETIT]


def test_the_migration_may_run_again(portal: Portal) -> None:
    """A second start changes nothing and keeps what is stored."""
    portal.store(an_alert())
    portal.migrate()
    assert portal.sql("SELECT notice_id FROM portal.notices") == [(notice_id(1),)]
