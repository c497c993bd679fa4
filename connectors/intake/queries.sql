-- name: see_tables
-- Whether our tables are there and may be read: not so before `vigie migrate`.
SELECT FROM intake.provider_key, intake.receipt, ledger.event LIMIT 0;

-- name: create_key
INSERT INTO intake.provider_key (key_id, secret_hash, source, topics) VALUES (%s, %s, %s, %s);

-- name: list_keys
SELECT key_id, source, topics, created_at, revoked_at FROM intake.provider_key ORDER BY source, created_at;

-- name: revoke_keys
-- A key by its id, or every key of a provider.
UPDATE intake.provider_key SET revoked_at = clock_timestamp()
WHERE revoked_at IS NULL AND (key_id = %(name)s OR source = %(name)s) RETURNING key_id;

-- name: read_key
SELECT secret_hash, source, topics FROM intake.provider_key WHERE key_id = %s AND revoked_at IS NULL;

-- name: claim
-- Sorted, so that two batches never wait for each other.
INSERT INTO intake.receipt (event_key, digest, topic)
SELECT event_key, digest, %(topic)s FROM unnest(%(keys)b::bytea[], %(digests)b::bytea[]) AS asked (event_key, digest)
ORDER BY event_key ON CONFLICT DO NOTHING;

-- name: standing
-- What is known of each event: our receipt or claim, and what the hub has applied, by whichever route it came.
SELECT asked.event_key, r.digest, r.partition, r.record_offset, e.digest, e.partition, e.record_offset
FROM unnest(%(keys)b::bytea[]) AS asked (event_key)
LEFT JOIN intake.receipt AS r USING (event_key) LEFT JOIN ledger.event AS e USING (event_key)
WHERE r.event_key IS NOT NULL OR e.event_key IS NOT NULL;

-- name: lock_claims
SELECT FROM intake.receipt WHERE event_key = ANY(%(keys)b) ORDER BY event_key FOR UPDATE;

-- name: give_places
-- The first place stands: whoever comes second gets the same receipt.
UPDATE intake.receipt AS r SET digest = given.digest, partition = given.partition, record_offset = given.record_offset
FROM unnest(%(keys)b::bytea[], %(digests)b::bytea[], %(partitions)b::int[], %(offsets)b::bigint[])
    AS given (event_key, digest, partition, record_offset)
WHERE r.event_key = given.event_key AND r.record_offset IS NULL;

-- name: read_places
SELECT event_key, partition, record_offset FROM intake.receipt WHERE event_key = ANY(%(keys)b);

-- name: read_receipt
SELECT topic, partition, record_offset FROM intake.receipt
WHERE event_key = %(event_key)s AND record_offset IS NOT NULL;
