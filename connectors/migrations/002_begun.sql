-- Where the topics of a feed ended before anything was published there that the feed may give again: whoever comes
-- after a fetch that was killed looks from there.
CREATE TABLE feeds.begun (
    feed text PRIMARY KEY,
    ends jsonb NOT NULL                           -- by topic, the next offset of each partition
);
