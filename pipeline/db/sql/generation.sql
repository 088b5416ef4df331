-- name: lock_live_shared
-- The live generation stays live until the transaction ends.
SELECT pg_advisory_xact_lock_shared(hashtextextended('copydesk.profile', 0));

-- name: lock_live_exclusive
-- Waits for every transaction that signs, matches or folds under the live profile, and keeps new ones waiting.
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.profile', 0));

-- name: get_live
SELECT profile_id, params, state FROM copydesk.profile WHERE state = 'live';

-- name: find_by_prefix
SELECT profile_id, params, state FROM copydesk.profile WHERE profile_id LIKE %(prefix)s ORDER BY profile_id;

-- name: lock_state
-- Prevents that the generation is retired or swapped while a batch of it is built.
SELECT state FROM copydesk.profile WHERE profile_id = %(profile_id)s FOR SHARE;

-- name: lock_exclusive
-- Keeps whoever builds, lands or swaps this generation waiting; runs under the live one, and readers, go on.
SELECT state FROM copydesk.profile WHERE profile_id = %(profile_id)s FOR NO KEY UPDATE;

-- name: reopen
UPDATE copydesk.profile SET state = 'building' WHERE profile_id = %(profile_id)s AND state = 'retired';

-- name: list_generations
-- A generation's size is its share of the tables by the number of sketches: counting bytes would read every row.
-- Its stories are those that `copydesk stories` and the views list: without killed ones.
WITH part AS (
    SELECT profile_id, count(*) AS articles FROM copydesk.sketch GROUP BY profile_id
), room AS (
    SELECT sum(pg_total_relation_size(c.oid)) AS bytes FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'profile_id'
    WHERE c.relnamespace = 'copydesk'::regnamespace AND c.relkind = 'r'
)
SELECT p.profile_id, p.state, p.params, coalesce(part.articles, 0) AS articles,
       (SELECT count(*) FROM copydesk.story s WHERE s.profile_id = p.profile_id AND s.state = 'live') AS stories,
       (SELECT count(*) FROM copydesk.pending_article u WHERE u.profile_id = p.profile_id) AS pending_articles,
       coalesce((room.bytes * part.articles / nullif((SELECT sum(articles) FROM part), 0))::bigint, 0) AS size_bytes,
       p.created_at, p.live_since
FROM copydesk.profile p CROSS JOIN room LEFT JOIN part ON part.profile_id = p.profile_id
ORDER BY p.state = 'live' DESC, p.created_at, p.profile_id;

-- name: list_outdated
-- Articles without a current sketch in this generation, in order of time from a position on.
SELECT a.published_at, a.article_id
FROM copydesk.article a
LEFT JOIN copydesk.sketch s ON s.profile_id = %(profile_id)s AND s.article_id = a.article_id
WHERE (a.published_at, a.article_id) > (%(after_time)s::timestamptz, %(after_id)s::uuid)
  AND (s.version_id, s.published_at, s.withdrawn) IS DISTINCT FROM (
      CASE WHEN a.withdrawn THEN (
          SELECT v.version_id FROM copydesk.article_version v WHERE v.article_id = a.article_id
          ORDER BY v.notice IN ('kill', 'withhold'), v.fetched_at DESC, v.version_id DESC LIMIT 1)
      ELSE a.current_version END, a.published_at, a.withdrawn)
ORDER BY a.published_at, a.article_id LIMIT %(limit)s;

-- name: list_missing
-- As `list_outdated`, without an order, with those that are signed and not yet folded.
(SELECT a.article_id
 FROM copydesk.article a
 LEFT JOIN copydesk.sketch s ON s.profile_id = %(profile_id)s AND s.article_id = a.article_id
 WHERE (s.version_id, s.published_at, s.withdrawn) IS DISTINCT FROM (
       CASE WHEN a.withdrawn THEN (
           SELECT v.version_id FROM copydesk.article_version v WHERE v.article_id = a.article_id
           ORDER BY v.notice IN ('kill', 'withhold'), v.fetched_at DESC, v.version_id DESC LIMIT 1)
       ELSE a.current_version END, a.published_at, a.withdrawn)
 LIMIT %(limit)s)
UNION
SELECT article_id FROM copydesk.pending_article WHERE profile_id = %(profile_id)s;

-- name: count_outdated
SELECT count(*)
FROM copydesk.article a
LEFT JOIN copydesk.sketch s ON s.profile_id = %(profile_id)s AND s.article_id = a.article_id
WHERE (s.version_id, s.published_at, s.withdrawn) IS DISTINCT FROM (
      CASE WHEN a.withdrawn THEN (
          SELECT v.version_id FROM copydesk.article_version v WHERE v.article_id = a.article_id
          ORDER BY v.notice IN ('kill', 'withhold'), v.fetched_at DESC, v.version_id DESC LIMIT 1)
      ELSE a.current_version END, a.published_at, a.withdrawn);

-- name: list_violations
SELECT what, profile_id, id FROM ({query}) AS found WHERE profile_id = {profile_id} LIMIT 3;

-- name: analyze
-- Without statistics for a profile's rows the planner expects few of them and chooses a nested loop.
ANALYZE copydesk.sketch, copydesk.sketch_key, copydesk.edge, copydesk.story, copydesk.story_member,
        copydesk.story_redirect, copydesk.story_totals;

-- name: redirect_old_ids
-- Story ids of the old generation that the new one does not have become redirects to the stories in which their
-- representatives are.
WITH gone AS (
    SELECT o.story_id, m.story_id AS target_id
    FROM copydesk.story o
    LEFT JOIN copydesk.story_redirect r ON r.profile_id = o.profile_id AND r.story_id = o.story_id
    JOIN copydesk.story t ON t.profile_id = o.profile_id AND t.story_id = coalesce(r.target_id, o.story_id)
    JOIN copydesk.story_member m ON m.profile_id = %(new)s AND m.article_id = t.representative
    WHERE o.profile_id = %(old)s AND NOT EXISTS (
        SELECT FROM copydesk.story n WHERE n.profile_id = %(new)s AND n.story_id = o.story_id)
), ended AS (
    INSERT INTO copydesk.story (profile_id, story_id, state) SELECT %(new)s, story_id, 'merged' FROM gone
), told AS (
    INSERT INTO copydesk.story_event (profile_id, story_id, kind, related_story_id)
    SELECT %(new)s, story_id, 'merged', target_id FROM gone ORDER BY story_id
)
INSERT INTO copydesk.story_redirect (profile_id, story_id, target_id) SELECT %(new)s, story_id, target_id FROM gone;

-- name: demote
UPDATE copydesk.profile SET state = 'superseded' WHERE profile_id = %(profile_id)s AND state = 'live';

-- name: promote
UPDATE copydesk.profile SET state = 'live', live_since = now() WHERE profile_id = %(profile_id)s;

-- name: retire
UPDATE copydesk.profile SET state = 'retired' WHERE profile_id = %(profile_id)s AND state <> 'live';
