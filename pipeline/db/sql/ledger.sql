-- name: save_count
INSERT INTO copydesk.ledger (run_id, wire, stage, outcome, count)
VALUES (%(run_id)s, %(wire)s, %(stage)s, %(outcome)s, %(count)s)
ON CONFLICT (run_id, wire, stage, outcome) DO UPDATE SET count = excluded.count
WHERE ledger.count <> excluded.count;

-- name: delete_other_outcomes
DELETE FROM copydesk.ledger WHERE run_id = %(run_id)s AND wire = %(wire)s AND stage = %(stage)s
  AND NOT outcome = ANY(%(outcomes)s);

-- name: list_counts
SELECT wire, stage, outcome, count FROM copydesk.ledger WHERE run_id = %s ORDER BY wire, stage, outcome;

-- name: count_fetches
SELECT outcome, count(*) FROM copydesk.fetch WHERE run_id = %(run_id)s AND wire = %(wire)s GROUP BY outcome;

-- name: count_pages
-- A page that an earlier run settled is unchanged to this one; so is one whose bytes are no longer kept.
SELECT CASE WHEN r.outcome = 'article' AND r.run_id <> p.run_id THEN 'unchanged'
            ELSE coalesce(r.outcome, CASE WHEN c.is_body_deleted THEN 'unchanged' ELSE 'missing' END) END,
       count(*)
FROM copydesk.run_page p
JOIN copydesk.page USING (page_id)
JOIN copydesk.page_content c USING (content_sha256)
LEFT JOIN copydesk.page_result r ON r.page_id = p.page_id AND r.cleaner = %(cleaner)s
WHERE p.run_id = %(run_id)s AND p.wire = %(wire)s
GROUP BY 1;

-- name: count_articles
SELECT count(*) AS articles, count(m.article_id) AS in_stories, count(DISTINCT m.story_id) AS stories
FROM (SELECT DISTINCT r.article_id FROM copydesk.run_page p
      JOIN copydesk.page_result r ON r.page_id = p.page_id
      WHERE p.run_id = %(run_id)s AND r.article_id IS NOT NULL) a
LEFT JOIN copydesk.story_member m ON m.article_id = a.article_id AND m.profile_id = %(profile_id)s;
