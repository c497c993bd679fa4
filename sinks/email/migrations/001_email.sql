-- The e-mail sink's tables, in its own schema.

-- A notice, once, in the bytes that came from `notices`.
CREATE TABLE notice (
    notice_id  uuid PRIMARY KEY,
    policy_id  text NOT NULL,
    number     bigint NOT NULL,
    kind       text NOT NULL,
    revises    uuid,
    send_until timestamptz,
    record     bytea NOT NULL
);

-- Who is to be told, by the newest RecipientsChanged. No row: whom the notice itself names.
CREATE TABLE newest_recipients (
    policy_id  text PRIMARY KEY,
    number     bigint NOT NULL,
    recipients jsonb NOT NULL
);

-- One message: a notice to a recipient. A notice that nobody is to be told of has one to nobody (''), which is held.
CREATE TABLE message (
    notice_id    uuid NOT NULL REFERENCES notice,
    recipient_id text NOT NULL,
    -- Told of a change because it takes this address off the list: the newest list does not matter to it.
    former       bool NOT NULL DEFAULT false,
    name         text NOT NULL,
    address      text NOT NULL,
    state        text NOT NULL DEFAULT 'pending'
                 CHECK (state IN ('pending', 'sending', 'deferred', 'accepted', 'bounced', 'held', 'withdrawn')),
    reason       text NOT NULL DEFAULT '',  -- why it is held or withdrawn; else what the server last answered
    attempts     int NOT NULL DEFAULT 0,
    urgent       bool NOT NULL,
    -- When it is taken next; while it is being sent, when the lease on it ends.
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    fence        bigint NOT NULL DEFAULT 0,
    -- Frozen when first taken for sending; anew only where the day or the address is another.
    frozen_on    date,
    frozen_for   text,
    template     text,
    mime         bytea,
    settled_at   timestamptz,
    PRIMARY KEY (notice_id, recipient_id, former)
);
CREATE INDEX message_due ON message (urgent DESC, due_at) WHERE state IN ('pending', 'deferred', 'sending');
CREATE INDEX message_stuck ON message (state) WHERE state IN ('held', 'bounced');
