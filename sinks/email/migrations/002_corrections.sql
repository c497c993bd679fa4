-- All corrections of a notice revise the notice itself: each waits for it, and for those before.
ALTER TABLE notice ADD COLUMN original uuid NOT NULL GENERATED ALWAYS AS (coalesce(revises, notice_id)) STORED;
CREATE INDEX notice_by_original ON notice (original, number);
