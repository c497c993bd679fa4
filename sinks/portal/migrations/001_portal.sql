-- The portal's tables, made by the sink under the role that owns them.
-- The web process reads them as vigie_portal, which owns nothing and which row level security binds: what it sees hangs
-- on the session whose proof stands in the transaction's `vigie.session`, and on nothing else that it could set.

CREATE SCHEMA IF NOT EXISTS portal;

CREATE TABLE portal.notices (
    notice_id  uuid PRIMARY KEY,
    policy_id  text NOT NULL,
    number     bigint NOT NULL,
    kind       text NOT NULL,
    title      text NOT NULL,
    decided_at timestamptz NOT NULL,
    language   text NOT NULL,
    urgency    text NOT NULL,
    revises    uuid,
    case_id    uuid NOT NULL,
    payload    jsonb NOT NULL,
    search     text NOT NULL,
    stored_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX notices_by_policy ON portal.notices (policy_id, decided_at DESC);
CREATE INDEX notices_by_case ON portal.notices (case_id);
CREATE INDEX notices_by_revised ON portal.notices (revises) WHERE revises IS NOT NULL;

-- Who may read a policy: its recipients as its notice with the highest number leaves them.
CREATE TABLE portal.reader_lists (
    policy_id text PRIMARY KEY,
    number    bigint NOT NULL
);
CREATE TABLE portal.readers (
    policy_id    text NOT NULL,
    recipient_id text NOT NULL,
    email        text NOT NULL CHECK (email = lower(email)),
    kinds        text[] NOT NULL,  -- the kinds of notice that this one gets; empty: every kind
    PRIMARY KEY (policy_id, recipient_id)
);
CREATE INDEX readers_by_email ON portal.readers (email);

-- Links that were asked for. Somebody unknown leaves a row without an address, for the limit by client.
CREATE TABLE portal.links (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email       text,
    client      text NOT NULL,
    language    text NOT NULL,
    destination uuid,
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    token_hash  bytea UNIQUE,
    valid_until timestamptz,
    claimed_at  timestamptz,
    sent_at     timestamptz,
    used_at     timestamptz
);
CREATE INDEX links_by_time ON portal.links (asked_at);
CREATE INDEX links_to_send ON portal.links (id) WHERE sent_at IS NULL AND email IS NOT NULL;

CREATE TABLE portal.sessions (
    key_hash   bytea PRIMARY KEY,
    email      text NOT NULL,
    opened_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);

DO $$
BEGIN
    -- Roles belong to the whole cluster: the operator, or another database's portal, may have made it already.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vigie_portal') THEN
        CREATE ROLE vigie_portal LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;  -- Made in between.
END
$$;

-- The functions below run with their owner's rights: they are all that vigie_portal can reach beyond its rows.
-- None of them tells whether an address is known, and none takes a key that its caller could have chosen for another.

CREATE FUNCTION portal.reader() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = portal, pg_temp
AS $$
    SELECT email FROM portal.sessions
    WHERE key_hash = sha256(convert_to(current_setting('vigie.session', true), 'UTF8'))
      AND expires_at > clock_timestamp()
$$;

-- The policies of whoever is signed in, each with the kinds of notice that he gets of it; no kinds: all of them.
CREATE FUNCTION portal.scope() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = portal, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(policy_id, kinds), '{}') FROM (
        SELECT policy_id, CASE WHEN bool_or(r.kinds = '{}') THEN '[]' ELSE jsonb_agg(DISTINCT kind) END AS kinds
        FROM portal.readers r LEFT JOIN unnest(r.kinds) AS kind ON true
        WHERE r.email = portal.reader()
        GROUP BY policy_id
    ) AS policies
$$;

-- Take note that a link is wanted; the same silence for everybody, known or not, within the limits or past them.
CREATE FUNCTION portal.ask_link(wanted text, asking_client text, in_language text, for_notice uuid)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = portal, pg_temp
AS $$
DECLARE
    known text := (SELECT email FROM portal.readers WHERE email = lower(wanted) LIMIT 1);
    since timestamptz := clock_timestamp() - interval '15 minutes';
