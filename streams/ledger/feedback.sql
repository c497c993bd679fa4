-- name: fate
-- What the ledger holds of one event: applied, waiting, or neither.
SELECT e.topic, e.partition, e.record_offset, e.occurred_at, e.published_at, e.received_at,
    p.topic, p.partition, p.record_offset, p.broker_at, split_part(p.waits_for, ':', 1),
    (SELECT count(*) FROM ledger.notice AS n WHERE n.cause_key = asked.event_key),
    (SELECT count(*) FROM ledger.repeat AS r WHERE r.event_key = asked.event_key)
FROM (SELECT %(event_key)s::bytea AS event_key) AS asked
LEFT JOIN ledger.event AS e USING (event_key) LEFT JOIN ledger.parked AS p USING (event_key);

-- name: joined
-- Whether a judgment was known when the event told it: an earlier first publication of its case, under another reference.
SELECT EXISTS (
    SELECT FROM ledger.judgment AS told JOIN ledger.judgment AS before USING (case_id)
    WHERE told.event_key = %(event_key)s AND before.reference_key <> told.reference_key
      AND (before.seq, before.record_offset) < (told.seq, told.record_offset)
      AND substring(told.record FROM 2 FOR 4) = ANY(%(first_told)s::bytea[])
      AND substring(before.record FROM 2 FOR 4) = ANY(%(first_told)s::bytea[]));

-- name: refusals_of_event
SELECT event_id, reason, detail, refused_at, topic, partition, record_offset FROM ledger.refusal
WHERE event_key = %(event_key)s ORDER BY refused_at, topic, partition, record_offset LIMIT 100;

-- name: refused_at
SELECT refused_at FROM ledger.refusal
WHERE topic = %(topic)s AND partition = %(partition)s AND record_offset = %(offset)s AND source = %(source)s;

-- name: refusals_of_source
-- Time and place never change and are one refusal's alone: whatever is added, a list goes on where it ended.
SELECT event_id, reason, detail, refused_at, topic, partition, record_offset FROM ledger.refusal
WHERE source = %(source)s
  AND (refused_at, topic, partition, record_offset) < (%(at)s::timestamptz, %(topic)s, %(partition)s, %(offset)s)
ORDER BY refused_at DESC, topic DESC, partition DESC, record_offset DESC LIMIT %(limit)s;

-- name: sources
SELECT DISTINCT source FROM ledger.event WHERE received_at >= %(since)s AND source IS NOT NULL
UNION SELECT source FROM ledger.refusal WHERE refused_at >= %(since)s AND source IS NOT NULL ORDER BY 1;

-- name: events_of_source
-- Seconds: from what happened to its publication, and from there to the broker.
SELECT count(*), count(j.event_key),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM e.published_at - e.occurred_at)),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM e.received_at - e.published_at))
FROM ledger.event AS e
LEFT JOIN ledger.judgment AS j
    ON j.event_key = e.event_key AND substring(j.record FROM 2 FOR 4) <> ALL(%(first_told)s::bytea[])
WHERE e.source = %(source)s AND e.received_at >= %(since)s;

-- name: repeats_of_source
SELECT count(*) FROM ledger.repeat WHERE source = %(source)s AND received_at >= %(since)s;

-- name: refusals_by_reason
SELECT reason, count(*) FROM ledger.refusal WHERE source = %(source)s AND refused_at >= %(since)s
GROUP BY reason ORDER BY 2 DESC, 1;
