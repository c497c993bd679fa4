-- name: known
-- What `notices` repeats is recognised by its id.
SELECT notice_id FROM notice WHERE notice_id = ANY(%(notice_ids)s);

-- name: keep_notice
INSERT INTO notice (notice_id, policy_id, number, kind, revises, send_until, record)
VALUES (%(notice_id)s, %(policy_id)s, %(number)s, %(kind)s, %(revises)s, %(send_until)s, %(record)s)
ON CONFLICT (notice_id) DO NOTHING;

-- name: address_message
-- Somebody who was taken off the list and is on it again is told after all.
INSERT INTO message AS known (notice_id, recipient_id, former, name, address, urgent)
VALUES (%(notice_id)s, %(recipient_id)s, %(former)s, %(name)s, %(address)s, %(urgent)s)
ON CONFLICT (notice_id, recipient_id, former) DO UPDATE
SET state = 'pending', reason = '', due_at = clock_timestamp(), name = excluded.name, address = excluded.address
WHERE known.state = 'withdrawn';

-- name: replace_recipients
INSERT INTO newest_recipients AS known (policy_id, number, recipients)
VALUES (%(policy_id)s, %(number)s, %(recipients)s)
ON CONFLICT (policy_id) DO UPDATE SET number = excluded.number, recipients = excluded.recipients
WHERE known.number < excluded.number;

-- name: look_again
-- What was held because nobody was to be told, from the start or by a later list, may have somebody now.
UPDATE message SET state = 'pending', due_at = clock_timestamp()
FROM notice
WHERE notice.notice_id = message.notice_id AND notice.policy_id = %(policy_id)s
  AND message.state = 'held' AND message.reason = %(no_recipient)s;

-- name: write_again
-- What no template could write is tried anew: whoever starts us may have brought a better one.
UPDATE message SET state = 'pending', due_at = clock_timestamp()
WHERE state = 'held' AND starts_with(reason, 'cannot be written');

-- name: lock_due
-- A correction waits until the same recipient has been told what it corrects, and every earlier correction of it; also
-- while one of these is still addressed to somebody who has left the list: others will get it in their place.
SELECT message.notice_id, message.recipient_id, message.former, message.name, message.address, message.attempts,
       message.fence, message.frozen_on, message.frozen_for, message.template, message.mime,
       message.urgent, notice.policy_id, notice.number, notice.kind, notice.send_until, notice.record,
       newest.number AS newest_number, newest.recipients AS newest
FROM message
JOIN notice USING (notice_id)
LEFT JOIN newest_recipients AS newest USING (policy_id)
WHERE message.state IN ('pending', 'deferred', 'sending') AND message.due_at <= clock_timestamp()
  AND (message.state <> 'sending' OR %(others)s)
  AND NOT EXISTS (
      SELECT FROM notice AS before JOIN message AS earlier USING (notice_id)
      WHERE before.original = notice.original AND before.number < notice.number
        AND (earlier.recipient_id = message.recipient_id
             OR NOT newest.recipients @> jsonb_build_array(jsonb_build_object('recipient_id', earlier.recipient_id)))
        AND (earlier.state IN ('pending', 'deferred', 'sending') OR starts_with(earlier.reason, 'cannot be written'))
  )
ORDER BY message.urgent DESC, message.due_at
LIMIT %(limit)s
FOR UPDATE OF message SKIP LOCKED;

-- name: lease_message
UPDATE message
SET state = 'sending', attempts = attempts + 1, fence = fence + 1, name = %(name)s, address = %(address)s,
    due_at = clock_timestamp() + make_interval(secs => %(lease_s)s),
    frozen_on = %(frozen_on)s, frozen_for = %(address)s, template = %(template)s, mime = %(mime)s
WHERE notice_id = %(notice_id)s AND recipient_id = %(recipient_id)s AND former = %(former)s;

-- name: renew_message
UPDATE message SET due_at = clock_timestamp() + make_interval(secs => %(lease_s)s)
WHERE notice_id = %(notice_id)s AND recipient_id = %(recipient_id)s AND former = %(former)s
  AND state = 'sending' AND fence = %(fence)s;

-- name: set_aside
UPDATE message SET state = %(state)s, reason = %(reason)s, settled_at = clock_timestamp()
WHERE notice_id = %(notice_id)s AND recipient_id = %(recipient_id)s AND former = %(former)s;

-- name: settle
-- The fence: whoever took the message over settles it.
UPDATE message
SET state = %(state)s, reason = %(reason)s, settled_at = %(at)s,
    due_at = clock_timestamp() + make_interval(secs => %(wait_s)s)
WHERE notice_id = %(notice_id)s AND recipient_id = %(recipient_id)s AND former = %(former)s
  AND state = 'sending' AND fence = %(fence)s;

-- name: give_back
-- Taken but not tried.
UPDATE message SET state = 'pending', attempts = attempts - 1, due_at = clock_timestamp()
WHERE notice_id = %(notice_id)s AND recipient_id = %(recipient_id)s AND former = %(former)s
  AND state = 'sending' AND fence = %(fence)s;

-- name: say_why_waiting
-- The mail server is away: what waits for it says so, once.
UPDATE message SET reason = %(reason)s
FROM notice
WHERE notice.notice_id = message.notice_id AND message.state = 'pending' AND message.reason = ''
  AND message.recipient_id <> '' AND message.due_at <= clock_timestamp()
RETURNING message.notice_id, notice.policy_id, message.recipient_id, message.address;
