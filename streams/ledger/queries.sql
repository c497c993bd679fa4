-- Lists travel in binary (%b): as text each of their items takes psycopg up to 70 times as long.

-- name: create_migration
CREATE TABLE IF NOT EXISTS public.vigie_migration (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: note_migration
-- No row: it was applied before.
INSERT INTO public.vigie_migration (name) VALUES (%s) ON CONFLICT DO NOTHING RETURNING name;

-- name: create_position
-- Where each consumer stands in each log, in the schema that is first in the search_path: the hub's ledger, or a sink's store.
-- The row is the fence: whoever finds it moved changes nothing.
CREATE TABLE IF NOT EXISTS position (
    consumer_group text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    topic_id text NOT NULL,           -- Kafka's id: a topic recreated under the same name has another
    partitions int NOT NULL,          -- of the topic: keys move when it changes
    next_offset bigint NOT NULL,
    slice_after text,                 -- the record at next_offset is told to policies up to this one
    now_at timestamptz NOT NULL,      -- broker time of the last record: never goes back
    PRIMARY KEY (consumer_group, topic, partition)
) WITH (fillfactor = 50);

-- name: lock_position
-- The fence. Nobody else moves this position until we commit.
SELECT next_offset, slice_after, now_at, partitions FROM position
WHERE consumer_group = %s AND topic = %s AND partition = %s FOR UPDATE;

-- name: move_position
UPDATE position SET next_offset = %(next_offset)s, slice_after = %(slice_after)s, now_at = %(now_at)s
WHERE consumer_group = %(group)s AND topic = %(topic)s AND partition = %(partition)s
  AND next_offset = %(was)s AND slice_after IS NOT DISTINCT FROM %(was_after)s;

-- name: read_positions
SELECT topic, partition, topic_id, partitions, next_offset FROM position
WHERE consumer_group = %s AND topic = ANY(%s);

-- name: open_position
-- No row means the start of the log.
INSERT INTO position (consumer_group, topic, partition, topic_id, partitions, next_offset, now_at)
VALUES (%s, %s, %s, %s, %s, %s, 'epoch') ON CONFLICT DO NOTHING;

-- name: lock_keys
-- Sorted, so that two transactions never wait for each other.
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest(%b::text[]) AS name ORDER BY key
) AS sorted;

-- name: read_holds
-- Shared until we commit: whoever lets records go waits for those that we are about to park.
SELECT waits_for FROM ledger.hold FOR SHARE;

-- name: read_events
SELECT event_key, digest, topic, partition, record_offset FROM ledger.event WHERE event_key = ANY(%b::bytea[]);

-- name: read_covers
-- Somewhat more than `most` where there are more, and then all of the last policy among them; `own`: of these alone.
SELECT * FROM (
    SELECT policy_id, buyer_id, cover_id, since, until, amount, currency FROM ledger.cover
    WHERE buyer_id = ANY(%(buyers)b::text[]) AND (%(after)s::text IS NULL OR policy_id > %(after)s)
      AND (%(own)b::text[] IS NULL OR policy_id IN (SELECT unnest(%(own)b::text[])))
    ORDER BY policy_id FETCH FIRST (%(most)s::bigint + 1) ROWS WITH TIES
) AS first ORDER BY buyer_id, policy_id, since;

-- name: read_declared
-- As `read_covers`.
SELECT * FROM (
    SELECT policy_id, buyer_id, declared_on FROM ledger.declared_buyer
    WHERE buyer_id = ANY(%(buyers)b::text[]) AND (%(after)s::text IS NULL OR policy_id > %(after)s)
      AND (%(own)b::text[] IS NULL OR policy_id IN (SELECT unnest(%(own)b::text[])))
    ORDER BY policy_id FETCH FIRST (%(most)s::bigint + 1) ROWS WITH TIES
) AS first ORDER BY buyer_id, policy_id;

