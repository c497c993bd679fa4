-- name: know_tail
-- All of it is in the ledger, and nothing of it waits to be sent: whoever comes next need not read it again.
UPDATE ledger.lane AS l SET published_offset = greatest(published_offset, %(end)s)
WHERE topic = %(topic)s AND partition = %(partition)s
  AND NOT EXISTS (SELECT FROM ledger.outbox AS o WHERE o.topic = l.topic AND o.partition = l.partition);

-- name: adopt_list
INSERT INTO ledger.policy (policy_id, terms, recipients, listed_at) VALUES (%s, '{}', %s, %s)
ON CONFLICT (policy_id) DO UPDATE SET recipients = excluded.recipients, listed_at = excluded.listed_at;
