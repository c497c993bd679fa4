-- What providers are told of their events: whose each is, when it came, and what became of those that were not applied.
-- Rows written before this have no source: they are in nobody's scorecard.
ALTER TABLE ledger.event
    ADD COLUMN source text,
    ADD COLUMN occurred_at timestamptz,
    ADD COLUMN published_at timestamptz,
    ADD COLUMN received_at timestamptz;   -- when the broker appended it
CREATE INDEX ON ledger.event USING brin (received_at) WITH (autosummarize = on);
CREATE INDEX ON ledger.notice (cause_key);

ALTER TABLE ledger.parked ADD COLUMN event_key bytea;
CREATE INDEX ON ledger.parked (event_key) WHERE event_key IS NOT NULL;

ALTER TABLE ledger.refusal ADD COLUMN event_key bytea;   -- null where the bytes do not tell
CREATE INDEX ON ledger.refusal (event_key) WHERE event_key IS NOT NULL;
CREATE INDEX ON ledger.refusal (source, refused_at);

-- The same event again, with the same content: it changed nothing.
CREATE TABLE ledger.repeat (
    event_key bytea NOT NULL,
    source text NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX ON ledger.repeat (event_key);
CREATE INDEX ON ledger.repeat (source, received_at);
