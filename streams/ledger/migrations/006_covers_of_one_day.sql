-- A policy may have several covers on a buyer that begin on one day: an underwriter numbers a reduction as a cover anew.
ALTER TABLE ledger.cover DROP CONSTRAINT cover_pkey, ADD PRIMARY KEY (buyer_id, policy_id, since, cover_id);
