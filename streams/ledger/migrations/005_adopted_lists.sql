-- A ledger that came back from a copy takes each policy's newest recipients from what `notices` holds: the lists that
-- stand before it on `policies` come again, and were replaced. Offset of its record there; null: nothing was adopted.
ALTER TABLE ledger.policy ADD COLUMN listed_at bigint;
