-- Money that came, and the claims that it may be for.

-- Names by which a payment may cite a claim or a report of unpaid invoices: upper case letters and digits.
CREATE TABLE ledger.claim_name (
    name text NOT NULL,
    policy_id text NOT NULL,
    claim_id text,                    -- null: reported as overdue, no claim so far
    overdue_id text,
    buyer_id text,
    UNIQUE NULLS NOT DISTINCT (name, policy_id, claim_id, overdue_id)
);

CREATE TABLE ledger.payment (
    event_key bytea PRIMARY KEY,
    source text NOT NULL,
    event_id text NOT NULL,
    payment_reference text NOT NULL,
    amount numeric NOT NULL,
    currency text NOT NULL,
    booked_on date NOT NULL,
    told_policy_id text,              -- the only policy that it can be for, where the provider says so
    statement_id text,
    reconciled boolean,               -- false: the sums of its statement are wrong, nothing may be remitted from it unseen
    matched_by text CHECK (matched_by IN ('concerned', 'creditor_reference', 'end_to_end_id', 'free_text')),
    policy_id text,                   -- what it is for; all null where none or several are possible
    claim_id text,
    overdue_id text,                  -- where no claim has come of the report
    CHECK ((matched_by IS NULL) = (policy_id IS NULL) AND (matched_by IS NULL) = (claim_id IS NULL AND overdue_id IS NULL))
);
CREATE INDEX ON ledger.payment (payment_reference);

-- What each payment cites, so that a claim that comes later finds it.
CREATE TABLE ledger.citation (
    name text NOT NULL,
    event_key bytea NOT NULL,         -- of the payment
    ord smallint NOT NULL,            -- the surest first
    how text NOT NULL,
    PRIMARY KEY (name, event_key)
);
CREATE INDEX ON ledger.citation (event_key);

-- Payments that came back, each beside the one that had come.
CREATE TABLE ledger.payment_return (
    event_key bytea PRIMARY KEY,
    payment_key bytea NOT NULL,       -- event_key of the payment
    amount numeric NOT NULL,          -- as booked: negative
    currency text NOT NULL,
    booked_on date NOT NULL,
    reason_code text
);
CREATE INDEX ON ledger.payment_return (payment_key);
