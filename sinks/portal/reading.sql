-- Run as vigie_portal: row level security adds «of this reader's policies» to every one of these.

-- name: sign_on
-- For this transaction alone.
SELECT set_config('vigie.session', %(proof)s, true);

-- name: reader
SELECT portal.reader();

-- name: ask_link
SELECT portal.ask_link(%(email)s, %(client)s, %(language)s, %(destination)s);

-- name: open_session
SELECT destination FROM portal.open_session(%(token)s, %(proof)s);

-- name: close_session
SELECT portal.close_session();

-- name: notices
SELECT * FROM portal.reading
WHERE strpos(search, %(text)s) > 0
  AND (%(kind)s = '' OR kind = %(kind)s)
  AND (%(policy)s = '' OR policy_id = %(policy)s)
  AND NOT (%(unread)s AND opened)
ORDER BY decided_at DESC, policy_id, number DESC
LIMIT %(limit)s OFFSET %(offset)s;

-- name: count
SELECT count(*) FROM portal.reading
WHERE strpos(search, %(text)s) > 0
  AND (%(kind)s = '' OR kind = %(kind)s)
  AND (%(policy)s = '' OR policy_id = %(policy)s)
  AND NOT (%(unread)s AND opened);

-- name: choices
SELECT coalesce(array_agg(DISTINCT policy_id ORDER BY policy_id), '{}') AS policies,
       coalesce(array_agg(DISTINCT kind ORDER BY kind), '{}') AS kinds,
       count(*) FILTER (WHERE NOT opened) AS unread,
       count(*) AS total
FROM portal.reading;

-- name: notice
SELECT * FROM portal.reading WHERE notice_id = %(notice_id)s;

-- name: case
-- The notices of the same business case and policy, oldest first.
SELECT r.* FROM portal.reading r
JOIN portal.notices this ON this.case_id = r.case_id AND this.policy_id = r.policy_id
WHERE this.notice_id = %(notice_id)s
ORDER BY r.number;

-- name: visible
-- How many notices there are for this session; null where there is no session.
SELECT count(*) FROM portal.notices HAVING portal.reader() IS NOT NULL;

-- name: listen
LISTEN portal_notices;

-- name: open
INSERT INTO portal.openings (notice_id) VALUES (%(notice_id)s) ON CONFLICT DO NOTHING;

-- name: wake_errands
SELECT pg_notify('portal_errands', '');

-- name: tables_and_role
-- Whether the tables are there, and whether the role that we came in as could look past its rows.
SELECT to_regclass('portal.reading') IS NOT NULL,
       rolsuper OR rolbypassrls
       OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relnamespace = to_regnamespace('portal'))
FROM pg_roles r WHERE rolname = current_user;
