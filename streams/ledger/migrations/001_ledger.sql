-- The ledger: what was received, what is known, what is owed, what was promised. One transaction per run changes it.
CREATE SEQUENCE ledger.commit_seq;

-- The true order of everything that changed the ledger, for replay and audit.
CREATE TABLE ledger.commit_log (
    seq bigint PRIMARY KEY,
    kind text NOT NULL,               -- run, or resume: what an operator let go
    now_at timestamptz NOT NULL,      -- the `now` of its last decision
    topic text NOT NULL,
    partition int NOT NULL,
    first_offset bigint NOT NULL,
    next_offset bigint NOT NULL,
    slice_after text,
    rules_version text NOT NULL,
    calendar_version text NOT NULL,
    settings_hash text NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Every event ever applied: the same source and event_id is the same event, by whichever route it comes.
CREATE TABLE ledger.event (
    event_key bytea PRIMARY KEY,      -- hash of source and event_id
    digest bytea NOT NULL,            -- hash of its content, without published_at
    topic text NOT NULL,
    partition int NOT NULL,
    record_offset bigint NOT NULL
);

CREATE TABLE ledger.judgment (
    event_key bytea PRIMARY KEY,
    seq bigint NOT NULL,              -- of the commit
    record_offset bigint NOT NULL,    -- order within it
    case_id uuid NOT NULL,
    buyer_id text,
    reference_key bytea NOT NULL,     -- hash of source and reference
    corrects_key bytea,               -- hash of source and the reference it corrects
    record bytea NOT NULL             -- the event as received
);
CREATE INDEX ON ledger.judgment (case_id);
CREATE INDEX ON ledger.judgment (buyer_id) WHERE buyer_id IS NOT NULL;
CREATE INDEX ON ledger.judgment (reference_key);
CREATE INDEX ON ledger.judgment (corrects_key) WHERE corrects_key IS NOT NULL;

CREATE TABLE ledger.cover (
    buyer_id text NOT NULL,
    policy_id text NOT NULL,
    since date NOT NULL,
    until date,
    cover_id text NOT NULL,
    amount numeric NOT NULL,
    currency text NOT NULL,
    PRIMARY KEY (buyer_id, policy_id, since)
);

CREATE TABLE ledger.declared_buyer (
    buyer_id text NOT NULL,
    policy_id text NOT NULL,
    declared_on date NOT NULL,
    PRIMARY KEY (buyer_id, policy_id)
);

CREATE TABLE ledger.policy (
    policy_id text PRIMARY KEY,
    terms bytea[] NOT NULL,           -- PolicyTermsSet in order of effect, as Avro
    recipients text,                  -- the newest list, as JSON
    contact text                      -- the newest contact, as JSON
);

-- The last running number given to a policy: its notices have no gap.
CREATE TABLE ledger.policy_number (
    policy_id text PRIMARY KEY,
    last_number bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE ledger.notice (
    notice_id uuid PRIMARY KEY,
    policy_id text NOT NULL,
    number bigint NOT NULL,
    case_id uuid NOT NULL,
    kind text NOT NULL,
    commitment smallint NOT NULL,
    revises uuid,
    cause_key bytea NOT NULL,         -- event_key of its cause
    seq bigint NOT NULL,              -- of the commit; 0 where it was adopted from the topic
    UNIQUE (policy_id, number)
);
CREATE INDEX ON ledger.notice (case_id);

CREATE TABLE ledger.promise (
    notice_id uuid PRIMARY KEY,
    commitment smallint NOT NULL,
    policy_id text NOT NULL,
    case_id uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'kept', 'told late', 'broken', 'cancelled')),
    kept_at timestamptz,
    evidence text
);
CREATE INDEX ON ledger.promise (due_at) WHERE state = 'running';

-- What a person must look at.
CREATE TABLE ledger.review (
    review_id uuid PRIMARY KEY,
    reason text NOT NULL,
    detail text NOT NULL,
    policy_id text,
    buyer_id text,
    topic text NOT NULL,
    partition int NOT NULL,
    record_offset bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);

-- Records that wait: for a policy to appear, behind a quarantined key, for a source to be resumed.
CREATE TABLE ledger.parked (
    topic text NOT NULL,
    partition int NOT NULL,
    record_offset bigint NOT NULL,
    waits_for text NOT NULL,          -- policy:…, key:<topic>:…, source:…
    record_key bytea,
    record bytea NOT NULL,
    broker_at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, record_offset)
);
CREATE INDEX ON ledger.parked (waits_for);

-- What holds later records back until an operator lets them go.
CREATE TABLE ledger.hold (
    waits_for text PRIMARY KEY,       -- key:<topic>:…, source:…
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE ledger.refusal (
    topic text NOT NULL,
    partition int NOT NULL,
    record_offset bigint NOT NULL,
    source text,                      -- null where the bytes do not tell
    record_key bytea,
    reason text NOT NULL,
    detail text NOT NULL,
    refused_at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, record_offset)
);

-- How the last records of each source fared, to pause one that goes wrong.
CREATE TABLE ledger.source (
    source text PRIMARY KEY,
    received bigint NOT NULL,         -- in the window
    refused bigint NOT NULL
);

-- What is to be sent: one row per commit, topic and partition; deleted once the broker has it.
CREATE TABLE ledger.outbox (
    topic text NOT NULL,
    partition int NOT NULL,
    seq bigint NOT NULL,
    entry_ids text[] NOT NULL,
    record_keys bytea[] NOT NULL,
    payloads bytea[] NOT NULL,
    headers jsonb NOT NULL,           -- for each record a list of [name, value]; [] for none at all
    PRIMARY KEY (topic, partition, seq)
);
ALTER TABLE ledger.outbox ALTER COLUMN payloads SET STORAGE EXTERNAL;

-- One publisher per partition that we write: a lease with a fence, and how far the topic is known to hold what was sent.
CREATE TABLE ledger.lane (
    topic text NOT NULL,
    partition int NOT NULL,
    topic_id text NOT NULL,
    published_offset bigint NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    owner_pid int,                    -- the owner's backend: gone, so is the lease
    owner_started timestamptz,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