-- name: read_judgments
-- Every judgment of the cases that these buyers and references belong to, corrections among them, in order.
WITH met AS (
    SELECT case_id FROM ledger.judgment WHERE buyer_id = ANY(%(buyers)b::text[])
    UNION SELECT case_id FROM ledger.judgment WHERE reference_key = ANY(%(references)b::bytea[])
    UNION SELECT case_id FROM ledger.judgment WHERE corrects_key = ANY(%(references)b::bytea[])
)
SELECT event_key, case_id, record FROM ledger.judgment WHERE case_id = ANY(ARRAY(SELECT case_id FROM met))
ORDER BY seq, record_offset;

-- name: read_told
-- Of a correction that is told in part: who was told before it began. Whoever was alerted since knows it by that.
SELECT policy_id, notice_id, case_id, kind,
    CASE WHEN seq = 0 THEN (SELECT opened_at FROM ledger.promise AS p WHERE p.notice_id = n.notice_id) END AS adopted_at
FROM ledger.notice AS n
WHERE case_id = ANY(%(cases)b::uuid[])
  AND (%(after)s::text IS NULL OR policy_id > %(after)s) AND (%(until)s::text IS NULL OR policy_id <= %(until)s)
  AND (%(own)b::text[] IS NULL OR policy_id IN (SELECT unnest(%(own)b::text[])))
  AND (%(half_told)s::bytea IS NULL OR seq < (SELECT seq FROM ledger.judgment WHERE event_key = %(half_told)s))
  AND (seq > 0 OR cause_key <> ALL(%(due)b::bytea[]))  -- adopted: told by a record that comes again
ORDER BY case_id, policy_id, number;

-- name: read_being_told
-- Of these judgments one that a partition is telling slice by slice.
SELECT p.topic, p.partition, p.next_offset FROM position AS p
JOIN ledger.event AS e ON (e.topic, e.partition, e.record_offset) = (p.topic, p.partition, p.next_offset)
WHERE p.slice_after IS NOT NULL AND e.event_key = ANY(%b::bytea[]) LIMIT 1;

-- name: read_claims
SELECT name, policy_id, claim_id, overdue_id, buyer_id FROM ledger.claim_name WHERE name = ANY(%b::text[])
ORDER BY name, policy_id, claim_id, overdue_id;

-- name: read_payments
-- Those that cite one of the names, and those of the references, each with everything that it cites.
SELECT source, event_id, payment_reference, amount, currency, booked_on, told_policy_id, statement_id, reconciled,
    ARRAY(SELECT how FROM ledger.citation AS c WHERE c.event_key = p.event_key ORDER BY ord),
    ARRAY(SELECT name FROM ledger.citation AS c WHERE c.event_key = p.event_key ORDER BY ord)
FROM ledger.payment AS p
WHERE payment_reference = ANY(%(returned)b::text[])
   OR event_key = ANY(ARRAY(SELECT c.event_key FROM ledger.citation AS c WHERE c.name = ANY(%(named)b::text[])))
ORDER BY event_key;

-- name: read_policies
SELECT policy_id, listed_at, terms, recipients, contact FROM ledger.policy WHERE policy_id = ANY(%b::text[]);

-- name: read_judged_buyers
-- Those of the policies' buyers on whom there is a judgment.
SELECT buyer_id FROM (
    SELECT buyer_id FROM ledger.cover WHERE policy_id = ANY(%(policies)b::text[])
    UNION SELECT buyer_id FROM ledger.declared_buyer WHERE policy_id = ANY(%(policies)b::text[])
) AS held WHERE EXISTS (SELECT FROM ledger.judgment AS j WHERE j.buyer_id = held.buyer_id);

-- name: read_numbers
SELECT policy_id, last_number FROM ledger.policy_number WHERE policy_id = ANY(%b::text[]);

-- name: read_parked
SELECT topic, partition, record_offset, record_key, record, broker_at, waits_for FROM ledger.parked
WHERE waits_for = ANY(%b::text[]) ORDER BY topic, partition, record_offset;

-- name: next_seq
-- Taken after the locks: whoever waited for us comes after us.
SELECT nextval('ledger.commit_seq');

