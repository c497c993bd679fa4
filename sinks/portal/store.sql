-- name: store
-- One row for each notice that was not there yet; what came before is not touched.
INSERT INTO portal.notices
    (notice_id, policy_id, number, kind, title, decided_at, language, urgency, revises, case_id, payload, search)
SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(
    notice_id uuid, policy_id text, number bigint, kind text, title text, decided_at timestamptz,
    language text, urgency text, revises uuid, case_id uuid, payload jsonb, search text)
ON CONFLICT (notice_id) DO NOTHING
RETURNING notice_id;

-- name: list_numbers
-- Up to which notice the readers of each policy are known.
SELECT policy_id, number FROM portal.reader_lists WHERE policy_id = ANY(%(policies)s);

-- name: set_list_numbers
INSERT INTO portal.reader_lists (policy_id, number)
SELECT * FROM unnest(%(policies)s::text[], %(numbers)s::bigint[])
ON CONFLICT (policy_id) DO UPDATE SET number = excluded.number;

-- name: readers
SELECT policy_id, recipient_id, email, kinds FROM portal.readers WHERE policy_id = ANY(%(policies)s);

-- name: drop_readers
DELETE FROM portal.readers WHERE policy_id = ANY(%(policies)s);

-- name: add_readers
INSERT INTO portal.readers (policy_id, recipient_id, email, kinds)
SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(policy_id text, recipient_id text, email text, kinds text[]);

-- name: wake
SELECT pg_notify('portal_notices', '');
