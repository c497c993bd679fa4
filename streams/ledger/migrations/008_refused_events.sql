-- Whoever published a record that was refused knows it by its own id: the hash alone tells nobody which it was.
-- Null where the bytes do not tell, and in rows written before this.
ALTER TABLE ledger.refusal ADD COLUMN event_id text;