-- name: log_commit
INSERT INTO ledger.commit_log
    (seq, kind, now_at, topic, partition, first_offset, next_offset, slice_after, rules_version, calendar_version, settings_hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s);

-- name: drop_timeline
DELETE FROM ledger.cover WHERE (buyer_id, policy_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]));

-- name: put_declared
INSERT INTO ledger.declared_buyer (policy_id, buyer_id, declared_on) VALUES (%s, %s, %s)
ON CONFLICT (buyer_id, policy_id) DO UPDATE SET declared_on = least(ledger.declared_buyer.declared_on, excluded.declared_on);

-- name: put_policy
INSERT INTO ledger.policy (policy_id, terms, recipients, contact) VALUES (%s, %b::bytea[], %s, %s)
ON CONFLICT (policy_id) DO UPDATE SET terms = excluded.terms, recipients = excluded.recipients, contact = excluded.contact;

-- name: put_notices
-- Notices with their numbers, and the promises to tell them; those adopted may be older than what is known.
WITH told AS (
    SELECT * FROM unnest(
        %b::uuid[], %b::text[], %b::bigint[], %b::uuid[], %b::text[], %b::int2[], %b::uuid[], %b::bytea[], %b::timestamptz[],
        %b::timestamptz[]
    ) AS t (notice_id, policy_id, number, case_id, kind, commitment, revises, cause_key, opened_at, due_at)
), numbers AS (
    INSERT INTO ledger.policy_number AS p (policy_id, last_number)
    SELECT policy_id, max(number) FROM told GROUP BY policy_id
    ON CONFLICT (policy_id) DO UPDATE SET last_number = greatest(p.last_number, excluded.last_number)
), promises AS (
    INSERT INTO ledger.promise (notice_id, commitment, policy_id, case_id, opened_at, due_at)
    SELECT notice_id, commitment, policy_id, case_id, opened_at, due_at FROM told WHERE due_at IS NOT NULL
    ON CONFLICT DO NOTHING
)
INSERT INTO ledger.notice (notice_id, policy_id, number, case_id, kind, commitment, revises, cause_key, seq)
SELECT notice_id, policy_id, number, case_id, kind, commitment, revises, cause_key, %s FROM told;

-- name: keep_promise
UPDATE ledger.promise SET state = CASE WHEN due_at < %(at)s THEN 'told late' ELSE 'kept' END,
    kept_at = %(at)s, evidence = %(evidence)s
WHERE notice_id = %(notice_id)s AND state IN ('running', 'broken');

