-- name: claim_lanes
-- Free: never leased, expired, or its owner's backend is gone.
UPDATE ledger.lane SET fence = fence + 1, leased_until = clock_timestamp() + %(lease)s,
    owner_pid = a.pid, owner_started = a.backend_start
FROM pg_stat_activity AS a
WHERE a.pid = pg_backend_pid() AND topic = ANY(%(topics)s) AND (
    leased_until < clock_timestamp()
    OR NOT EXISTS (SELECT FROM pg_stat_activity AS o WHERE o.pid = owner_pid AND o.backend_start = owner_started))
RETURNING topic, partition, fence, published_offset;

-- name: renew_lane
UPDATE ledger.lane SET leased_until = clock_timestamp() + %s WHERE topic = %s AND partition = %s AND fence = %s;

-- name: free_lane
UPDATE ledger.lane SET leased_until = '-infinity' WHERE topic = %s AND partition = %s AND fence = %s;

-- name: read_outbox
SELECT seq, entry_ids, record_keys, payloads, headers FROM ledger.outbox
WHERE topic = %s AND partition = %s ORDER BY seq LIMIT %s;

-- name: record_published
-- The broker has them: forget them, and remember how far the topic is known. Nothing at all where the fence has moved.
WITH kept AS (
    UPDATE ledger.lane
    SET published_offset = greatest(published_offset, %(end)s), leased_until = clock_timestamp() + %(lease)s
    WHERE topic = %(topic)s AND partition = %(partition)s AND fence = %(fence)s
    RETURNING topic, partition
)
DELETE FROM ledger.outbox AS o USING kept
WHERE o.topic = kept.topic AND o.partition = kept.partition AND o.seq = ANY(%(seqs)s);
