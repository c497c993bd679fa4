"""What `notices` holds is told, whatever the ledger remembers of it."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from confluent_kafka import Producer

from schemas.codec import decode, encode
from streams.runs import Run
from tests.builders import (
    NOW,
    a_header,
    a_judgment,
    a_limit,
    a_recipient,
    a_rectification,
    some_recipients,
    some_terms,
)
from tests.streams.ledger.bench import Ledger
from tests.streams.post import POLICIES, Post


def forget_the_judgments(ledger: Ledger) -> None:
    """Restore the ledger as it was before any judgment came."""
    ledger.run_sql("""
        TRUNCATE ledger.notice, ledger.policy_number, ledger.promise, ledger.judgment, ledger.outbox;
        DELETE FROM ledger.event WHERE topic = 'court-judgments';
        UPDATE ledger.position SET next_offset = 0 WHERE topic = 'court-judgments';
        UPDATE ledger.lane SET published_offset = 0;
    """)


def test_what_the_topic_holds_is_told_whatever_the_ledger_remembers(post: Post) -> None:
    """After a restore the notices on the topic keep their numbers: none is told again, and the next one follows."""
    post.apply(post.judge("A1", "A2"))
    post.publish_all()
    before = post.ledger.rows("SELECT notice_id, policy_id, number, case_id, kind, cause_key FROM notice ORDER BY 1")
    promised = post.ledger.rows("SELECT * FROM promise ORDER BY notice_id")
    forget_the_judgments(post.ledger)
    assert asyncio.run(post.adopt()) == 2 * len(POLICIES)
    assert asyncio.run(post.adopt()) == 0
    assert post.ledger.rows("SELECT * FROM promise ORDER BY notice_id") == promised
    post.apply(post.ledger.judgments.run(), post.judge("A3"))
    after = post.ledger.rows("SELECT notice_id, policy_id, number, case_id, kind, cause_key FROM notice ORDER BY 1")
    assert [row for row in after if row[2] < 3] == before
    assert post.ledger.rows("SELECT count(*) FROM promise") == [3 * len(POLICIES)]
    post.publish_all()
    assert sorted(post.sent()) == [(policy_id, n + 1) for policy_id in POLICIES for n in range(3)]


def test_a_correction_that_comes_again_corrects_none_of_its_own_alerts(post: Post) -> None:
    """After a restore those whom it alerted itself, on the buyer to whom it moved the judgment, hear nothing new."""
    post.ledger.insure("P-9", buyer_id="FR:552100554")
    post.apply(post.judge("A1"), post.ledger.judgments.append(a_rectification("A1", buyer_id="FR:552100554")))
    post.publish_all()
    before = post.sent()
    forget_the_judgments(post.ledger)
    asyncio.run(post.adopt())
    post.apply(post.ledger.judgments.run(0, 1), post.ledger.judgments.run(1))
    post.publish_all()
    assert post.sent() == before


@pytest.mark.parametrize("minutes", [1, -1])
def test_a_correction_that_comes_again_before_a_policy_whom_the_topic_told(post: Post, minutes: int) -> None:
    """Whom a late cover alerted of what it says it passes over; before it corrects others, their terms must be back."""
    ledger = post.ledger
    post.apply(post.judge("A1"))
    copies = {log.topic: ledger.position(log.topic) for log in (ledger.policies, ledger.limits)}
    late = NOW + dt.timedelta(minutes=minutes)
    insured = ledger.policies.append(some_terms("P-9"), at=late), ledger.limits.append(a_limit("P-9"), at=late)
    corrected = ledger.judgments.append(a_rectification("A1"))
    post.apply(*((corrected, *insured) if minutes > 0 else (*insured, corrected)))
    post.publish_all()
    before = post.sent()
    forget_the_judgments(ledger)
    for topic, offset in copies.items():
        ledger.run_sql(f"UPDATE position SET next_offset = {offset} WHERE topic = '{topic}'")
        ledger.run_sql(f"DELETE FROM event WHERE topic = '{topic}' AND record_offset >= {offset}")
    ledger.run_sql("DELETE FROM policy WHERE policy_id = 'P-9'; DELETE FROM cover WHERE policy_id = 'P-9'")
    asyncio.run(post.adopt())
    post.apply(ledger.judgments.run(0, 1), ledger.judgments.run(1))
    why = "LookupError: P-9 was told of this judgment, and its terms have not come again so far"
    assert ledger.rows("SELECT reason FROM hold") == ([why] if minutes < 0 else [])
    post.apply(*insured)
    post.publish_all()
    assert post.sent() == before


@pytest.fixture
def listed_anew(post: Post) -> Post:
    """A list of recipients, an alert and a second list, whose notices are on the topic; the ledger forgot all three."""
    copy = post.ledger.position("policies")
    for recipient_id in ("R-1", "R-2"):
        to = a_recipient(recipient_id)
        post.apply(post.ledger.policies.append(some_recipients(to, policy_id="P-1", event_id=f"RS-{recipient_id}")))
        if recipient_id == "R-1":
            post.apply(post.judge("A1"))
    post.publish_all()
    forget_the_judgments(post.ledger)
    post.ledger.run_sql(f"""
        UPDATE policy SET recipients = '[]'; DELETE FROM event WHERE topic = 'policies' AND record_offset >= {copy};
        UPDATE position SET next_offset = {copy} WHERE topic = 'policies'
    """)
    asyncio.run(post.adopt())
    return post


def test_a_list_that_was_replaced_is_not_told_after_the_one_that_replaced_it(listed_anew: Post) -> None:
    """After a restore the lists come again: none is told again, and the newest one stands."""
    post, before = listed_anew, listed_anew.sent()
    lists = post.ledger.policies.run(post.ledger.position("policies"))
    for record in lists.records:
        post.apply(Run(lists.topic, lists.partition, [record]), post.ledger.judgments.run())
    post.publish_all()
    assert post.sent() == before
    assert '"R-2"' in post.ledger.rows("SELECT recipients FROM policy WHERE policy_id = 'P-1'")[0]


def test_who_was_taken_off_a_list_is_not_told_before_the_list_comes_again(listed_anew: Post) -> None:
    """After a restore a judgment may come before the lists: it is told to whom the newest notice on the topic names."""
    post = listed_anew
    post.apply(post.ledger.judgments.run(), post.judge("A2"))
    post.apply(post.ledger.policies.run(post.ledger.position("policies")))
    newer = some_recipients(a_recipient("R-3"), policy_id="P-1", event_id="RS-R-3")
    post.apply(post.ledger.policies.append(newer))
    post.publish_all()
    told: list[Any] = [decode(message.value()) for message in post.read() if message.key() == b"P-1"]
    assert [(n.header.number, [r.recipient_id for r in n.header.recipients]) for n in told] == [
        (1, ["R-1"]), (2, ["R-2"]), (3, ["R-2"]), (4, ["R-3"]),
    ]  # fmt: skip


def test_what_the_hub_did_not_write_is_not_adopted(post: Post) -> None:
    """Whatever else stands on the topic, bytes or an event, is passed over: it stops neither worker nor publisher."""
    post.apply(post.judge("A1"))
    asyncio.run(post.open())
    producer = Producer({"bootstrap.servers": post.kafka})
    for partition in range(4):
        producer.produce(post.site.full("notices"), b"garbage", b"P-1", partition)
        producer.produce(post.site.full("notices"), encode(a_judgment(header=a_header("X"))), b"P-1", partition)
    producer.flush(10)
    assert asyncio.run(post.adopt()) == 0
    post.publish_all()
    assert len(post.read()) == len(POLICIES) + 8
