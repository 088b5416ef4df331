-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended('copydesk.boilerplate.' || %s, 0));

-- name: list_samples
-- The newest articles of the window with their current text, and the learned paragraphs that were cut from them.
SELECT a.title, a.published_at, v.body,
       ARRAY(SELECT d ->> 'text' FROM jsonb_array_elements(v.dropped) d WHERE d ->> 'reason' = 'learned') AS cut,
       v.language
FROM copydesk.article a
JOIN copydesk.article_version v ON v.version_id = a.current_version
WHERE a.wire = %(wire)s AND a.published_at >= %(since)s AND a.published_at < %(until)s AND NOT a.withdrawn
ORDER BY a.published_at DESC, a.article_id LIMIT %(limit)s;

-- name: list_boilerplate
SELECT key, state, text, objection, articles, total_articles, stories, total_stories, days, hours, head, middle, tail,
       cut, first_at, last_at
FROM copydesk.boilerplate WHERE wire = %s
ORDER BY state NOT IN ('learned', 'allowed'), state <> 'vetoed', stories DESC, text, key;

-- name: save
-- A person's decision stays; the evidence is updated. All rows of a wire in one statement, in key order.
INSERT INTO copydesk.boilerplate AS b
    (wire, key, state, text, objection, articles, total_articles, stories, total_stories, days, hours, head, middle,
     tail, cut, first_at, last_at)
SELECT %(wire)s, n.*
FROM unnest(%(key)s::text[], %(state)s::text[], %(text)s::text[], %(objection)s::text[], %(articles)s::integer[],
            %(total_articles)s::integer[], %(stories)s::integer[], %(total_stories)s::integer[], %(days)s::integer[],
            %(hours)s::integer[], %(head)s::integer[], %(middle)s::integer[], %(tail)s::integer[], %(cut)s::integer[],
            %(first_at)s::timestamptz[], %(last_at)s::timestamptz[])
    AS n (key, state, text, objection, articles, total_articles, stories, total_stories, days, hours, head, middle,
          tail, cut, first_at, last_at)
ORDER BY n.key
ON CONFLICT (wire, key) DO UPDATE
SET (state, text, objection, articles, total_articles, stories, total_stories, days, hours, head, middle, tail, cut,
     first_at, last_at) =
    (CASE WHEN b.state IN ('vetoed', 'allowed') THEN b.state ELSE excluded.state END, excluded.text, excluded.objection,
     excluded.articles, excluded.total_articles, excluded.stories, excluded.total_stories, excluded.days,
     excluded.hours, excluded.head, excluded.middle, excluded.tail, excluded.cut, excluded.first_at, excluded.last_at)
WHERE (CASE WHEN b.state IN ('vetoed', 'allowed') THEN b.state ELSE excluded.state END, excluded.text,
       excluded.objection, excluded.articles, excluded.total_articles, excluded.stories, excluded.total_stories,
       excluded.days, excluded.hours, excluded.head, excluded.middle, excluded.tail, excluded.cut, excluded.first_at,
       excluded.last_at)
   IS DISTINCT FROM
      (b.state, b.text, b.objection, b.articles, b.total_articles, b.stories, b.total_stories, b.days, b.hours,
       b.head, b.middle, b.tail, b.cut, b.first_at, b.last_at);

-- name: delete_unseen
DELETE FROM copydesk.boilerplate WHERE wire = %(wire)s AND NOT key = ANY(%(keys)s)
  AND state IN ('candidate', 'learned');

-- name: set_review_state
UPDATE copydesk.boilerplate SET state = %(state)s WHERE wire = %(wire)s AND key = %(key)s AND state <> %(state)s;

-- name: list_applied
SELECT key FROM copydesk.boilerplate WHERE wire = %s AND state IN ('learned', 'allowed') ORDER BY key;

-- name: save_set
INSERT INTO copydesk.boilerplate_set (set_id, keys) VALUES (%(set_id)s, %(keys)s) ON CONFLICT DO NOTHING;

-- name: save_snapshot
INSERT INTO copydesk.run_boilerplate (run_key, wire, set_id) VALUES (%(run_key)s, %(wire)s, %(set_id)s)
ON CONFLICT DO NOTHING;

-- name: get_snapshot
SELECT s.keys FROM copydesk.run_boilerplate r JOIN copydesk.boilerplate_set s USING (set_id)
WHERE r.run_key = %(run_key)s AND r.wire = %(wire)s;

-- name: delete_snapshots
DELETE FROM copydesk.run_boilerplate WHERE run_key = %s;
