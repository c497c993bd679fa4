-- name: create_delivery_tables
-- What became of each notice, in the schema of the sink that told it. A row is kept once published: it is the evidence.
CREATE TABLE IF NOT EXISTS delivery_outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     uuid NOT NULL UNIQUE,
    policy_id    text NOT NULL,
    record       bytea NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz
);
CREATE INDEX IF NOT EXISTS delivery_outbox_waiting ON delivery_outbox (id) WHERE published_at IS NULL;
CREATE TABLE IF NOT EXISTS delivery_lease (
    only_one bool PRIMARY KEY DEFAULT true CHECK (only_one),
    holder   uuid NOT NULL,
    fence    bigint NOT NULL,
    until    timestamptz NOT NULL
);

-- name: record
-- The first word on a state of a delivery stands: a repeat is the same event and changes nothing.
INSERT INTO delivery_outbox (event_id, policy_id, record)
VALUES (%(event_id)s, %(policy_id)s, %(record)s)
ON CONFLICT (event_id) DO NOTHING;

-- name: take_lease
-- One publisher at a time. Whoever takes over raises the fence, so that the one before can mark nothing more.
INSERT INTO delivery_lease AS lease (holder, fence, until)
VALUES (%(holder)s, 1, clock_timestamp() + make_interval(secs => %(lease_s)s))
ON CONFLICT (only_one) DO UPDATE
SET holder = excluded.holder,
    until = excluded.until,
    fence = lease.fence + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END
WHERE lease.holder = excluded.holder OR lease.until < clock_timestamp()
RETURNING fence;

-- name: free_lease
UPDATE delivery_lease SET until = '-infinity' WHERE holder = %(holder)s;

-- name: waiting
SELECT id, policy_id, record FROM delivery_outbox WHERE published_at IS NULL ORDER BY id LIMIT %(limit)s;

-- name: mark_published
UPDATE delivery_outbox SET published_at = clock_timestamp()
WHERE id = ANY(%(ids)s) AND EXISTS (SELECT FROM delivery_lease WHERE holder = %(holder)s AND fence = %(fence)s);
