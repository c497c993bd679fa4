-- name: listen
LISTEN portal_errands;

-- name: claim_link
-- A link that was asked for lately, under a new token. Whoever claimed it before and did not come back is passed over
-- after two minutes: his mail's token, if it went out at all, is no longer the one.
UPDATE portal.links
SET token_hash = sha256(convert_to(%(token)s, 'UTF8')),
    valid_until = clock_timestamp() + interval '15 minutes',
    claimed_at = clock_timestamp()
WHERE id = (
    SELECT id FROM portal.links
    WHERE sent_at IS NULL AND email IS NOT NULL AND asked_at > clock_timestamp() - interval '15 minutes'
      AND (claimed_at IS NULL OR claimed_at < clock_timestamp() - interval '2 minutes')
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, email, language;

-- name: mark_sent
UPDATE portal.links SET sent_at = clock_timestamp() WHERE id = %(id)s;

-- name: issue_link
-- A way in that somebody with the owner's rights hands over in person.
INSERT INTO portal.links (email, client, language, token_hash, valid_until, sent_at)
VALUES (lower(%(email)s), 'issued', 'fr', sha256(convert_to(%(token)s, 'UTF8')),
        clock_timestamp() + make_interval(mins => %(minutes)s), clock_timestamp());

-- name: untold_openings
SELECT o.notice_id, n.policy_id, r.recipient_id, o.email, o.opened_at
FROM portal.openings o
JOIN portal.notices n USING (notice_id)
LEFT JOIN LATERAL (
    SELECT recipient_id FROM portal.readers
    WHERE policy_id = n.policy_id AND email = o.email ORDER BY recipient_id LIMIT 1
) r ON true
WHERE NOT o.told ORDER BY o.opened_at LIMIT 200 FOR UPDATE OF o SKIP LOCKED;

-- name: mark_told
UPDATE portal.openings SET told = true
WHERE (notice_id, email) IN (SELECT * FROM unnest(%(notices)s::uuid[], %(emails)s::text[]));
