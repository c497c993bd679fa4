-- Terms that come later than they take effect: what their policy holds is looked for.
CREATE INDEX ON ledger.cover (policy_id);
CREATE INDEX ON ledger.declared_buyer (policy_id);
