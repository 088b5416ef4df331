-- All statements lock rows in the order of the articles' ids, so that they never deadlock.

-- name: mark_signed
INSERT INTO copydesk.pending_article AS u (profile_id, article_id, stage, published_at, rearranged)
SELECT s.profile_id, s.article_id, 'signed', s.published_at, %(rearranged)s FROM copydesk.sketch s
WHERE s.profile_id = %(profile_id)s AND s.article_id = ANY(%(articles)s)
ORDER BY s.article_id
ON CONFLICT (profile_id, article_id) DO UPDATE
SET stage = 'signed', published_at = excluded.published_at, since = now(),
    rearranged = u.rearranged OR excluded.rearranged
WHERE (u.stage, u.published_at, u.rearranged)
      <> ('signed', excluded.published_at, u.rearranged OR excluded.rearranged);

-- name: list_rearranged
SELECT article_id FROM copydesk.pending_article
WHERE profile_id = %(profile_id)s AND stage = %(stage)s AND rearranged
ORDER BY article_id;

-- name: list_unmatched
SELECT article_id FROM copydesk.pending_article
WHERE profile_id = %(profile_id)s AND stage = 'signed' AND article_id = ANY(%(articles)s)
ORDER BY article_id;

-- name: mark_matched
UPDATE copydesk.pending_article u SET stage = 'matched'
FROM (SELECT article_id FROM copydesk.pending_article
      WHERE profile_id = %(profile_id)s AND stage = 'signed' AND article_id = ANY(%(articles)s)
      ORDER BY article_id FOR UPDATE) n
WHERE u.profile_id = %(profile_id)s AND u.article_id = n.article_id;

-- name: delete_folded
DELETE FROM copydesk.pending_article u
USING (SELECT article_id FROM copydesk.pending_article
       WHERE profile_id = %(profile_id)s AND stage = 'matched' AND article_id = ANY(%(articles)s)
       ORDER BY article_id FOR UPDATE) n
WHERE u.profile_id = %(profile_id)s AND u.article_id = n.article_id;

-- name: list_pending
-- In order of time from a position on, so that articles that are compared and folded together are in one batch.
SELECT published_at, article_id FROM copydesk.pending_article
WHERE profile_id = %(profile_id)s AND stage = %(stage)s
  AND (published_at, article_id) > (%(after_time)s::timestamptz, %(after_id)s::uuid)
ORDER BY published_at, article_id LIMIT %(limit)s;

-- name: count_pending
SELECT count(*) FROM copydesk.pending_article WHERE profile_id = %(profile_id)s;

-- name: count_pending_in_stage
SELECT count(*) FROM copydesk.pending_article WHERE profile_id = %(profile_id)s AND stage = %(stage)s;

-- name: list_busy_generations
-- Generations in which signing, matching or folding is in progress or was interrupted.
SELECT DISTINCT profile_id FROM copydesk.pending_article;