BEGIN
    -- One at a time, so that many at once cannot slip past the limits together.
    PERFORM pg_advisory_xact_lock(hashtextextended('portal.links', 0));
    DELETE FROM portal.links WHERE asked_at < clock_timestamp() - interval '1 day';
    IF (SELECT count(*) FROM portal.links WHERE client = asking_client AND asked_at > since) >= 30
       OR (SELECT count(*) FROM portal.links WHERE email = known AND asked_at > since) >= 5 THEN
        RETURN;
    END IF;
    INSERT INTO portal.links (email, client, language, destination)
    VALUES (known, asking_client, in_language, for_notice);
    PERFORM pg_notify('portal_errands', '');
END
$$;

-- Use up a link and open a session under the caller's proof. No row: the link is unknown, used or too old.
CREATE FUNCTION portal.open_session(token text, proof text) RETURNS TABLE (destination uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = portal, pg_temp
AS $$
DECLARE
    link portal.links;
BEGIN
    UPDATE portal.links l SET used_at = clock_timestamp()
    WHERE l.token_hash = sha256(convert_to(token, 'UTF8'))
      AND l.used_at IS NULL AND l.valid_until > clock_timestamp()
    RETURNING l.* INTO link;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DELETE FROM portal.sessions s WHERE s.expires_at < clock_timestamp();
    INSERT INTO portal.sessions (key_hash, email, expires_at)
    VALUES (sha256(convert_to(proof, 'UTF8')), link.email, clock_timestamp() + interval '8 hours');
    RETURN QUERY SELECT link.destination;
END
$$;

CREATE FUNCTION portal.close_session() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = portal, pg_temp
AS $$
    DELETE FROM portal.sessions WHERE key_hash = sha256(convert_to(current_setting('vigie.session', true), 'UTF8'))
$$;

-- Who has opened what, told to the hub by the portal's errands.
CREATE TABLE portal.openings (
    notice_id uuid NOT NULL REFERENCES portal.notices,
    email     text NOT NULL DEFAULT portal.reader(),
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    told      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (notice_id, email)
);
CREATE INDEX openings_to_tell ON portal.openings (opened_at) WHERE NOT told;

-- A notice as its reader sees it. The invoker's rights count, so that row level security holds behind the view too.
CREATE VIEW portal.reading WITH (security_invoker = true) AS
SELECT n.*,
       EXISTS (SELECT FROM portal.openings o WHERE o.notice_id = n.notice_id) AS opened,
       EXISTS (SELECT FROM portal.notices r WHERE r.revises = n.notice_id) AS revised
FROM portal.notices n;

-- Forced: the owner too is bound, and has a policy of its own. So a definer function or the sink that loses it sees nothing.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['notices', 'reader_lists', 'readers', 'links', 'sessions', 'openings'] LOOP
        EXECUTE format('ALTER TABLE portal.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE portal.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON portal.%I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END
$$;
CREATE POLICY reader ON portal.notices FOR SELECT TO vigie_portal USING (
    -- The array lets the index find the policies; the line after it keeps to the kinds declared for this reader.
    policy_id = ANY (ARRAY(SELECT jsonb_object_keys(portal.scope())))
    AND ((SELECT portal.scope()) -> policy_id = '[]' OR (SELECT portal.scope()) -> policy_id ? kind)
);
CREATE POLICY reader ON portal.openings FOR SELECT TO vigie_portal USING (email = (SELECT portal.reader()));
CREATE POLICY opens ON portal.openings FOR INSERT TO vigie_portal WITH CHECK (
    email = (SELECT portal.reader())
    AND EXISTS (SELECT FROM portal.notices n WHERE n.notice_id = openings.notice_id)
);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA portal FROM PUBLIC;
GRANT USAGE ON SCHEMA portal TO vigie_portal;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA portal TO vigie_portal;
GRANT SELECT ON portal.notices, portal.reading TO vigie_portal;
GRANT SELECT (notice_id, email, opened_at), INSERT (notice_id) ON portal.openings TO vigie_portal;
