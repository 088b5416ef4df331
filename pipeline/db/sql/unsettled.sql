-- Rows are taken in the order of the articles' ids by all, so that nobody deadlocks.

-- name: mark_signed
INSERT INTO copydesk.unsettled AS u (profile_id, article_id, stage)
SELECT %(profile_id)s, n.article_id, 'signed' FROM unnest(%(articles)s::uuid[]) AS n (article_id) ORDER BY n.article_id
ON CONFLICT (profile_id, article_id) DO UPDATE SET stage = 'signed', since = now() WHERE u.stage <> 'signed';

-- name: mark_matched
UPDATE copydesk.unsettled u SET stage = 'matched'
FROM (SELECT article_id FROM copydesk.unsettled
      WHERE profile_id = %(profile_id)s AND stage = 'signed' AND article_id = ANY(%(articles)s)
      ORDER BY article_id FOR UPDATE) n
WHERE u.profile_id = %(profile_id)s AND u.article_id = n.article_id;

-- name: settle
DELETE FROM copydesk.unsettled u
USING (SELECT article_id FROM copydesk.unsettled
       WHERE profile_id = %(profile_id)s AND stage = 'matched' AND article_id = ANY(%(articles)s)
       ORDER BY article_id FOR UPDATE) n
WHERE u.profile_id = %(profile_id)s AND u.article_id = n.article_id;

-- name: list
-- In order of time, so that what is compared and folded lies near.
SELECT u.article_id FROM copydesk.unsettled u
JOIN copydesk.sketch s ON s.profile_id = u.profile_id AND s.article_id = u.article_id
WHERE u.profile_id = %(profile_id)s AND u.stage = %(stage)s
ORDER BY s.published_at, u.article_id LIMIT %(limit)s;

-- name: count
SELECT count(*) FROM copydesk.unsettled WHERE profile_id = %(profile_id)s;

-- name: count_stage
SELECT count(*) FROM copydesk.unsettled WHERE profile_id = %(profile_id)s AND stage = %(stage)s;
