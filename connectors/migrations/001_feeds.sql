-- Where the fetching of public feeds stands.

CREATE TABLE feeds.cursor (
    feed     text PRIMARY KEY,
    cursor   text NOT NULL,                       -- the feed's own: a timepoint, the last days with a hash of each
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
