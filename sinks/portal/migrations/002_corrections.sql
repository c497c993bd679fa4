-- All corrections of a notice revise the notice itself: each is revised by those that come after it.
CREATE OR REPLACE VIEW portal.reading WITH (security_invoker = true) AS
SELECT n.*,
       EXISTS (SELECT FROM portal.openings o WHERE o.notice_id = n.notice_id) AS opened,
       EXISTS (SELECT FROM portal.notices r
               WHERE r.revises = coalesce(n.revises, n.notice_id) AND r.number > n.number) AS revised
FROM portal.notices n;
