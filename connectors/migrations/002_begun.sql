-- Where the topics of a feed ended when the piece was begun that is being published: a fetch that is killed is gone on
-- with from there.
CREATE TABLE feeds.begun (
    feed text PRIMARY KEY,
    ends jsonb NOT NULL                           -- by topic, the next offset of each partition
);
