-- name: save_counts
INSERT INTO copydesk.ledger (run_key, wire, stage, outcome, count)
SELECT %(run_key)s, %(wire)s, %(stage)s, n.outcome, n.count
FROM unnest(%(outcomes)s::text[], %(counts)s::integer[]) AS n (outcome, count)
ORDER BY n.outcome
ON CONFLICT (run_key, wire, stage, outcome) DO UPDATE SET count = excluded.count
WHERE ledger.count <> excluded.count;

-- name: delete_other_outcomes
DELETE FROM copydesk.ledger WHERE run_key = %(run_key)s AND wire = %(wire)s AND stage = %(stage)s
  AND NOT outcome = ANY(%(outcomes)s::text[]);

-- name: list_counts
SELECT wire, stage, outcome, count FROM copydesk.ledger WHERE run_key = %s ORDER BY wire, stage, outcome;

-- name: count_pages
-- A page with a result of an earlier run counts as unchanged; so does a page without stored bytes.
SELECT CASE WHEN r.outcome = 'article' AND r.run_key <> p.run_key THEN 'unchanged'
            ELSE coalesce(r.outcome, CASE WHEN c.is_body_deleted THEN 'unchanged' ELSE 'missing' END) END AS name,
       count(*) AS count
FROM copydesk.run_page p
JOIN copydesk.page USING (page_id)
JOIN copydesk.page_content c USING (content_sha256)
LEFT JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_key = %(run_key)s AND p.wire = %(wire)s
GROUP BY 1;

-- name: count_articles
SELECT count(*) AS articles, count(m.article_id) AS in_stories, count(DISTINCT m.story_id) AS stories
FROM (SELECT DISTINCT r.article_id FROM copydesk.run_page p
      JOIN copydesk.page_result r ON r.page_id = p.page_id
      WHERE p.run_key = %(run_key)s AND r.article_id IS NOT NULL) a
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id AND m.profile_id = %(profile_id)s;
