-- The HTTP intake: who may publish, and what each of them holds a receipt for.

CREATE TABLE intake.provider_key (
    key_id text PRIMARY KEY,          -- the part that may be shown
    secret_hash bytea NOT NULL,       -- SHA-256 of 256 random bits: nothing to guess, so nothing to slow down
    source text NOT NULL,             -- the only `source` that its records may name
    topics text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz
);

-- What was promised to whom. A row without a place is a claim: its record may be on the topic, and nobody was told so yet.
CREATE TABLE intake.receipt (
    event_key bytea PRIMARY KEY,      -- as in ledger.event
    digest bytea NOT NULL,            -- as in ledger.event
    topic text NOT NULL,              -- without the prefix
    partition int,
    record_offset bigint,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((partition IS NULL) = (record_offset IS NULL))
) WITH (fillfactor = 60);
