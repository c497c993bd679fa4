-- name: claim
-- One fetch of a feed at a time. The lock goes with the session: a process that is killed leaves none behind.
SELECT pg_try_advisory_lock(hashtextextended('vigie fetch ' || %s, 0));

-- name: read_cursor
SELECT cursor FROM feeds.cursor WHERE feed = %s;

-- name: move_cursor
INSERT INTO feeds.cursor (feed, cursor) VALUES (%s, %s)
ON CONFLICT (feed) DO UPDATE SET cursor = EXCLUDED.cursor, moved_at = clock_timestamp();

-- name: read_begun
SELECT ends FROM feeds.begun WHERE feed = %s;

-- name: begin
INSERT INTO feeds.begun (feed, ends) VALUES (%s, %s) ON CONFLICT DO NOTHING;

-- name: end
DELETE FROM feeds.begun WHERE feed = %s;
