-- name: notices_by_cause
SELECT cause_key, count(*) FROM ledger.notice GROUP BY cause_key;

-- name: fates
-- Of each event that was read. One that waits for an operator is held as well.
SELECT event_key, 'concerns nobody', '' FROM ledger.event WHERE topic LIKE '%court-judgments'
UNION ALL
SELECT event_key, 'refused', 'by the hub: see the dead letters' FROM ledger.refusal WHERE event_key IS NOT NULL
UNION ALL
SELECT event_key, 'held for review', 'waits for ' || waits_for FROM ledger.parked WHERE event_key IS NOT NULL
UNION ALL
SELECT e.event_key, 'held for review', min(r.reason)
FROM ledger.review AS r JOIN ledger.event AS e USING (topic, partition, record_offset) GROUP BY e.event_key
UNION ALL
SELECT cause_key, 'owed', '' FROM ledger.notice;

-- name: channels
SELECT 'notices topic', count(*), count(*) - coalesce((SELECT sum(cardinality(entry_ids)) FROM ledger.outbox WHERE topic LIKE '%%notices'), 0)
FROM ledger.notice
UNION ALL
SELECT 'portal', (SELECT count(*) FROM ledger.notice), count(*) FROM portal.notices
UNION ALL
SELECT 'e-mail', %(mails)s::bigint, count(*) FROM email.message WHERE state = 'accepted';

-- name: notices_by_list
-- By what decides who is mailed. The demo gives each policy one list of recipients, before its first notice.
SELECT n.kind, coalesce(p.recipients, '[]'), count(*) FROM ledger.notice AS n LEFT JOIN ledger.policy AS p USING (policy_id)
GROUP BY n.kind, p.recipients;

-- name: promises
SELECT state, count(*) FROM ledger.promise GROUP BY state;

-- name: on_its_way
SELECT (SELECT count(*) FROM ledger.outbox)
     + (SELECT count(*) FROM ledger.notice) - (SELECT count(*) FROM portal.notices)
     + (SELECT count(*) FROM ledger.notice) - (SELECT count(*) FROM email.notice)
     + (SELECT count(*) FROM email.message WHERE state IN ('pending', 'sending', 'deferred'))
     + (SELECT count(*) FROM ledger.promise WHERE state = 'running');

-- name: records_read
SELECT coalesce(sum(next_offset), 0) FROM ledger.position WHERE topic = ANY(%s);

-- name: mails
-- In all, and those that are sent.
SELECT count(*), count(*) FILTER (WHERE state = 'accepted') FROM email.message;