-- name: open_review
INSERT INTO ledger.review (review_id, reason, detail, policy_id, buyer_id, topic, partition, record_offset, opened_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING;

-- name: settle_reviews
UPDATE ledger.review SET closed_at = %s WHERE review_id = ANY(%b::uuid[]) AND closed_at IS NULL;

-- name: put_claim_name
INSERT INTO ledger.claim_name AS n (name, policy_id, claim_id, overdue_id, buyer_id) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (name, policy_id, claim_id, overdue_id) DO UPDATE SET buyer_id = coalesce(excluded.buyer_id, n.buyer_id);

-- name: put_payment
INSERT INTO ledger.payment
    (event_key, source, event_id, payment_reference, amount, currency, booked_on, told_policy_id, statement_id, reconciled,
     matched_by, policy_id, claim_id, overdue_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (event_key) DO UPDATE SET matched_by = excluded.matched_by, policy_id = excluded.policy_id,
    claim_id = excluded.claim_id, overdue_id = excluded.overdue_id;

-- name: put_citations
INSERT INTO ledger.citation (name, event_key, ord, how)
SELECT * FROM unnest(%b::text[], %b::bytea[], %b::int2[], %b::text[]) ON CONFLICT DO NOTHING;

-- name: put_return
INSERT INTO ledger.payment_return (event_key, payment_key, amount, currency, booked_on, reason_code)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING;

-- name: park
INSERT INTO ledger.parked (topic, partition, record_offset, waits_for, record_key, record, broker_at, event_key)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING;

-- name: unpark
DELETE FROM ledger.parked WHERE topic = %s AND partition = %s AND record_offset = %s;

-- name: hold
INSERT INTO ledger.hold (waits_for, reason) VALUES (%s, %s) ON CONFLICT DO NOTHING;

-- name: clock
SELECT clock_timestamp();

-- name: list_holds
SELECT h.waits_for, h.since, h.reason, count(p.topic)
FROM ledger.hold AS h LEFT JOIN ledger.parked AS p USING (waits_for) GROUP BY h.waits_for ORDER BY h.since
LIMIT %s;

-- name: list_waiting
SELECT waits_for, count(*), min(broker_at) FROM ledger.parked
WHERE waits_for LIKE 'policy:%%' GROUP BY waits_for ORDER BY 3 LIMIT %s;

-- name: list_reviews
SELECT reason, opened_at, policy_id, buyer_id, topic || '/' || partition || ' @ ' || record_offset, detail
FROM ledger.review WHERE closed_at IS NULL ORDER BY opened_at, review_id LIMIT %s;

-- name: list_refusals
SELECT reason, refused_at, source, event_id, topic || '/' || partition || ' @ ' || record_offset, detail
FROM ledger.refusal WHERE %(source)s::text IS NULL OR source = %(source)s
ORDER BY refused_at DESC, topic DESC, partition DESC, record_offset DESC LIMIT %(limit)s;

-- name: list_positions
-- The epoch stands for a partition of which nothing was read.
SELECT topic, partition, next_offset, slice_after, nullif(now_at, 'epoch') AS now_at
FROM position WHERE consumer_group = %s ORDER BY topic, partition;

-- name: accept_position
-- The log is now what it is: from its start where it was recreated or cut short, from where we stand otherwise.
UPDATE position SET topic_id = %(topic_id)s, partitions = %(partitions)s, slice_after = NULL,
    next_offset = CASE WHEN topic_id = %(topic_id)s AND next_offset BETWEEN %(first)s AND %(following)s
                       THEN next_offset ELSE %(first)s END
WHERE consumer_group = %(group)s AND topic = %(topic)s AND partition = %(partition)s;

-- name: accept_lane
-- A partition more is one more lane; a topic that we do not write has none.
INSERT INTO ledger.lane AS l (topic, partition, topic_id) SELECT %(topic)s, %(partition)s, %(topic_id)s
WHERE EXISTS (SELECT FROM ledger.lane WHERE topic = %(topic)s)
ON CONFLICT (topic, partition) DO UPDATE
SET topic_id = excluded.topic_id, published_offset = least(l.published_offset, %(following)s);

-- name: refuse
INSERT INTO ledger.refusal
    (topic, partition, record_offset, source, event_id, event_key, record_key, reason, detail, refused_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING;

-- name: count_source
-- A window that forgets: once it holds a thousand records, it is halved.
INSERT INTO ledger.source AS s (source, received, refused) VALUES (%(source)s, %(received)s, %(refused)s)
ON CONFLICT (source) DO UPDATE SET
    received = CASE WHEN s.received >= 1000 THEN s.received / 2 ELSE s.received END + excluded.received,
    refused = CASE WHEN s.received >= 1000 THEN s.refused / 2 ELSE s.refused END + excluded.refused
RETURNING received, refused;

-- name: forget_lists
-- Where a log is another now, offsets in the old one say nothing of its records.
UPDATE ledger.policy SET listed_at = NULL WHERE listed_at IS NOT NULL;

-- name: put_outbox
INSERT INTO ledger.outbox (topic, partition, seq, entry_ids, record_keys, payloads, headers)
VALUES (%s, %s, %s, %b::text[], %b::bytea[], %b::bytea[], %s);

-- name: open_lane
INSERT INTO ledger.lane (topic, partition, topic_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING;

-- name: read_lanes
SELECT topic, partition, topic_id, published_offset FROM ledger.lane WHERE topic = ANY(%s) ORDER BY topic, partition;

-- name: known_notices
SELECT notice_id FROM ledger.notice WHERE notice_id = ANY(%b::uuid[]);
