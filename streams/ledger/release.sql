-- name: next_waiting
SELECT topic, partition, record_offset, record_key, record, broker_at, waits_for FROM ledger.parked
WHERE waits_for = %s ORDER BY topic, partition, record_offset LIMIT %s;

-- name: lock_waiting
SELECT FROM ledger.parked WHERE topic = %s AND partition = %s AND record_offset = %s AND waits_for = %s FOR UPDATE;

-- name: lift_hold
DELETE FROM ledger.hold WHERE waits_for = %s;

-- name: forget_source
-- Its last records are judged afresh.
DELETE FROM ledger.source WHERE 'source:' || source = %s;

-- name: close_quarantined
UPDATE ledger.review SET closed_at = %s
WHERE reason = 'quarantined' AND closed_at IS NULL AND topic = %s AND partition = %s AND record_offset = %s;
