-- A judgment that reaches many policies is told share by share, in the order of their ids. The worker sorts them too,
-- by code points: a database that sorts by a language's rules ('a' before 'B') would pass some over, or tell them twice.
ALTER TABLE ledger.cover ALTER COLUMN policy_id TYPE text COLLATE "C";
ALTER TABLE ledger.declared_buyer ALTER COLUMN policy_id TYPE text COLLATE "C";
ALTER TABLE ledger.notice ALTER COLUMN policy_id TYPE text COLLATE "C";
